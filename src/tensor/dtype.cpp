#include "tensor/dtype.h"

#include <algorithm>

#include "tensor/error.h"

namespace heddle {

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float32";
    case DType::kInt32:
      return "int32";
    case DType::kBool:
      return "bool";
  }
  return "";
}

DType dtype_from_name(std::string_view name) {
  for (DType dtype : {DType::kFloat32, DType::kInt32, DType::kBool}) {
    if (name_of(dtype) == name) return dtype;
  }
  fail<ValueError>("dtype must be 'float32', 'int32' or 'bool', got '{}'", name);
}

DType promote(DType a, DType b) { return std::min(a, b); }

}  // namespace heddle

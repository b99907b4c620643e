#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heddle {

/// The types of a tensor's elements. A bool takes one byte, 0 or 1.
enum class DType : uint8_t { kFloat32, kInt32, kBool };

/// Bytes of one element.
constexpr size_t size_of(DType dtype) { return dtype == DType::kBool ? 1 : 4; }

/// "float32", "int32" or "bool": the names that JavaScript uses.
std::string_view name_of(DType dtype);

/// The DType of a name; throws ValueError for any other name.
DType dtype_from_name(std::string_view name);

/// The type that holds both, as in TensorFlow.js: bool < int32 < float32.
DType promote(DType a, DType b);

}  // namespace heddle

#pragma once

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.h"
#include "tensor/tensor.h"
#include "tensor/variable.h"

/// How the values of both sides are told to each other. Dtypes are their numbers in DType; lists
/// are JavaScript arrays; shapes are arrays in which -1 stands for an unknown dimension; a tensor
/// that is not defined is null; a SymbolicTensor is [layer, call index, output index].

namespace heddle {

/// Whole numbers from an array.
inline std::vector<int> to_ints(const emscripten::val& list) {
  return emscripten::convertJSArrayToNumberVector<int>(list);
}

inline Shape to_shape(const emscripten::val& dims) { return Shape(to_ints(dims)); }

inline emscripten::val to_val(const Shape& shape) {
  return emscripten::val::array(shape.begin(), shape.end());
}

inline emscripten::val to_val(const Tensor& tensor) {
  return tensor.defined() ? emscripten::val(tensor) : emscripten::val::null();
}

inline emscripten::val to_val(const std::string& string) { return emscripten::val(string); }
inline emscripten::val to_val(const LayerPtr& layer) { return emscripten::val(layer); }
inline emscripten::val to_val(const VariablePtr& variable) { return emscripten::val(variable); }

/// [layer, call index, output index].
inline emscripten::val to_val(const SymbolicTensor& tensor) {
  emscripten::val out = emscripten::val::array();
  out.call<void>("push", tensor.layer, tensor.call_index(), tensor.output_index);
  return out;
}

template <typename List>
emscripten::val to_array(const List& list) {
  emscripten::val out = emscripten::val::array();
  for (const auto& item : list) out.call<void>("push", to_val(item));
  return out;
}

/// A list of things that `convert` makes of its elements.
template <typename Convert>
auto to_list(const emscripten::val& list, Convert convert) {
  const int length = list["length"].as<int>();
  std::vector<decltype(convert(list))> out;
  out.reserve(length);
  for (int i = 0; i < length; ++i) out.push_back(convert(list[i]));
  return out;
}

/// Null and undefined become the tensor that is not defined.
inline Tensor to_tensor(const emscripten::val& value) {
  return value.isNull() || value.isUndefined() ? Tensor() : value.as<Tensor>();
}

inline std::vector<Tensor> to_tensors(const emscripten::val& list) {
  return to_list(list, to_tensor);
}

inline VariablePtr to_variable(const emscripten::val& value) { return value.as<VariablePtr>(); }

/// The owner that the core knows: a handle's own shared_ptr would count apart from it.
inline LayerPtr to_layer(const emscripten::val& value) {
  return value.as<Layer*>(emscripten::allow_raw_pointers())->shared_from_this();
}

inline SymbolicTensor to_symbolic(const emscripten::val& value) {
  return to_layer(value[0])->output_at(value[1].as<int>(), value[2].as<int>());
}

/// A seed from a number; NaN stands for none.
inline std::optional<uint64_t> to_seed(double seed) {
  if (seed != seed) return {};
  return static_cast<uint64_t>(static_cast<int64_t>(seed));
}

}  // namespace heddle

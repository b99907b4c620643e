#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gradient_check.h"
#include "layers/input_layer.h"
#include "layers/registry.h"

/// Short forms for the tests of layers, models and training.

namespace heddle::test {

/// {{"units", 3}, {"name", "it"}} as options.
inline Config options(const Config::Object& entries = {}) { return entries; }

inline LayerPtr layer(const std::string& class_name, const Config::Object& entries = {}) {
  return make_layer(class_name, options(entries));
}

/// An input of this shape, the batch (of unknown size) not included.
inline SymbolicTensor input(const Shape& shape) {
  return make_input(options({{"shape", Config(shape)}}));
}

inline SymbolicTensor apply_one(const LayerPtr& layer, const std::vector<SymbolicTensor>& inputs) {
  return layer->apply(std::span(inputs))[0];
}

inline Tensor run_one(const LayerPtr& layer, const Tensors& inputs, bool training = false) {
  return layer->apply(std::span<const Tensor>(inputs), CallOptions{training})[0];
}

inline Tensor tensor(const Shape& shape, const std::vector<float>& values) {
  return Tensor::from(shape, std::span<const float>(values));
}

inline Tensor int_tensor(const Shape& shape, const std::vector<int32_t>& values) {
  return Tensor::from(shape, std::span<const int32_t>(values));
}

/// The shape that a layer gives for an input whose batch size is unknown.
inline std::string output_shape(const LayerPtr& layer, const Shape& example) {
  return to_string(apply_one(layer, {input(example)}).shape);
}

/// The layer's configuration makes a layer of the same configuration.
inline void expect_round_trip(const LayerPtr& layer, const std::string& expected) {
  EXPECT_EQ(to_string(layer->config()), expected);
  const LayerPtr copy = make_layer(layer->class_name(), layer->config());
  EXPECT_EQ(to_string(copy->config()), expected);
}

template <typename Error, typename F>
void expect_error(F f, const std::string& part) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
        << "message: " << error.what() << "\nwanted in it: " << part;
    return;
  }
  ADD_FAILURE() << "nothing was thrown; wanted an error with: " << part;
}

}  // namespace heddle::test

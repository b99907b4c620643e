#include "layers/single_input.h"

namespace heddle {

void SingleInputLayer::check_count(size_t count) const {
  if (count == 1) return;
  fail<ValueError>("Layer '{}' ({}) takes one input, got {}", name(), class_name(), count);
}

void SingleInputLayer::build(std::span<const Shape> inputs) {
  check_count(inputs.size());
  build(inputs[0]);
}

std::vector<Shape> SingleInputLayer::output_shapes(std::span<const Shape> inputs) const {
  check_count(inputs.size());
  return {output_shape(inputs[0])};
}

std::vector<Tensor> SingleInputLayer::call(std::span<const Tensor> inputs,
                                           const CallOptions& options) {
  check_count(inputs.size());
  return {call(inputs[0], options)};
}

}  // namespace heddle

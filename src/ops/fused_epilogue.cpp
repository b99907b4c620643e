#include "ops/fused_epilogue.h"

#include <cstring>

namespace heddle {

using kernels::Activation;

std::optional<FusedEpilogue> FusedEpilogue::with_bias() const {
  // An accumulator has to stay the last input.
  if (bias || accumulate || activation != Activation::kNone) return {};
  FusedEpilogue next = *this;
  next.bias = true;
  return next;
}

std::optional<FusedEpilogue> FusedEpilogue::with_activation(Activation activation_) const {
  const bool more = activation == Activation::kRelu && activation_ == Activation::kRelu6;
  if (activation != Activation::kNone && !more) return {};
  FusedEpilogue next = *this;
  next.activation = activation_;
  return next;
}

std::optional<FusedEpilogue> FusedEpilogue::with_sum() const {
  if (accumulate || activation != Activation::kNone) return {};
  FusedEpilogue next = *this;
  next.accumulate = true;
  return next;
}

bool FusedEpilogue::in_place(int input, int output) const {
  return accumulate && output == 0 && input == accumulator_index();
}

void FusedEpilogue::check(std::span<const TensorSpec> inputs, const Shape& output,
                          const char* where) const {
  if (bias && inputs[2].shape != Shape{output[-1]}) {
    fail<ValueError>("[{}] the bias must have shape [{}], got {}", where, output[-1],
                     inputs[2].shape);
  }
  if (accumulate && inputs[accumulator_index()].shape != output) {
    fail<ValueError>("[{}] what is added must have the shape of the result {}, got {}", where,
                     output, inputs[accumulator_index()].shape);
  }
}

kernels::Epilogue FusedEpilogue::prepare(std::span<const View> inputs, const View& output) const {
  kernels::Epilogue epilogue;
  if (bias) epilogue.bias = inputs[2].f32();
  epilogue.activation = activation;
  epilogue.accumulate = accumulate;
  if (accumulate) {
    const View& accumulator = inputs[accumulator_index()];
    if (accumulator.data != output.data && output.size() > 0) {
      std::memcpy(output.data, accumulator.data, output.spec->bytes());
    }
  }
  return epilogue;
}

}  // namespace heddle

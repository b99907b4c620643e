#pragma once

#include "layers/layer.h"

namespace heddle {

/// Where data enters a graph. It has exactly one Call, without inputs, made together with the
/// layer.
///
/// Options: `inputShape` (without the batch) or `batchInputShape`, `batchSize`, `dtype`
/// ("float32"), `sparse` (only false), `name` ("input1", "input2", ...).
/// Output: [batch, ...inputShape].
/// Throws ValueError when it has no shape, or two.
class InputLayer : public Layer {
 public:
  explicit InputLayer(Options& options);

  std::string class_name() const override { return "InputLayer"; }
  Config config() const override;
  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
  std::vector<DType> output_dtypes(std::span<const DType> inputs) const override;
  /// Passes one tensor on.
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) override;

 private:
  void refuse_inputs(size_t count) const;

  Shape shape_;  // the batch included
};

/// A new InputLayer's output. Options as `input()` of TensorFlow.js has them: `shape` (without the
/// batch) or `batchShape`, `dtype`, `sparse`, `name`; or those of InputLayer.
SymbolicTensor make_input(const Config& options);

}  // namespace heddle

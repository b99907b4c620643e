#pragma once

#include "layers/layer.h"

namespace heddle {

/// A layer of one input and one output: the common case, with less to write. Derive, and define
/// `call`, and where they are needed `output_shape` and `build`.
class SingleInputLayer : public Layer {
 public:
  void build(std::span<const Shape> inputs) override;
  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) override;

 protected:
  SingleInputLayer(Options& options, const char* class_name) : Layer(options, class_name) {}

  virtual void build(const Shape& /*input*/) {}
  /// The input's shape, if not defined otherwise.
  virtual Shape output_shape(const Shape& input) const { return input; }
  virtual Tensor call(const Tensor& input, const CallOptions& options) = 0;

 private:
  void check_count(size_t count) const;
};

/// The names of the options for regularizers and constraints. They are functions of tensors, given
/// by add_loss() and Variable::constraint and not by options: here each must be null, and the
/// configuration of a layer says so.
inline constexpr const char* kRegularizers[] = {"kernelRegularizer", "biasRegularizer",
                                                "activityRegularizer"};
inline constexpr const char* kConstraints[] = {"kernelConstraint", "biasConstraint"};

}  // namespace heddle

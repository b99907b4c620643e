#pragma once

#include "layers/layer.h"

namespace heddle {

/// A layer that makes one output of several inputs, element by element. Examples broadcast against
/// each other; those of lower rank get dimensions of 1 after the batch. To write one, derive and
/// define `merge`.
class Merge : public Layer {
 public:
  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
  std::vector<DType> output_dtypes(std::span<const DType> inputs) const override;
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) override;
  /// A step counts where it does in all inputs that have a mask.
  std::vector<Tensor> output_masks(std::span<const Tensor> inputs,
                                   const CallOptions& options) override;

 protected:
  Merge(Options& options, const char* class_name) : Layer(options, class_name) {
    supports_masking_ = true;
  }

  /// What two inputs give; with more, its result and the next.
  virtual Tensor merge(const Tensor& a, const Tensor& b) const = 0;
};

// What layers of several inputs have in common.

/// Throws ValueError that names the layer when it is called on fewer than two inputs.
void check_several(const Layer& layer, size_t count);
/// "[null,2,2], [null,3]", for messages.
std::string list_shapes(std::span<const Shape> shapes);
/// The type that holds the values of all inputs.
DType widest(std::span<const DType> dtypes);
/// The size that two dimensions have together when neither broadcasts: kUnknown only if both are.
/// Nothing when they differ.
std::optional<int> common_dimension(int a, int b);

}  // namespace heddle

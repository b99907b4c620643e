#include "layers/merge.h"
#include "layers/registry.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// Its inputs one after the other along an axis.
///
/// Inputs: two or more [batch, ...] that agree in all dimensions but that of the axis. Output: the
/// same shape, with the sizes along the axis added up.
/// Option: `axis` (-1), which counts the batch as 0.
class Concatenate : public Layer {
 public:
  explicit Concatenate(Options& options) : Layer(options, "Concatenate") {
    supports_masking_ = true;
    const double axis = options.number("axis", -1);
    axis_ = static_cast<int>(axis);
    if (axis_ != axis || axis_ < -kMaxRank || axis_ >= kMaxRank) {
      options.refuse("axis", "the number of an axis");
    }
  }

  std::string class_name() const override { return "Concatenate"; }

  Config config() const override {
    Config config;
    config.set("axis", axis_);
    config.append(Layer::config());
    return config;
  }

  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
    check_several(*this, inputs.size());
    Shape output = inputs[0];
    const int along = normalize_axis(axis_, output.rank(), name().c_str());
    for (const Shape& input : inputs.subspan(1)) {
      bool fits = input.rank() == output.rank();
      for (int axis = 0; fits && axis < output.rank(); ++axis) {
        if (axis == along) {
          const bool known = output[axis] != kUnknown && input[axis] != kUnknown;
          output[axis] = known ? output[axis] + input[axis] : kUnknown;
        } else {
          const std::optional<int> dim = common_dimension(output[axis], input[axis]);
          fits = dim.has_value();
          output[axis] = dim.value_or(kUnknown);
        }
      }
      if (!fits) {
        fail<ValueError>(
            "Layer '{}' (Concatenate) requires inputs with matching shapes except for the concat "
            "axis {}, got {}",
            name(), axis_, list_shapes(inputs));
      }
    }
    return {output};
  }

  std::vector<DType> output_dtypes(std::span<const DType> inputs) const override {
    return {widest(inputs)};
  }

  std::vector<Tensor> call(std::span<const Tensor> inputs,
                           const CallOptions& /*options*/) override {
    check_several(*this, inputs.size());
    return {concat(inputs, axis_)};
  }

  /// The masks joined in the same way; a step counts where all its features do.
  std::vector<Tensor> output_masks(std::span<const Tensor> inputs,
                                   const CallOptions& options) override {
    if (options.masks.empty()) return {};
    std::vector<Tensor> masks;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& mask = options.masks[i];
      const Shape& shape = inputs[i].shape();
      if (!mask.defined()) {
        masks.push_back(Tensor::full(shape, 1, DType::kBool));
      } else {
        masks.push_back(mask.shape().rank() < shape.rank() ? expand_dims(mask, -1) : mask);
      }
    }
    return {all(concat(masks, axis_), {-1})};
  }

 private:
  int axis_ = -1;
};

const bool kRegistered = register_layer<Concatenate>("Concatenate");

}  // namespace
}  // namespace heddle

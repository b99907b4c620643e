#include <algorithm>

#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// The elements of each example in another shape.
///
/// Input: [batch, ...]. Output: [batch, ...targetShape].
/// Option: `targetShape`: without the batch; one dimension may be -1 or null, and follows from the
/// others.
/// Throws ValueError when the number of elements does not fit.
class Reshape : public SingleInputLayer {
 public:
  explicit Reshape(Options& options) : SingleInputLayer(options, "Reshape") {
    const std::optional<Shape> target = options.shape("targetShape", kUnknown);
    if (!target || std::count(target->begin(), target->end(), kUnknown) > 1) {
      options.refuse("targetShape",
                     "an array of dimensions, without the batch and with at most one unknown");
    }
    target_ = *target;
  }

  std::string class_name() const override { return "Reshape"; }

  Config config() const override {
    Config config;
    config.set("targetShape", Config(target_));
    config.append(Layer::config());
    return config;
  }

 protected:
  Shape output_shape(const Shape& input) const override {
    Shape output{input[0]};
    for (const int dim : target_) output.push_back(dim);
    const Shape example = input.slice(1);
    if (!example.known()) return output;

    int64_t rest = 1;  // elements in the dimensions that the target states
    int* unknown = nullptr;
    for (int axis = 1; axis < output.rank(); ++axis) {
      if (output[axis] == kUnknown) {
        unknown = &output[axis];
      } else {
        rest *= output[axis];
      }
    }
    const int64_t size = example.size();
    const bool fits = unknown == nullptr ? size == rest : rest > 0 && size % rest == 0;
    if (!fits) {
      fail<ValueError>(
          "Layer '{}' (Reshape) cannot make examples of shape {} out of {}: {} elements do not "
          "fit. Total size of new array must be unchanged",
          name(), target_, example, size);
    }
    if (unknown != nullptr) *unknown = static_cast<int>(size / rest);
    return output;
  }

  Tensor call(const Tensor& input, const CallOptions& /*options*/) override {
    return reshape(input, output_shape(input.shape()));
  }

 private:
  Shape target_;
};

const bool kRegistered = register_layer<Reshape>("Reshape");

}  // namespace
}  // namespace heddle

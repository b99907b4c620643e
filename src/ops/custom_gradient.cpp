#include "ops/custom_gradient.h"

#include <utility>

#include "ops/op.h"

namespace heddle {
namespace {

/// The inputs of the node: the value, then what it was made of, then what is saved. As inputs they
/// live as long as somebody may ask for the gradient, and a Program computes them before it does.
class CustomGradient : public Op {
 public:
  CustomGradient(size_t count, GradientFunction gradient)
      : count_(count), gradient_(std::move(gradient)) {}
  const char* name() const override { return "customGrad"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  /// Never called: the result is the value's memory.
  void run(const RunContext&, std::span<const View>, std::span<const View>) const override {}
  int alias() const override { return 0; }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const std::span<const Tensor> inputs(request.node.inputs);
    std::vector<Tensor> own = gradient_(request.grad(), inputs.subspan(1 + count_));
    if (own.size() != count_) {
      fail<ValueError>(
          "[customGrad] gradFunc must return one gradient for each of the {} inputs, got {}",
          count_, own.size());
    }
    std::vector<Tensor> gradients(inputs.size());
    for (size_t i = 0; i < count_; ++i) {
      const Tensor& input = inputs[1 + i];
      if (own[i].defined() &&
          (own[i].shape() != input.shape() || own[i].dtype() != DType::kFloat32)) {
        fail<ValueError>(
            "[customGrad] gradFunc must return a float32 gradient of shape {} for input {}, got {} "
            "of shape {}",
            input.shape(), i, name_of(own[i].dtype()), own[i].shape());
      }
      gradients[1 + i] = std::move(own[i]);
    }
    return gradients;
  }

 private:
  size_t count_;
  GradientFunction gradient_;
};

}  // namespace

Tensor custom_gradient(const Tensor& value, std::span<const Tensor> inputs,
                       std::span<const Tensor> saved, GradientFunction gradient) {
  // Of a value that is there already, the ops that made it need not be kept.
  std::vector<Tensor> all{value.traced() ? value : value.detach()};
  all.insert(all.end(), inputs.begin(), inputs.end());
  all.insert(all.end(), saved.begin(), saved.end());
  return heddle::apply(std::make_shared<CustomGradient>(inputs.size(), std::move(gradient)),
                       std::move(all));
}

}  // namespace heddle

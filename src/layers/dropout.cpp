#include <algorithm>
#include <bit>

#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/elementwise.h"
#include "ops/random.h"
#include "ops/read_variable.h"

namespace heddle {
namespace {

/// In training, sets each element to 0 with probability `rate` and multiplies the others by
/// 1 / (1 - rate) (Srivastava et al. 2014); otherwise passes its input on.
///
/// Input: any shape. Output: the same shape.
/// Options: `rate` (held to [0, 1]; 0 and 1 drop nothing, as in TensorFlow.js), `noiseShape` (a
/// shape, batch included, that one draw serves broadcast; null for the input's dimension), `seed`.
/// Each use draws a mask of its own, in each step of training. With a seed, a new layer that is
/// used alike draws the same masks (as in Keras; TensorFlow.js would draw one mask for ever).
class Dropout : public SingleInputLayer {
 public:
  explicit Dropout(Options& options)
      : SingleInputLayer(options, "Dropout"),
        rate_(std::clamp(options.number("rate"), 0.0, 1.0)),
        noise_shape_(options.shape("noiseShape")) {
    supports_masking_ = true;
    if (!options.has("seed")) return;
    seed_ = options.number("seed");
    draws_ = std::make_shared<Variable>(Tensor::scalar(0, DType::kInt32), name() + "/draws", false);
  }

  std::string class_name() const override { return "Dropout"; }

  Config config() const override {
    Config config;
    config.set("rate", rate_);
    if (noise_shape_) config.set("noiseShape", Config(*noise_shape_));
    if (seed_) config.set("seed", *seed_);
    config.append(Layer::config());
    return config;
  }

 protected:
  Tensor call(const Tensor& input, const CallOptions& options) override {
    if (!options.training || rate_ == 0 || rate_ == 1) return input;
    Shape noise;
    if (noise_shape_) {
      noise = *noise_shape_;
      if (noise.rank() != input.shape().rank()) {
        fail<ValueError>(
            "Layer '{}' (Dropout) has noiseShape {}, which must have as many dimensions as the "
            "input, of shape {}",
            name(), noise, input.shape());
      }
      for (int axis = 0; axis < noise.rank(); ++axis) {
        if (noise[axis] == kUnknown) noise[axis] = input.shape()[axis];
      }
    }
    const auto rate = static_cast<float>(rate_);
    if (!seed_) return dropout(input, rate, noise);
    const Tensor draw = read(draws_);
    assign(draws_, add_constant(draw, 1));
    return dropout(input, rate, noise, std::bit_cast<uint64_t>(*seed_), draw);
  }

 private:
  double rate_;
  std::optional<Shape> noise_shape_;
  std::optional<double> seed_;
  VariablePtr draws_;  // masks drawn so far; int32, not one of the layer's weights
};

const bool kRegistered = register_layer<Dropout>("Dropout");

}  // namespace
}  // namespace heddle

#include <algorithm>
#include <bit>

#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/random.h"

namespace heddle {
namespace {

/// In training, sets each element to 0 with probability `rate` and multiplies the others by
/// 1 / (1 - rate) (Srivastava et al. 2014); otherwise passes its input on.
///
/// Input: any shape. Output: the same shape.
/// Options: `rate` (held to [0, 1]; 0 and 1 drop nothing, as in TensorFlow.js), `noiseShape` (a
/// shape, batch included, that one draw serves broadcast; null for the input's dimension), `seed`.
/// Each use draws a mask of its own. With a seed the masks repeat: those of a new layer, used
/// alike, are the same, and so are those of each run of a compiled step.
class Dropout : public SingleInputLayer {
 public:
  explicit Dropout(Options& options)
      : SingleInputLayer(options, "Dropout"),
        rate_(std::clamp(options.number("rate"), 0.0, 1.0)),
        noise_shape_(options.shape("noiseShape")) {
    if (options.has("seed")) seed_ = options.number("seed");
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
        throw ValueError(text("Layer '", name(), "' (Dropout) has noiseShape ", to_string(noise),
                              ", which must have as many dimensions as the input, of shape ",
                              to_string(input.shape())));
      }
      for (int axis = 0; axis < noise.rank(); ++axis) {
        if (noise[axis] == kUnknown) noise[axis] = input.shape()[axis];
      }
    }
    return dropout(input, static_cast<float>(rate_), noise, next_seed());
  }

 private:
  /// The seed for the first use, then others that follow from it.
  std::optional<uint64_t> next_seed() {
    if (!seed_) return {};
    constexpr uint64_t kStep = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio: far apart
    return std::bit_cast<uint64_t>(*seed_) + kStep * uses_++;
  }

  double rate_;
  std::optional<Shape> noise_shape_;
  std::optional<double> seed_;
  uint64_t uses_ = 0;
};

const bool kRegistered = register_layer<Dropout>("Dropout");

}  // namespace
}  // namespace heddle

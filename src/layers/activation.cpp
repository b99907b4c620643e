#include "layers/activations.h"
#include "layers/registry.h"
#include "layers/single_input.h"

namespace heddle {
namespace {

/// An activation function as a layer of its own.
///
/// Input: any shape. Output: the same shape (of glu: half the last axis).
/// Option: `activation` ("linear").
class ActivationLayer : public SingleInputLayer {
 public:
  explicit ActivationLayer(Options& options)
      : SingleInputLayer(options, "Activation"), activation_(read_activation(options)) {
    supports_masking_ = true;
  }

  std::string class_name() const override { return "Activation"; }

  Config config() const override {
    Config config;
    config.set("activation", activation_.name);
    config.append(Layer::config());
    return config;
  }

 protected:
  Shape output_shape(const Shape& input) const override { return activation_.output_shape(input); }

  Tensor call(const Tensor& input, const CallOptions& /*options*/) override {
    return activation_.apply(input);
  }

 private:
  const Activation& activation_;
};

const bool kRegistered = register_layer<ActivationLayer>("Activation");

}  // namespace
}  // namespace heddle

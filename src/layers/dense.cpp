#include "layers/activations.h"
#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/read_variable.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// A fully connected layer: activation(x kernel + bias).
///
/// Input: [batch, ..., in]. Output: [batch, ..., units]; the same kernel serves every position.
/// Variables: kernel [in, units], bias [units].
/// Options and defaults: `units`, `activation` ("linear"), `useBias` (true), `kernelInitializer`
/// ("glorotNormal"), `biasInitializer` ("zeros").
class Dense : public SingleInputLayer {
 public:
  explicit Dense(Options& options)
      : SingleInputLayer(options, "Dense"),
        units_(options.integer("units", 1)),
        activation_(read_activation(options)),
        use_bias_(options.flag("useBias", true)),
        kernel_initializer_(make_initializer(options.any("kernelInitializer"), "glorotNormal")),
        bias_initializer_(make_initializer(options.any("biasInitializer"), "zeros")) {
    for (const char* key : kRegularizers) options.not_yet(key);
    for (const char* key : kConstraints) options.not_yet(key);
    input_spec.min_rank = 2;
    supports_masking_ = true;
  }

  std::string class_name() const override { return "Dense"; }

  Config config() const override {
    Config config;
    config.set("units", units_);
    config.set("activation", activation_.name);
    config.set("useBias", use_bias_);
    config.set("kernelInitializer", kernel_initializer_->config());
    config.set("biasInitializer", bias_initializer_->config());
    for (const char* key : kRegularizers) config.set(key, Config());
    for (const char* key : kConstraints) config.set(key, Config());
    config.append(Layer::config());
    return config;
  }

  std::vector<DType> output_dtypes(std::span<const DType> /*inputs*/) const override {
    return {DType::kFloat32};
  }

 protected:
  void build(const Shape& input) override {
    const int in = input[-1];
    if (in == kUnknown) {
      fail<ValueError>(
          "Layer '{}' (Dense) needs to know the last dimension of its input, got shape {}", name(),
          input);
    }
    kernel_ = add_weight("kernel", {in, units_}, *kernel_initializer_);
    if (use_bias_) bias_ = add_weight("bias", {units_}, *bias_initializer_);
    input_spec.axes = {{-1, in}};
  }

  Shape output_shape(const Shape& input) const override {
    Shape output = input;
    output[-1] = units_;
    return activation_.output_shape(output);
  }

  Tensor call(const Tensor& input, const CallOptions& /*options*/) override {
    const Shape& shape = input.shape();
    const bool matrix = shape.rank() == 2;
    const int rows = static_cast<int>(shape.slice(0, -1).size());
    Tensor y = matrix ? input : reshape(input, {rows, shape[-1]});
    y = matmul(y, read(kernel_));  // [rows, units]
    if (use_bias_) y = add(y, read(bias_));
    y = activation_.apply(y);
    return matrix ? y : reshape(y, output_shape(shape));
  }

 private:
  int units_;
  const Activation& activation_;
  bool use_bias_;
  InitializerPtr kernel_initializer_;
  InitializerPtr bias_initializer_;
  VariablePtr kernel_;
  VariablePtr bias_;
};

const bool kRegistered = register_layer<Dense>("Dense");

}  // namespace
}  // namespace heddle

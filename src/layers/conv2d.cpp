#include "ops/conv2d.h"

#include "layers/activations.h"
#include "layers/image_options.h"
#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/depthwise_conv2d.h"
#include "ops/elementwise.h"
#include "ops/read_variable.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// A two-dimensional convolution layer: activation(conv2d(x, kernel) + bias), where conv2d is the
/// cross-correlation, as everywhere in the field.
///
/// Input: [batch, height, width, in], or with `dataFormat` "channelsFirst" [batch, in, height,
/// width]. Output: [batch, out_height, out_width, filters] (or channels first), with out = (in -
/// dilation * (window - 1) - 1) / stride + 1 for padding "valid", ceil(in / stride) for "same".
/// Variables: kernel [kernel_height, kernel_width, in / groups, filters], bias [filters].
/// Options and defaults: `filters`, `kernelSize`, `strides` (1), `padding` ("valid"), `dataFormat`
/// ("channelsLast"), `dilationRate` (1), `groups` (1: parts in which channels are convolved apart,
/// as in Keras), `activation` ("linear"), `useBias` (true), `kernelInitializer` ("glorotNormal"),
/// `biasInitializer` ("zeros").
class Conv2D : public SingleInputLayer {
 public:
  explicit Conv2D(Options& options)
      : SingleInputLayer(options, "Conv2D"),
        filters_(options.integer("filters", 1)),
        kernel_size_(options.integers("kernelSize", 2, 1)),
        image_(options, std::vector<int>{1, 1}),
        dilation_(options.integers("dilationRate", 2, 1, std::vector<int>{1, 1})),
        groups_(options.integer("groups", 1, 1)),
        activation_(read_activation(options)),
        use_bias_(options.flag("useBias", true)),
        kernel_initializer_(make_initializer(options.any("kernelInitializer"), "glorotNormal")),
        bias_initializer_(make_initializer(options.any("biasInitializer"), "zeros")) {
    if (filters_ % groups_ != 0) {
      fail<ValueError>(
          "Layer '{}' (Conv2D): groups must divide filters, got {} groups and {} filters", name(),
          groups_, filters_);
    }
    for (const char* key : kRegularizers) options.not_yet(key);
    for (const char* key : kConstraints) options.not_yet(key);
    input_spec.rank = 4;
    conv_.stride_h = image_.strides[0];
    conv_.stride_w = image_.strides[1];
    conv_.padding = image_.padding;
    conv_.dilation_h = dilation_[0];
    conv_.dilation_w = dilation_[1];
    conv_.channels_first = image_.channels_first;
  }

  std::string class_name() const override { return "Conv2D"; }

  Config config() const override {
    Config config;
    config.set("filters", filters_);
    config.set("kernelInitializer", kernel_initializer_->config());
    config.set("kernelRegularizer", Config());
    config.set("kernelConstraint", Config());
    config.set("kernelSize", Config::Array(kernel_size_.begin(), kernel_size_.end()));
    config.set("strides", image_.strides_config());
    config.set("padding", image_.padding_name());
    config.set("dataFormat", image_.data_format());
    config.set("dilationRate", Config::Array(dilation_.begin(), dilation_.end()));
    if (groups_ != 1) config.set("groups", groups_);  // TensorFlow.js has no such option
    config.set("activation", activation_.name);
    config.set("useBias", use_bias_);
    config.set("biasInitializer", bias_initializer_->config());
    config.set("biasRegularizer", Config());
    config.set("activityRegularizer", Config());
    config.set("biasConstraint", Config());
    config.append(Layer::config());
    return config;
  }

  std::vector<DType> output_dtypes(std::span<const DType> /*inputs*/) const override {
    return {DType::kFloat32};
  }

 protected:
  void build(const Shape& input) override {
    const int in = channels_of(input);
    kernel_ = add_weight("kernel", kernel_shape(in / groups_), *kernel_initializer_);
    if (use_bias_) bias_ = add_weight("bias", {filters_}, *bias_initializer_);
    input_spec.axes = {{channel_axis(), in}};
  }

  Shape output_shape(const Shape& input) const override {
    return activation_.output_shape(conv2d_shape(input, kernel_shape(channels_of(input)), conv_));
  }

  Tensor call(const Tensor& input, const CallOptions& /*options*/) override {
    Tensor y = grouped_conv2d(input, read(kernel_), groups_, conv_);
    if (use_bias_) {
      const Tensor bias = read(bias_);
      y = add(y, image_.channels_first ? reshape(bias, {filters_, 1, 1}) : bias);
    }
    return activation_.apply(y);
  }

 private:
  int channel_axis() const { return image_.channels_first ? 1 : 3; }
  int channels_of(const Shape& input) const {
    const int channels = input[channel_axis()];
    if (channels == kUnknown) {
      fail<ValueError>(
          "Layer '{}' (Conv2D) needs to know the number of channels of its input, got shape {}",
          name(), input);
    }
    if (channels % groups_ != 0) {
      fail<ValueError>(
          "Layer '{}' (Conv2D): {} groups must divide the channels of its input, got {} channels",
          name(), groups_, channels);
    }
    return channels;
  }
  Shape kernel_shape(int in) const { return {kernel_size_[0], kernel_size_[1], in, filters_}; }

  int filters_;
  std::vector<int> kernel_size_;  // height, width
  ImageOptions image_;
  std::vector<int> dilation_;  // height, width
  int groups_;
  const Activation& activation_;
  bool use_bias_;
  InitializerPtr kernel_initializer_;
  InitializerPtr bias_initializer_;
  Conv2DOptions conv_;
  VariablePtr kernel_;
  VariablePtr bias_;
};

const bool kRegistered = register_layer<Conv2D>("Conv2D");

}  // namespace
}  // namespace heddle

#include "ops/depthwise_conv2d.h"

#include "kernels/depthwise.h"
#include "ops/elementwise.h"
#include "ops/fused_epilogue.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

constexpr const char* kName = "depthwiseConv2d";

/// The three parts of the convolution, in this order.
enum Part : uint8_t { kImage, kFilter, kResult, kParts };

/// The convolution is linear in image and filter: the sum over all (image, filter, result) triples
/// that meet of their product is a form in three parts. Its derivative with respect to one of them
/// is an op of the other two: the convolution, and both of its gradients. So one class is all, and
/// each of its gradients too.
class DepthwiseConv2D : public Op {
 public:
  DepthwiseConv2D(Part part, const kernels::Conv2DGeometry& geometry,
                  const FusedEpilogue& fused = {})
      : part_(part), geometry_(geometry), fused_(fused) {}

  const char* name() const override {
    return part_ == kResult  ? kName
           : part_ == kImage ? "depthwiseConv2dBackwardInput"
                             : "depthwiseConv2dBackwardFilter";
  }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> /*inputs*/) const override {
    const kernels::Conv2DGeometry& g = geometry_;
    switch (part_) {
      case kImage:
        return {{{g.batch, g.in_height, g.in_width, g.in_channels}, DType::kFloat32}};
      case kFilter:
        return {{{g.kernel_height, g.kernel_width, g.in_channels}, DType::kFloat32}};
      default:
        return {{{g.batch, g.out_height, g.out_width, g.in_channels}, DType::kFloat32}};
    }
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const float* const first = inputs[0].f32();
    const float* const second = inputs[1].f32();
    float* const out = outputs[0].f32();
    switch (part_) {
      case kImage:
        return kernels::depthwise_backward_input(geometry_, second, first, out);
      case kFilter:
        return kernels::depthwise_backward_filter(geometry_, first, second, out);
      default:
        return kernels::depthwise_forward(geometry_, first, second, epilogue(inputs), out);
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    std::vector<Tensor> parts(kParts);
    for (int part = 0, input = 0; part < kParts; ++part) {
      parts[part] = part == part_ ? request.grad() : request.input(input++);
    }
    std::vector<Tensor> gradients;
    for (int part = 0; part < kParts; ++part) {
      if (part == part_) continue;
      const bool wanted = request.wants(static_cast<int>(gradients.size()));
      gradients.push_back(wanted ? make(static_cast<Part>(part), parts) : Tensor());
    }
    return gradients;
  }

  bool linear_in_columns() const override { return part_ == kResult; }
  std::shared_ptr<const Op> absorb_bias() const override { return with(fused_.with_bias()); }
  std::shared_ptr<const Op> absorb_activation(kernels::Activation activation) const override {
    const bool clips =
        activation == kernels::Activation::kRelu || activation == kernels::Activation::kRelu6;
    return clips ? with(fused_.with_activation(activation)) : nullptr;
  }

 private:
  std::shared_ptr<const Op> with(const std::optional<FusedEpilogue>& fused) const {
    if (!fused || part_ != kResult) return nullptr;
    return std::make_shared<DepthwiseConv2D>(part_, geometry_, *fused);
  }

  kernels::DepthwiseEpilogue epilogue(std::span<const View> inputs) const {
    kernels::DepthwiseEpilogue epilogue;
    if (fused_.bias) epilogue.bias = inputs[2].f32();
    if (fused_.activation != kernels::Activation::kNone) epilogue.low = 0;
    if (fused_.activation == kernels::Activation::kRelu6) epilogue.high = 6;
    return epilogue;
  }

  /// The derivative with respect to one part, of the other two.
  Tensor make(Part part, const std::vector<Tensor>& parts) const {
    std::vector<Tensor> inputs;
    for (int other = 0; other < kParts; ++other) {
      if (other != part) inputs.push_back(parts[other]);
    }
    return heddle::apply(std::make_shared<DepthwiseConv2D>(part, geometry_), std::move(inputs));
  }

  Part part_;
  kernels::Conv2DGeometry geometry_;
  FusedEpilogue fused_;  // of the result
};

WindowAxis rows_of(int height, const Shape& filter, const Conv2DOptions& o) {
  return place_windows(height, filter[0], o.stride_h, o.dilation_h, o.padding, o.pads.top,
                       o.pads.bottom, kName);
}

WindowAxis cols_of(int width, const Shape& filter, const Conv2DOptions& o) {
  return place_windows(width, filter[1], o.stride_w, o.dilation_w, o.padding, o.pads.left,
                       o.pads.right, kName);
}

}  // namespace

Shape depthwise_conv2d_shape(const Shape& x, const Shape& filter, const Conv2DOptions& options) {
  if (x.rank() != 4 || filter.rank() != 4) {
    fail<ValueError>(
        "[{}] x must have rank 4 (or 3, for one image) and filter rank 4: got {} and {}", kName, x,
        filter);
  }
  const int channel_axis = options.channels_first ? 1 : 3;
  if (x[channel_axis] != filter[2]) {
    fail<ValueError>("[{}] the filter {} is for {} input channels, and x {} has {}", kName, filter,
                     filter[2], x, x[channel_axis]);
  }
  const int first = options.channels_first ? 2 : 1;
  const int height = rows_of(x[first], filter, options).out;
  const int width = cols_of(x[first + 1], filter, options).out;
  const int channels = filter[2] * filter[3];
  if (options.channels_first) return {x[0], channels, height, width};
  return {x[0], height, width, channels};
}

Tensor depthwise_conv2d(const Tensor& x, const Tensor& filter, const Conv2DOptions& options) {
  if (x.shape().rank() == 3) {
    return squeeze(depthwise_conv2d(expand_dims(x, 0), filter, options), {0});
  }
  depthwise_conv2d_shape(x.shape(), filter.shape(), options);  // errors in the caller's layout
  if (options.channels_first) {
    Conv2DOptions last = options;
    last.channels_first = false;
    return transpose(depthwise_conv2d(transpose(x, {0, 2, 3, 1}), filter, last), {0, 3, 1, 2});
  }
  const Shape& window = filter.shape();
  Conv2DOptions all = options;
  Tensor in = cast(take_padding(x, all), DType::kFloat32);
  if (window[3] != 1) in = repeat(in, window[3], 3);
  const WindowAxis rows = rows_of(in.shape()[1], window, all);
  const WindowAxis cols = cols_of(in.shape()[2], window, all);
  kernels::Conv2DGeometry g;
  g.batch = in.shape()[0];
  g.in_height = in.shape()[1];
  g.in_width = in.shape()[2];
  g.in_channels = in.shape()[3];
  g.out_height = rows.out;
  g.out_width = cols.out;
  g.out_channels = g.in_channels;
  g.kernel_height = window[0];
  g.kernel_width = window[1];
  g.stride_height = options.stride_h;
  g.stride_width = options.stride_w;
  g.pad_top = rows.pad_before;
  g.pad_left = cols.pad_before;
  g.dilation_height = options.dilation_h;
  g.dilation_width = options.dilation_w;
  const Tensor flat = reshape(cast(filter, DType::kFloat32), {window[0], window[1], g.in_channels});
  return apply(std::make_shared<DepthwiseConv2D>(kResult, g), {in, flat});
}

Tensor separable_conv2d(const Tensor& x, const Tensor& depthwise, const Tensor& pointwise,
                        const Conv2DOptions& options) {
  const Shape& shape = pointwise.shape();
  if (shape.rank() != 4 || shape[0] != 1 || shape[1] != 1) {
    fail<ValueError>("[separableConv2d] the pointwise filter must have shape [1,1,in,out], got {}",
                     shape);
  }
  Conv2DOptions plain;
  plain.channels_first = options.channels_first;
  return conv2d(depthwise_conv2d(x, depthwise, options), pointwise, plain);
}

Tensor grouped_conv2d(const Tensor& x, const Tensor& filter, int groups,
                      const Conv2DOptions& options) {
  if (groups == 1) return conv2d(x, filter, options);
  const Shape& shape = x.shape();
  const Shape& window = filter.shape();
  const int axis = options.channels_first ? shape.rank() - 3 : shape.rank() - 1;
  if (groups < 1 || window.rank() != 4 || axis < 0 || shape[axis] != window[2] * groups ||
      window[3] % groups != 0) {
    fail<ValueError>(
        "[conv2d] with {} groups, the filter must be [height,width,channels of x / groups,a "
        "multiple of groups]: got {} and x {}",
        groups, window, shape);
  }
  if (window[2] == 1) {  // one channel each: out channel q belongs to in channel q / multiplier
    const int multiplier = window[3] / groups;
    return depthwise_conv2d(x, reshape(filter, {window[0], window[1], groups, multiplier}),
                            options);
  }
  const std::vector<Tensor> images = split(x, groups, axis);
  const std::vector<Tensor> filters = split(filter, groups, 3);
  std::vector<Tensor> out;
  for (int i = 0; i < groups; ++i) out.push_back(conv2d(images[i], filters[i], options));
  return concat(out, axis);
}

}  // namespace heddle

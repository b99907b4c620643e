#include "ops/conv2d.h"

#include "kernels/conv2d.h"
#include "ops/elementwise.h"
#include "ops/packed_product.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

WindowAxis rows_of(int height, const Shape& filter, const Conv2DOptions& o) {
  return place_windows(height, filter[0], o.stride_h, o.dilation_h, o.padding, o.pads.top,
                       o.pads.bottom, "conv2d");
}

WindowAxis cols_of(int width, const Shape& filter, const Conv2DOptions& o) {
  return place_windows(width, filter[1], o.stride_w, o.dilation_w, o.padding, o.pads.left,
                       o.pads.right, "conv2d");
}

kernels::Conv2DGeometry geometry(const Shape& x, const Shape& filter, const Conv2DOptions& o) {
  const WindowAxis rows = rows_of(x[1], filter, o);
  const WindowAxis cols = cols_of(x[2], filter, o);
  kernels::Conv2DGeometry g;
  g.batch = x[0];
  g.in_height = x[1];
  g.in_width = x[2];
  g.in_channels = x[3];
  g.out_height = rows.out;
  g.out_width = cols.out;
  g.out_channels = filter[3];
  g.kernel_height = filter[0];
  g.kernel_width = filter[1];
  g.stride_height = o.stride_h;
  g.stride_width = o.stride_w;
  g.pad_top = rows.pad_before;
  g.pad_left = cols.pad_before;
  g.dilation_height = o.dilation_h;
  g.dilation_width = o.dilation_w;
  return g;
}

/// The gradient dy that arrives must have the shape of the convolution's result.
void check_dy(const Shape& dy, const Shape& x, const Shape& filter, const Conv2DOptions& options,
              const char* where) {
  const Shape expected = conv2d_shape(x, filter, options);
  if (dy != expected) {
    fail<ValueError>("[{}] dy must have shape {}, got {}", where, expected, dy);
  }
}

/// Inputs [x, filter, bias?, accumulator?]; images are NHWC.
class Conv2D : public FusedOp {
 public:
  explicit Conv2D(const Conv2DOptions& options, const FusedEpilogue& fused = {})
      : FusedOp(fused), options_(options) {}

  const char* name() const override { return "conv2d"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const Shape out = conv2d_shape(inputs[0].shape, inputs[1].shape, options_);
    fused_.check(inputs, out, name());
    return {{out, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const kernels::Epilogue epilogue = fused_.prepare(inputs, outputs[0]);
    if (outputs[0].size() == 0) return;
    kernels::conv2d_forward(geometry(inputs[0].shape(), inputs[1].shape(), options_),
                            inputs[0].f32(), inputs[1].f32(), epilogue, outputs[0].f32());
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& x = request.input(0);
    const Tensor& filter = request.input(1);
    const Tensor& dy = request.grad();
    std::vector<Tensor> gradients(2);
    if (request.wants(0)) gradients[0] = conv2d_backward_input(dy, filter, x.shape(), options_);
    if (request.wants(1)) gradients[1] = conv2d_backward_filter(x, dy, filter.shape(), options_);
    return gradients;
  }

  PreparedOp prepared(std::span<const TensorSpec> inputs) const override {
    const kernels::Conv2DGeometry g = geometry(inputs[0].shape, inputs[1].shape, options_);
    if (!kernels::is_plain_product(g)) return {};
    return packed_product(g.batch * g.out_height * g.out_width, g.out_channels, g.in_channels,
                          false, infer(inputs)[0].shape, fused_);
  }

  bool linear_in_columns() const override { return true; }
  std::string key() const override {
    const Conv2DOptions& o = options_;
    return key_of(o.stride_h, o.stride_w, o.padding, o.pads, o.dilation_h, o.dilation_w, fused_);
  }

 private:
  OpPtr with(const FusedEpilogue& fused) const override {
    return std::make_shared<Conv2D>(options_, fused);
  }

  Conv2DOptions options_;
};

/// dx from [dy, filter].
class Conv2DBackwardInput : public Op {
 public:
  Conv2DBackwardInput(const Conv2DOptions& options, const Shape& x_shape)
      : options_(options), x_shape_(x_shape) {}

  const char* name() const override { return "conv2dBackwardInput"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    check_dy(inputs[0].shape, x_shape_, inputs[1].shape, options_, name());
    return {{x_shape_, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    kernels::conv2d_backward_input(geometry(x_shape_, inputs[1].shape(), options_), inputs[0].f32(),
                                   inputs[1].f32(), outputs[0].f32());
  }

  // Linear in dy and in the filter, and the transpose of the convolution: with u the gradient of
  // dx, dy's is the convolution of u, and the filter's is as if u had been the image.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& dy = request.input(0);
    const Tensor& filter = request.input(1);
    const Tensor& u = request.grad();
    std::vector<Tensor> gradients(2);
    if (request.wants(0)) gradients[0] = conv2d(u, filter, options_);
    if (request.wants(1)) gradients[1] = conv2d_backward_filter(u, dy, filter.shape(), options_);
    return gradients;
  }

 private:
  Conv2DOptions options_;
  Shape x_shape_;
};

/// dfilter from [x, dy, accumulator?].
class Conv2DBackwardFilter : public Op {
 public:
  Conv2DBackwardFilter(const Conv2DOptions& options, const Shape& filter_shape,
                       const FusedEpilogue& fused = {})
      : options_(options), filter_shape_(filter_shape), fused_(fused) {}

  const char* name() const override { return "conv2dBackwardFilter"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    check_dy(inputs[1].shape, inputs[0].shape, filter_shape_, options_, name());
    fused_.check(inputs, filter_shape_, name());
    return {{filter_shape_, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const kernels::Epilogue epilogue = fused_.prepare(inputs, outputs[0]);
    if (outputs[0].size() == 0) return;
    kernels::conv2d_backward_filter(geometry(inputs[0].shape(), filter_shape_, options_),
                                    inputs[0].f32(), inputs[1].f32(), outputs[0].f32(),
                                    epilogue.accumulate);
  }

  // With u the gradient of dfilter: x's is as if u had been the filter, dy's is the convolution of
  // x with u.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& x = request.input(0);
    const Tensor& dy = request.input(1);
    const Tensor& u = request.grad();
    std::vector<Tensor> gradients(2);
    if (request.wants(0)) gradients[0] = conv2d_backward_input(dy, u, x.shape(), options_);
    if (request.wants(1)) gradients[1] = conv2d(x, u, options_);
    return gradients;
  }

  bool in_place(int input, int output) const override { return fused_.in_place(input, output); }

  std::shared_ptr<const Op> absorb_sum() const override {
    const std::optional<FusedEpilogue> fused = fused_.with_sum();
    if (!fused) return nullptr;
    return std::make_shared<Conv2DBackwardFilter>(options_, filter_shape_, *fused);
  }

 private:
  Conv2DOptions options_;
  Shape filter_shape_;
  FusedEpilogue fused_;
};

}  // namespace

Shape conv2d_shape(const Shape& x, const Shape& filter, const Conv2DOptions& options) {
  if (x.rank() != 4 || filter.rank() != 4) {
    fail<ValueError>(
        "[conv2d] x must have rank 4 (or 3, for one image) and filter rank 4: got {} and {}", x,
        filter);
  }
  const int channel_axis = options.channels_first ? 1 : 3;
  if (x[channel_axis] != filter[2]) {
    fail<ValueError>("[conv2d] the filter {} is for {} input channels, and x {} has {}", filter,
                     filter[2], x, x[channel_axis]);
  }
  const int first = options.channels_first ? 2 : 1;
  const int height = rows_of(x[first], filter, options).out;
  const int width = cols_of(x[first + 1], filter, options).out;
  if (options.channels_first) return {x[0], filter[3], height, width};
  return {x[0], height, width, filter[3]};
}

Tensor conv2d(const Tensor& x, const Tensor& filter, const Conv2DOptions& options) {
  if (x.shape().rank() == 3) {
    return squeeze(conv2d(expand_dims(x, 0), filter, options), {0});
  }
  conv2d_shape(x.shape(), filter.shape(), options);  // errors in the caller's layout
  if (options.channels_first) {
    Conv2DOptions last = options;
    last.channels_first = false;
    return transpose(conv2d(transpose(x, {0, 2, 3, 1}), filter, last), {0, 3, 1, 2});
  }
  Conv2DOptions all = options;
  const Tensor in = take_padding(x, all);
  return apply(std::make_shared<Conv2D>(all),
               {cast(in, DType::kFloat32), cast(filter, DType::kFloat32)});
}

Tensor take_padding(const Tensor& x, Conv2DOptions& options) {
  const Node& node = x.node();
  const PadWidths* const widths = node.op == nullptr ? nullptr : node.op->zero_padding();
  const bool may = options.padding == Padding::kValid || options.padding == Padding::kExplicit;
  if (widths == nullptr || !may || x.shape().rank() != 4) return x;
  const auto& [before, after] = *widths;
  if (before[0] + after[0] + before[3] + after[3] != 0) return x;
  if (options.padding == Padding::kValid) options.pads = {};
  options.padding = Padding::kExplicit;
  options.pads.top += before[1];
  options.pads.bottom += after[1];
  options.pads.left += before[2];
  options.pads.right += after[2];
  return node.inputs[0];
}

Tensor conv2d_backward_input(const Tensor& dy, const Tensor& filter, const Shape& x_shape,
                             const Conv2DOptions& options) {
  return apply(std::make_shared<Conv2DBackwardInput>(options, x_shape), {dy, filter});
}

Tensor conv2d_backward_filter(const Tensor& x, const Tensor& dy, const Shape& filter_shape,
                              const Conv2DOptions& options) {
  return apply(std::make_shared<Conv2DBackwardFilter>(options, filter_shape), {x, dy});
}

}  // namespace heddle

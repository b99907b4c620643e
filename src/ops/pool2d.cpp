#include "ops/pool2d.h"

#include <algorithm>

#include "kernels/pool2d.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

WindowAxis rows_of(int height, const Pool2DOptions& o, const char* where) {
  return place_windows(height, o.window_h, o.stride_h, 1, o.padding, o.pads.top, o.pads.bottom,
                       where);
}

WindowAxis cols_of(int width, const Pool2DOptions& o, const char* where) {
  return place_windows(width, o.window_w, o.stride_w, 1, o.padding, o.pads.left, o.pads.right,
                       where);
}

kernels::Pool2DGeometry geometry(const Shape& x, const Pool2DOptions& o) {
  const WindowAxis rows = rows_of(x[1], o, "pool");
  const WindowAxis cols = cols_of(x[2], o, "pool");
  kernels::Pool2DGeometry g;
  g.batch = x[0];
  g.in_height = x[1];
  g.in_width = x[2];
  g.channels = x[3];
  g.out_height = rows.out;
  g.out_width = cols.out;
  g.window_height = o.window_h;
  g.window_width = o.window_w;
  g.stride_height = o.stride_h;
  g.stride_width = o.stride_w;
  g.pad_top = rows.pad_before;
  g.pad_left = cols.pad_before;
  return g;
}

/// What all pooling ops here have in common: their options, for images NHWC.
class Pool2DOp : public Op {
 public:
  explicit Pool2DOp(const Pool2DOptions& options) : options_(options) {}

 protected:
  Pool2DOptions options_;
};

Tensor max_pool_backward(const Tensor& x, const Tensor& y, const Tensor& dy,
                         const Pool2DOptions& options);
Tensor avg_pool_backward(const Tensor& dy, const Shape& x_shape, const Pool2DOptions& options);

/// u taken where each window of x has its (first) maximum: the transpose of the backward pass, and
/// so the gradient of it. From [x, y, u], with y the maxima, in the shape of y.
class MaxPoolSelect : public Pool2DOp {
 public:
  using Pool2DOp::Pool2DOp;
  const char* name() const override { return "maxPoolSelect"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[1]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const kernels::Pool2DGeometry g = geometry(inputs[0].shape(), options_);
    const float* const y = inputs[1].f32();
    float* out = outputs[0].f32();
    int64_t cell = 0;
    for (int b = 0; b < g.batch; ++b) {
      const int64_t image = static_cast<int64_t>(b) * g.in_height * g.in_width * g.channels;
      for (int i = 0; i < g.out_height; ++i) {
        for (int j = 0; j < g.out_width; ++j) {
          for (int c = 0; c < g.channels; ++c, ++cell) {
            out[cell] =
                select(g, inputs[0].f32() + image, inputs[2].f32() + image, i, j, c, y[cell]);
          }
        }
      }
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {Tensor(), Tensor(),
            max_pool_backward(request.input(0), request.input(1), request.grad(), options_)};
  }

 private:
  static float select(const kernels::Pool2DGeometry& g, const float* x, const float* u, int i,
                      int j, int c, float maximum) {
    const int top = i * g.stride_height - g.pad_top;
    const int left = j * g.stride_width - g.pad_left;
    for (int h = std::max(top, 0); h < std::min(top + g.window_height, g.in_height); ++h) {
      for (int w = std::max(left, 0); w < std::min(left + g.window_width, g.in_width); ++w) {
        const int64_t place = (static_cast<int64_t>(h) * g.in_width + w) * g.channels + c;
        if (x[place] == maximum) return u[place];
      }
    }
    return 0;
  }
};

/// dx from [x, y, dy].
class MaxPoolBackward : public Pool2DOp {
 public:
  using Pool2DOp::Pool2DOp;
  const char* name() const override { return "maxPoolBackward"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    kernels::max_pool2d_backward(geometry(inputs[0].shape(), options_), inputs[0].f32(),
                                 inputs[1].f32(), inputs[2].f32(), outputs[0].f32());
  }

  // Linear in dy; flat in x and y wherever it is smooth.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {Tensor(), Tensor(),
            apply(std::make_shared<MaxPoolSelect>(options_),
                  {request.input(0), request.input(1), request.grad()})};
  }
};

class MaxPool : public Pool2DOp {
 public:
  using Pool2DOp::Pool2DOp;
  const char* name() const override { return "maxPool"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{pool2d_shape(inputs[0].shape, options_, name()), DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    kernels::max_pool2d(geometry(inputs[0].shape(), options_), inputs[0].f32(), outputs[0].f32());
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {max_pool_backward(request.input(0), request.output(), request.grad(), options_)};
  }
};

class AvgPool : public Pool2DOp {
 public:
  using Pool2DOp::Pool2DOp;
  const char* name() const override { return "avgPool"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{pool2d_shape(inputs[0].shape, options_, name()), DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    kernels::avg_pool2d(geometry(inputs[0].shape(), options_), inputs[0].f32(), outputs[0].f32());
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {avg_pool_backward(request.grad(), request.input(0).shape(), options_)};
  }
};

/// dx from dy.
class AvgPoolBackward : public Pool2DOp {
 public:
  AvgPoolBackward(const Pool2DOptions& options, const Shape& x_shape)
      : Pool2DOp(options), x_shape_(x_shape) {}
  const char* name() const override { return "avgPoolBackward"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> /*inputs*/) const override {
    return {{x_shape_, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    kernels::avg_pool2d_backward(geometry(x_shape_, options_), inputs[0].f32(), outputs[0].f32());
  }

  // The transpose of a linear op, whose transpose that op is again.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {avg_pool(request.grad(), options_)};
  }

 private:
  Shape x_shape_;
};

Tensor max_pool_backward(const Tensor& x, const Tensor& y, const Tensor& dy,
                         const Pool2DOptions& options) {
  return apply(std::make_shared<MaxPoolBackward>(options), {x, y, dy});
}

Tensor avg_pool_backward(const Tensor& dy, const Shape& x_shape, const Pool2DOptions& options) {
  return apply(std::make_shared<AvgPoolBackward>(options, x_shape), {dy});
}

/// Brings x into the form that the ops take, and the result back.
template <typename PoolOp>
Tensor pool(const Tensor& x, const Pool2DOptions& options, const char* where) {
  if (x.shape().rank() == 3) {
    return squeeze(pool<PoolOp>(expand_dims(x, 0), options, where), {0});
  }
  pool2d_shape(x.shape(), options, where);  // errors in the caller's layout
  if (options.channels_first) {
    Pool2DOptions last = options;
    last.channels_first = false;
    return transpose(pool<PoolOp>(transpose(x, {0, 2, 3, 1}), last, where), {0, 3, 1, 2});
  }
  return apply(std::make_shared<PoolOp>(options), {cast(x, DType::kFloat32)});
}

}  // namespace

Shape pool2d_shape(const Shape& x, const Pool2DOptions& options, const char* where) {
  if (x.rank() != 4) {
    fail<ValueError>("[{}] x must have rank 4 (or 3, for one image), got {}", where, x);
  }
  const Pads& pads = options.pads;
  if (options.padding == Padding::kExplicit &&
      (std::max(pads.top, pads.bottom) >= options.window_h ||
       std::max(pads.left, pads.right) >= options.window_w)) {
    fail<ValueError>(
        "[{}] padding must be smaller than the window [{},{}], or some windows would be empty",
        where, options.window_h, options.window_w);
  }
  const int first = options.channels_first ? 2 : 1;
  const int height = rows_of(x[first], options, where).out;
  const int width = cols_of(x[first + 1], options, where).out;
  if (options.channels_first) return {x[0], x[1], height, width};
  return {x[0], height, width, x[3]};
}

Tensor max_pool(const Tensor& x, const Pool2DOptions& options) {
  return pool<MaxPool>(x, options, "maxPool");
}

Tensor avg_pool(const Tensor& x, const Pool2DOptions& options) {
  return pool<AvgPool>(x, options, "avgPool");
}

}  // namespace heddle

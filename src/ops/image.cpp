#include "ops/image.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ops/elementwise.h"
#include "ops/gather.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

using kernels::Outside;
using kernels::SampleGeometry;

/// Whether the images are one without a batch; throws for other ranks than 3 and 4.
bool is_single(const Tensor& images, const char* where) {
  const int rank = images.shape().rank();
  if (rank != 3 && rank != 4) {
    throw ValueError(text("[", where, "] images must have rank 4 (or 3, for one image), got ",
                          to_string(images.shape())));
  }
  return rank == 3;
}

/// How places along an axis of `to` cells lie in one of `from` cells.
struct Scale {
  int from = 0;
  double ratio = 1;
  double offset = 0;  // of centers, in cells

  Scale(int from_, int to, const ResizeOptions& o) : from(from_) {
    const int ends = o.align_corners && to > 1 ? 1 : 0;
    ratio = static_cast<double>(from - ends) / (to - ends);
    offset = o.half_pixel_centers ? 0.5 : 0;
  }
};

/// Indices along an axis, made by `place` for each cell of the result.
template <typename Place>
Tensor indices(int count, const Place& place) {
  Tensor out = Tensor::empty({count}, DType::kInt32);
  for (int i = 0; i < count; ++i) out.data<int32_t>()[i] = place(i);
  return out;
}

Tensor nearest_along(const Tensor& x, int axis, int size, const ResizeOptions& options) {
  const Scale scale(x.shape()[axis], size, options);
  const auto place = [&](int i) {
    const double at = scale.ratio * (i + scale.offset);
    const double cell = std::floor(options.align_corners ? at + 0.5 : at);
    return std::clamp(static_cast<int>(cell), 0, scale.from - 1);
  };
  return gather(x, indices(size, place), axis);
}

Tensor linear_along(const Tensor& x, int axis, int size, const ResizeOptions& options) {
  const Scale scale(x.shape()[axis], size, options);
  const auto at = [&](int i) { return scale.ratio * (i + scale.offset) - scale.offset; };
  const auto below = [&](int i) { return std::max(0, static_cast<int>(std::floor(at(i)))); };
  const auto above = [&](int i) {
    return std::clamp(static_cast<int>(std::ceil(at(i))), 0, scale.from - 1);
  };
  Shape column;
  for (int i = 0; i < x.shape().rank(); ++i) column.push_back(i == axis ? size : 1);
  Tensor part = Tensor::empty(column, DType::kFloat32);
  for (int i = 0; i < size; ++i) part.data()[i] = static_cast<float>(at(i) - below(i));
  const Tensor low = gather(x, indices(size, below), axis);
  const Tensor high = gather(x, indices(size, above), axis);
  return add(low, mul(sub(high, low), part));
}

using Along = Tensor (*)(const Tensor&, int, int, const ResizeOptions&);

Tensor resize(Along along, const Tensor& images, int height, int width,
              const ResizeOptions& options, const char* where) {
  const int axis = (is_single(images, where) ? 0 : 1) + (options.channels_first ? 1 : 0);
  const Shape& shape = images.shape();
  if (height < 1 || width < 1 || shape[axis] < 1 || shape[axis + 1] < 1) {
    throw ValueError(text("[", where, "] sizes must be 1 or more: got images ", to_string(shape),
                          " and a new size of ", height, " x ", width));
  }
  if (options.align_corners && options.half_pixel_centers) {
    throw ValueError(text("[", where, "] alignCorners and halfPixelCenters exclude each other"));
  }
  Tensor out = images;
  // An axis that keeps its size keeps its cells, whatever the options.
  if (shape[axis + 1] != width) out = along(out, axis + 1, width, options);
  if (shape[axis] != height) out = along(out, axis, height, options);
  return out;
}

/// Images [count, out_height, out_width, channels] from [images, transforms, index]; or, backward,
/// the gradient of the images from [that of the result, transforms, index].
class SampleImages : public Op {
 public:
  SampleImages(const SampleGeometry& geometry, std::vector<float> fill, bool backward)
      : geometry_(geometry), fill_(std::move(fill)), backward_(backward) {}

  const char* name() const override { return backward_ ? "transformBackward" : "transform"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> /*inputs*/) const override {
    const SampleGeometry& g = geometry_;
    if (backward_) return {{{g.batch, g.in_height, g.in_width, g.channels}, DType::kFloat32}};
    return {{{g.count, g.out_height, g.out_width, g.channels}, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const int32_t* const index = inputs[2].i32();
    for (int i = 0; i < geometry_.count; ++i) {
      if (index[i] < 0 || index[i] >= geometry_.batch) {
        throw ValueError(text("[cropAndResize] there is no image ", index[i], ": the batch has ",
                              geometry_.batch));
      }
    }
    if (outputs[0].size() == 0) return;
    if (backward_) {
      kernels::sample_images_backward(geometry_, inputs[0].f32(), inputs[1].f32(), index,
                                      outputs[0].f32());
    } else {
      kernels::sample_images(geometry_, inputs[0].f32(), inputs[1].f32(), index, fill_.data(),
                             outputs[0].f32());
    }
  }

  // Linear in the images, but for the fill.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const std::vector<float> nothing(static_cast<size_t>(geometry_.channels), 0.0f);
    const auto turned = std::make_shared<SampleImages>(geometry_, nothing, !backward_);
    return {heddle::apply(turned, {request.grad(), request.input(1), request.input(2)}), Tensor(),
            Tensor()};
  }

 private:
  SampleGeometry geometry_;
  std::vector<float> fill_;  // one for each channel
  bool backward_;
};

SampleGeometry geometry_of(const Tensor& images) {
  const Shape& s = images.shape();
  SampleGeometry g;
  g.batch = s[0];
  g.in_height = s[1];
  g.in_width = s[2];
  g.channels = s[3];
  g.out_height = s[1];
  g.out_width = s[2];
  return g;
}

Tensor counting(int count) {
  return indices(count, [](int i) { return i; });
}

}  // namespace

Tensor resize_bilinear(const Tensor& images, int height, int width, const ResizeOptions& options) {
  return resize(linear_along, cast(images, DType::kFloat32), height, width, options,
                "resizeBilinear");
}

Tensor resize_nearest(const Tensor& images, int height, int width, const ResizeOptions& options) {
  return resize(nearest_along, images, height, width, options, "resizeNearestNeighbor");
}

Tensor crop_and_resize(const Tensor& images, const Tensor& boxes, const Tensor& index, int height,
                       int width, bool bilinear, float fill) {
  const Shape& b = boxes.shape();
  if (images.shape().rank() != 4 || b.rank() != 2 || b[1] != 4 || index.shape() != Shape{b[0]} ||
      index.dtype() != DType::kInt32 || height < 1 || width < 1) {
    throw ValueError(text(
        "[cropAndResize] needs images of rank 4, boxes [count,4], an int32 index ",
        "[count] and a size of 1 or more: got ", to_string(images.shape()), ", ", to_string(b),
        ", ", name_of(index.dtype()), to_string(index.shape()), " and ", height, " x ", width));
  }
  SampleGeometry g = geometry_of(images);
  g.count = b[0];
  g.out_height = height;
  g.out_width = width;
  g.bilinear = bilinear;
  g.outside = Outside::kFillOnly;
  // Along an axis, cell i of the crop is first + i * step; a single cell lies in the middle.
  const std::vector<Tensor> sides = split(cast(boxes, DType::kFloat32), 4, 1);
  const Tensor zero = Tensor::full({b[0], 1}, 0);
  const auto line = [&](const Tensor& low, const Tensor& high, int from, int to) {
    const Tensor first = to > 1 ? low : mul_constant(add(low, high), 0.5);
    const Tensor step = to > 1 ? mul_constant(sub(high, low), (from - 1.0) / (to - 1)) : zero;
    return std::pair(mul_constant(first, from - 1.0), step);
  };
  const auto [y, y_step] = line(sides[0], sides[2], g.in_height, height);
  const auto [x, x_step] = line(sides[1], sides[3], g.in_width, width);
  const Tensor transforms = concat(std::vector{x_step, zero, x, zero, y_step, y, zero, zero}, 1);
  const std::vector<float> outside(static_cast<size_t>(g.channels), fill);
  return apply(std::make_shared<SampleImages>(g, outside, false),
               {cast(images, DType::kFloat32), transforms, index});
}

Tensor transform_images(const Tensor& images, const Tensor& transforms,
                        const TransformOptions& options) {
  if (is_single(images, "transform")) {
    return squeeze(transform_images(expand_dims(images, 0), transforms, options), {0});
  }
  SampleGeometry g = geometry_of(images);
  const Shape& t = transforms.shape();
  if (t.rank() != 2 || t[1] != 8 || (t[0] != 1 && t[0] != g.batch) || options.height < 0 ||
      options.width < 0) {
    throw ValueError(text("[transform] transforms must have shape [1,8] or [", g.batch,
                          ",8] and sizes must not be negative, got ", to_string(t), " and ",
                          options.height, " x ", options.width));
  }
  g.count = g.batch;
  if (options.height > 0) g.out_height = options.height;
  if (options.width > 0) g.out_width = options.width;
  g.bilinear = options.bilinear;
  g.outside = options.outside;
  std::vector<float> fill(static_cast<size_t>(g.channels), 0.0f);
  for (size_t c = 0; c < fill.size() && !options.fill.empty(); ++c) {
    const size_t given = options.fill.size();
    fill[c] = given == 1 ? options.fill[0] : c < given ? options.fill[c] : 255.0f;
  }
  const Tensor each = broadcast_to(cast(transforms, DType::kFloat32), {g.batch, 8});
  const Tensor out = apply(std::make_shared<SampleImages>(g, std::move(fill), false),
                           {cast(images, DType::kFloat32), each, counting(g.batch)});
  return cast(out, images.dtype());
}

Tensor rotate_images(const Tensor& images, float radians, std::span<const float> fill,
                     float center_x, float center_y) {
  const int axis = is_single(images, "rotateWithOffset") ? 0 : 1;
  const double x = static_cast<double>(center_x) * images.shape()[axis + 1];
  const double y = static_cast<double>(center_y) * images.shape()[axis];
  const double cosine = std::cos(static_cast<double>(radians));
  const double sine = std::sin(static_cast<double>(radians));
  const double rows[] = {
      cosine, -sine, x - x * cosine + y * sine, sine, cosine, y - x * sine - y * cosine, 0, 0};
  Tensor transform = Tensor::empty({1, 8}, DType::kFloat32);
  std::transform(std::begin(rows), std::end(rows), transform.data(),
                 [](double v) { return static_cast<float>(v); });
  TransformOptions options;
  options.fill = fill;
  return transform_images(images, transform, options);
}

}  // namespace heddle

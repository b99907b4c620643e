#include "ops/image.h"

#include <algorithm>
#include <array>
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
    fail<ValueError>("[{}] images must have rank 4 (or 3, for one image), got {}", where,
                     images.shape());
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

/// Where each cell of a resized axis lies.
struct LinearTable {
  std::vector<int32_t> below, above;
  std::vector<float> part;
};

/// Linear interpolation along one axis; or, backward, the gradient of what is interpolated.
class Interpolate : public Op {
 public:
  Interpolate(int axis, int from, std::shared_ptr<const LinearTable> table, bool backward)
      : axis_(axis), from_(from), table_(std::move(table)), backward_(backward) {}

  const char* name() const override { return backward_ ? "resizeBackward" : "resizeBilinear"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    Shape shape = inputs[0].shape;
    shape[axis_] = backward_ ? from_ : static_cast<int>(table_->part.size());
    return {{shape, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const Shape& shape = inputs[0].shape();
    const auto outer = static_cast<int>(shape.slice(0, axis_).size());
    const auto inner = static_cast<int>(shape.slice(axis_ + 1).size());
    const kernels::Interpolation t{from_, static_cast<int>(table_->part.size()),
                                   table_->below.data(), table_->above.data(), table_->part.data()};
    const auto kernel = backward_ ? kernels::interpolate_backward : kernels::interpolate;
    kernel(t, outer, inner, inputs[0].f32(), outputs[0].f32());
  }

  // The transpose of a linear op, whose transpose that op is again.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {heddle::apply(std::make_shared<Interpolate>(axis_, from_, table_, !backward_),
                          {request.grad()})};
  }

 private:
  int axis_;
  int from_;
  std::shared_ptr<const LinearTable> table_;
  bool backward_;
};

Tensor linear_along(const Tensor& x, int axis, int size, const ResizeOptions& options) {
  const Scale scale(x.shape()[axis], size, options);
  const auto table = std::make_shared<LinearTable>();
  for (int i = 0; i < size; ++i) {
    const double at = scale.ratio * (i + scale.offset) - scale.offset;
    const int below = std::max(0, static_cast<int>(std::floor(at)));
    table->below.push_back(below);
    table->above.push_back(std::clamp(static_cast<int>(std::ceil(at)), 0, scale.from - 1));
    table->part.push_back(static_cast<float>(at - below));
  }
  return apply(std::make_shared<Interpolate>(axis, scale.from, table, false), {x});
}

using Along = Tensor (*)(const Tensor&, int, int, const ResizeOptions&);

Tensor resize(Along along, const Tensor& images, int height, int width,
              const ResizeOptions& options, const char* where) {
  const int axis = (is_single(images, where) ? 0 : 1) + (options.channels_first ? 1 : 0);
  const Shape& shape = images.shape();
  if (height < 1 || width < 1 || shape[axis] < 1 || shape[axis + 1] < 1) {
    fail<ValueError>("[{}] sizes must be 1 or more: got images {} and a new size of {} x {}", where,
                     shape, height, width);
  }
  if (options.align_corners && options.half_pixel_centers) {
    fail<ValueError>("[{}] alignCorners and halfPixelCenters exclude each other", where);
  }
  Tensor out = images;
  // An axis that keeps its size keeps its cells, whatever the options.
  if (shape[axis + 1] != width) out = along(out, axis + 1, width, options);
  if (shape[axis] != height) out = along(out, axis, height, options);
  return out;
}

/// The transform that takes cells of a crop to a box (y1, x1, y2, x2) of the image: cell i of an
/// axis lies at first + i * step, and a single cell in the middle.
std::array<float, 8> transform_to_box(const float* box, const SampleGeometry& g) {
  std::array<float, 8> t{};
  const auto axis = [](float low, float high, int from, int to, float& step, float& first) {
    const auto last = static_cast<float>(from - 1);
    if (to > 1) step = (high - low) * last / static_cast<float>(to - 1);
    first = to > 1 ? low * last : 0.5f * (low + high) * last;
  };
  axis(box[1], box[3], g.in_width, g.out_width, t[0], t[2]);
  axis(box[0], box[2], g.in_height, g.out_height, t[4], t[5]);
  return t;
}

/// Images [count, out_height, out_width, channels] from [images, transforms [1 or count, 8] or
/// boxes [count, 4], index (or images in order)]; or, backward, the gradient of the images from
/// that of the result.
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
    const int columns = inputs[1].shape()[1];
    SampleGeometry one = geometry_;
    one.count = 1;
    const ptrdiff_t image = static_cast<ptrdiff_t>(one.in_height) * one.in_width * one.channels;
    const ptrdiff_t result = static_cast<ptrdiff_t>(one.out_height) * one.out_width * one.channels;
    if (backward_) std::fill_n(outputs[0].f32(), outputs[0].size(), 0.0F);
    for (int i = 0; i < geometry_.count; ++i) {
      const int n = inputs.size() > 2 ? inputs[2].i32()[i] : i;
      if (n < 0 || n >= geometry_.batch) {
        fail<ValueError>("[cropAndResize] there is no image {}: the batch has {}", n,
                         geometry_.batch);
      }
      const float* const given = inputs[1].f32() + (inputs[1].shape()[0] > 1 ? i * columns : 0);
      const std::array<float, 8> box =
          columns == 4 ? transform_to_box(given, one) : std::array<float, 8>{};
      const float* const transform = columns == 4 ? box.data() : given;
      if (backward_) {
        kernels::sample_image_backward(one, inputs[0].f32() + i * result, transform,
                                       outputs[0].f32() + n * image);
      } else {
        kernels::sample_image(one, inputs[0].f32() + n * image, transform, fill_.data(),
                              outputs[0].f32() + i * result);
      }
    }
  }

  // Linear in the images, but for the fill.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const std::vector<float> nothing(static_cast<size_t>(geometry_.channels), 0.0f);
    std::vector<Tensor> inputs = request.node.inputs;
    std::vector<Tensor> gradients(inputs.size());
    inputs[0] = request.grad();
    gradients[0] = heddle::apply(std::make_shared<SampleImages>(geometry_, nothing, !backward_),
                                 std::move(inputs));
    return gradients;
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
    fail<ValueError>(
        "[cropAndResize] needs images of rank 4, boxes [count,4], an int32 index [count] and a "
        "size of 1 or more: got {}, {}, {}{} and {} x {}",
        images.shape(), b, name_of(index.dtype()), index.shape(), height, width);
  }
  SampleGeometry g = geometry_of(images);
  g.count = b[0];
  g.out_height = height;
  g.out_width = width;
  g.bilinear = bilinear;
  g.outside = Outside::kFillOnly;
  const std::vector<float> outside(static_cast<size_t>(g.channels), fill);
  return apply(std::make_shared<SampleImages>(g, outside, false),
               {cast(images, DType::kFloat32), cast(boxes, DType::kFloat32), index});
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
    fail<ValueError>(
        "[transform] transforms must have shape [1,8] or [{},8] and sizes must not be negative, "
        "got {} and {} x {}",
        g.batch, t, options.height, options.width);
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
  const Tensor out = apply(std::make_shared<SampleImages>(g, std::move(fill), false),
                           {cast(images, DType::kFloat32), cast(transforms, DType::kFloat32)});
  return cast(out, images.dtype());
}

}  // namespace heddle

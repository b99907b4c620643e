#include <numeric>

#include "gradient_cases.h"
#include "ops/gather.h"
#include "ops/gather_nd.h"
#include "ops/shape_ops.h"
#include "ops/strided_slice.h"

namespace heddle::test {
namespace {

/// An order of the axes, some counted from the end.
std::vector<int> permutation(Draw& draw, int rank) {
  std::vector<int> out(static_cast<size_t>(rank));
  std::iota(out.begin(), out.end(), 0);
  for (int i = rank - 1; i > 0; --i) std::swap(out[i], out[draw.integer(0, i)]);
  return out;
}

/// Whole numbers in [0, high), and none at all where there is nothing to name.
Tensor places(Draw& draw, Shape shape, int high) {
  if (high == 0) shape[0] = 0;
  return draw.values().indices(shape, std::max(high, 1));
}

/// Rows of indices [count, depth] into the first axes of a shape.
Tensor rows_of_places(Draw& draw, const Shape& shape, int depth) {
  int count = draw.integer(1, 4);
  for (int i = 0; i < depth; ++i) count = shape[i] == 0 ? 0 : count;
  Tensor rows = Tensor::empty({count, depth}, DType::kInt32);
  for (int i = 0; i < count * depth; ++i) {
    rows.data<int32_t>()[i] = draw.integer(0, shape[i % depth] - 1);
  }
  return rows;
}

/// [rows of indices, what is left of the shape].
Shape updates_shape(const Tensor& rows, const Shape& shape) {
  Shape out{rows.shape()[0]};
  for (int i = rows.shape()[1]; i < shape.rank(); ++i) out.push_back(shape[i]);
  return out;
}

/// For each axis, where a box with steps begins, how many elements it has, and how far they are
/// apart.
struct Box {
  std::vector<int> begin, size, steps;
};

Box box_with_steps(Draw& draw, const Shape& shape) {
  Box box;
  for (const int dim : shape) {
    const int step = draw.integer(1, 2);
    const int size = draw.integer(0, (dim + step - 1) / step);
    const int last = (std::max(size, 1) - 1) * step;
    const int first = dim == 0 ? 0 : draw.integer(0, dim - 1 - last);
    const bool backwards = draw.coin();
    box.begin.push_back(backwards ? first + last : first);
    box.size.push_back(size);
    box.steps.push_back(backwards ? -step : step);
  }
  return box;
}

const std::vector<GradientCase> kCases = {
    {"reshape",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 4));
       Shape shape{1};
       for (const int dim : x.shape()) {
         draw.coin() ? shape.push_back(dim) : static_cast<void>(shape[-1] *= dim);
       }
       if (x.size() > 0) shape[draw.integer(0, shape.rank() - 1)] = -1;
       return sample([shape](const Tensors& t) { return reshape(t[0], shape); }, {x});
     }},
    {"expand_dims",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 3));
       const int axis = draw.axis(x.shape().rank() + 1);
       return sample([axis](const Tensors& t) { return expand_dims(t[0], axis); }, {x});
     }},
    {"squeeze",
     [](Draw& draw) {
       Shape shape = draw.shape(1, 4);
       const int axis = draw.axis(shape.rank());
       shape[axis] = 1;
       return sample([axis](const Tensors& t) { return squeeze(t[0], {axis}); },
                     {draw.real(shape)});
     }},
    {"identity",
     [](Draw& draw) {
       return sample([](const Tensors& t) { return identity(t[0]); },
                     {draw.real(draw.shape(0, 4))});
     }},
    {"transpose",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 5));
       const std::vector<int> order = permutation(draw, x.shape().rank());
       return sample([order](const Tensors& t) { return transpose(t[0], order); }, {x});
     }},
    {"reverse",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 4));
       const std::vector<int> axes = draw.axes(x.shape().rank());
       return sample([axes](const Tensors& t) { return reverse(t[0], axes); }, {x});
     }},
    {"slice",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 4));
       std::vector<int> begin;
       std::vector<int> size;
       for (const int dim : x.shape()) {
         begin.push_back(draw.integer(0, dim));
         size.push_back(draw.coin() ? -1 : draw.integer(0, dim - begin.back()));
       }
       return sample([=](const Tensors& t) { return slice(t[0], begin, size); }, {x});
     }},
    {"slice_steps",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 4));
       const Box box = box_with_steps(draw, x.shape());
       const auto f = [box](const Tensors& t) {
         return slice_steps(t[0], box.begin, box.size, box.steps);
       };
       return sample(f, {x});
     }},
    {"place_steps",
     [](Draw& draw) {
       const Shape shape = draw.shape(0, 4);
       const Box box = box_with_steps(draw, shape);
       const auto f = [=](const Tensors& t) {
         return place_steps(t[0], shape, box.begin, box.steps);
       };
       return sample(f, {draw.real(Shape(box.size))});
     }},
    {"unstack",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(1, 4));
       const int axis = draw.axis(x.shape().rank());
       return sample([axis](const Tensors& t) { return unstack(t[0], axis); }, {x});
     }},
    {"pad",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 3));
       std::vector<int> before;
       std::vector<int> after;
       for (int i = 0; i < x.shape().rank(); ++i) {
         before.push_back(draw.integer(0, 2));
         after.push_back(draw.integer(0, 2));
       }
       return sample([=](const Tensors& t) { return pad(t[0], before, after, 0.5F); }, {x});
     }},
    {"broadcast_to",
     [](Draw& draw) {
       const Shape shape = draw.shape(0, 4);
       const Tensor x = draw.real(draw.broadcasting_to(shape));
       return sample([shape](const Tensors& t) { return broadcast_to(t[0], shape); }, {x});
     }},
    {"tile",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 3));
       std::vector<int> reps;
       for (int i = 0; i < x.shape().rank(); ++i) reps.push_back(draw.size());
       return sample([reps](const Tensors& t) { return tile(t[0], reps); }, {x});
     }},
    {"repeat",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(1, 3));
       const int axis = draw.axis(x.shape().rank());
       const int times = draw.integer(1, 3);
       return sample([=](const Tensors& t) { return repeat(t[0], times, axis); }, {x});
     }},
    {"concat",
     [](Draw& draw) {
       Shape shape = draw.shape(1, 3);
       const int axis = draw.axis(shape.rank());
       Tensors parts;
       for (int i = draw.integer(1, 3); i > 0; --i) {
         shape[axis] = draw.size();
         parts.push_back(draw.real(shape));
       }
       return sample([axis](const Tensors& t) { return concat(t, axis); }, parts);
     }},
    {"stack",
     [](Draw& draw) {
       const Shape shape = draw.shape(0, 3);
       const int axis = draw.axis(shape.rank() + 1);
       Tensors parts;
       for (int i = draw.integer(1, 3); i > 0; --i) parts.push_back(draw.real(shape));
       return sample([axis](const Tensors& t) { return stack(t, axis); }, parts);
     }},
    {"split",
     [](Draw& draw) {
       Shape shape = draw.shape(1, 3);
       const int axis = draw.axis(shape.rank());
       std::vector<int> sizes;
       for (int i = draw.integer(1, 3); i > 0; --i) sizes.push_back(draw.size());
       shape[axis] = std::accumulate(sizes.begin(), sizes.end(), 0);
       return sample([=](const Tensors& t) { return split(t[0], sizes, axis); },
                     {draw.real(shape)});
     }},
    {"gather",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(1, 3));
       const int axis = draw.axis(x.shape().rank());
       const Tensor indices = places(draw, draw.shape(1, 2), x.shape()[axis]);
       return sample([=](const Tensors& t) { return gather(t[0], indices, axis); }, {x});
     }},
    {"gather_nd",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(1, 4));
       const Tensor rows = rows_of_places(draw, x.shape(), draw.integer(1, x.shape().rank()));
       return sample([rows](const Tensors& t) { return gather_nd(t[0], rows); }, {x});
     }},
    {"scatter_nd",
     [](Draw& draw) {
       const Shape shape = draw.shape(1, 4);
       const Tensor rows = rows_of_places(draw, shape, draw.integer(1, shape.rank()));
       return sample([=](const Tensors& t) { return scatter_nd(rows, t[0], shape); },
                     {draw.real(updates_shape(rows, shape))});
     }},
    {"tensor_scatter_update",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(1, 4));
       const Tensor rows = rows_of_places(draw, x.shape(), draw.integer(1, x.shape().rank()));
       const Tensor updates = draw.real(updates_shape(rows, x.shape()));
       const auto f = [rows](const Tensors& t) { return tensor_scatter_update(t[0], rows, t[1]); };
       return sample(f, {x, updates});
     }},
};

class ShapeGradients : public GradientCases {};
TEST_P(ShapeGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, ShapeGradients, testing::ValuesIn(kCases), name_of_case);

}  // namespace
}  // namespace heddle::test

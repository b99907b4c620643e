#include "gradient_cases.h"
#include "ops/elementwise.h"
#include "ops/normalization.h"
#include "ops/reduce.h"
#include "ops/scan.h"
#include "ops/softmax.h"
#include "ops/sort.h"

namespace heddle::test {
namespace {

using Reduction = Tensor (*)(const Tensor&, IntList, bool);
using Scan = Tensor (*)(const Tensor&, int, bool, bool);

/// A shape and axes of which none that is reduced is empty.
Shape shape_with_something_along(Draw& draw, const std::vector<int>& axes, int rank) {
  Shape shape = draw.shape(rank);
  for (const int axis : axes) shape[axis] = std::max(shape[axis], 1);
  if (axes.empty()) {
    for (int i = 0; i < rank; ++i) shape[i] = std::max(shape[i], 1);
  }
  return shape;
}

GradientCase reduction(const char* name, Reduction op) {
  return {name, [op](Draw& draw) {
            const Tensor x = draw.real(draw.shape(0, 4));
            const std::vector<int> axes = draw.axes(x.shape().rank());
            const bool keep = draw.coin();
            return sample([=](const Tensors& t) { return op(t[0], axes, keep); }, {x});
          }};
}

/// The same of values far from each other.
GradientCase extreme(const char* name, Reduction op) {
  return {name, [op](Draw& draw) {
            const int rank = draw.integer(0, 4);
            const std::vector<int> axes = draw.axes(rank);
            const Shape shape = shape_with_something_along(draw, axes, rank);
            const bool keep = draw.coin();
            return sample([=](const Tensors& t) { return op(t[0], axes, keep); },
                          {draw.values().distinct(shape)});
          }};
}

GradientCase scan(const char* name, Scan op) {
  return {name, [op](Draw& draw) {
            const Tensor x = draw.real(draw.shape(1, 4));
            const int axis = draw.axis(x.shape().rank());
            const bool exclusive = draw.coin();
            const bool reverse = draw.coin();
            const auto f = [=](const Tensors& t) { return op(t[0], axis, exclusive, reverse); };
            return sample(f, {x});
          }};
}

GradientCase along_axis(const char* name, Tensor (*op)(const Tensor&, int)) {
  return {name, [op](Draw& draw) {
            const Tensor x = draw.real(draw.shape(1, 4));
            const int axis = draw.axis(x.shape().rank());
            return sample([=](const Tensors& t) { return op(t[0], axis); }, {x});
          }};
}

const std::vector<GradientCase> kCases = {
    reduction("sum", sum),
    reduction("mean", mean),
    reduction("prod", prod),
    extreme("max", max),
    extreme("min", min),
    {"log_sum_exp",
     [](Draw& draw) {
       const int rank = draw.integer(0, 4);
       const std::vector<int> axes = draw.axes(rank);
       const Tensor x = draw.real(shape_with_something_along(draw, axes, rank));
       const bool keep = draw.coin();
       return sample([=](const Tensors& t) { return log_sum_exp(t[0], axes, keep); }, {x});
     }},
    {"moments",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 4));
       const std::vector<int> axes = draw.axes(x.shape().rank());
       const bool keep = draw.coin();
       const Function f = [=](const Tensors& t) {
         const Moments m = moments(t[0], axes, keep);
         return Tensors{m.mean, m.variance};
       };
       return sample(f, {x});
     }},
    scan("cumsum", cumsum),
    scan("cumprod", cumprod),
    along_axis("softmax", softmax),
    along_axis("log_softmax", log_softmax),
    {"softmax_cross_entropy",
     [](Draw& draw) {
       const Shape shape = draw.shape(1, 3);
       const Tensor logits = draw.real(shape);
       const Tensor labels = draw.real(shape, 0, 1);
       return sample([](const Tensors& t) { return softmax_cross_entropy(t[0], t[1]); },
                     {logits, labels});
     }},
    {"sparse_softmax_cross_entropy",
     [](Draw& draw) {
       Shape shape = draw.shape(1, 3);
       const int classes = draw.integer(1, 4);
       const Tensor labels = draw.values().indices(shape, classes);
       shape.push_back(classes);
       const auto f = [labels](const Tensors& t) {
         return sparse_softmax_cross_entropy(t[0], labels);
       };
       return sample(f, {draw.real(shape)});
     }},
    {"sigmoid_cross_entropy",
     [](Draw& draw) {
       const Shape shape = draw.shape(0, 3);
       const Tensor logits = draw.values().uniform_without(shape, {0});
       const Tensor labels = draw.real(shape, 0, 1);
       return sample([](const Tensors& t) { return sigmoid_cross_entropy(t[0], t[1]); },
                     {logits, labels});
     }},
    {"batch_norm",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(1, 4));
       const Shape channels = draw.broadcasting_to(x.shape());
       const Tensor mean = draw.real(channels);
       const Tensor variance = draw.real(channels, 0.5, 2);
       const bool offset = draw.coin();
       const bool scale = draw.coin();
       Tensors inputs{x, mean, variance};
       if (offset) inputs.push_back(draw.real(channels));
       if (scale) inputs.push_back(draw.real(channels));
       const auto f = [=](const Tensors& t) {
         return batch_norm(t[0], t[1], t[2], offset ? t[3] : Tensor(), scale ? t.back() : Tensor(),
                           0.1F);
       };
       return sample(f, inputs);
     }},
    {"values_of_top_k",
     [](Draw& draw) {
       const Tensor x = draw.values().distinct(draw.shape(1, 3));
       const int k = draw.integer(0, x.shape()[-1]);
       return sample([k](const Tensors& t) { return top_k(t[0], k).values; }, {x});
     }},
};

class ReductionGradients : public GradientCases {};
TEST_P(ReductionGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, ReductionGradients, testing::ValuesIn(kCases), name_of_case);

}  // namespace
}  // namespace heddle::test

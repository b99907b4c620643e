#include "ops/reduce.h"

#include <cmath>
#include <limits>
#include <map>

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

using Reduction = Tensor (*)(const Tensor&, IntList, bool);

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Case {
  Shape shape;
  std::vector<int> axes;
};

const std::vector<Case> kCases = {{{}, {}},         {{5}, {}},        {{5}, {0}},
                                  {{2, 3}, {}},     {{2, 3}, {0}},    {{2, 3}, {1}},
                                  {{2, 3}, {-1}},   {{2, 3}, {0, 1}}, {{2, 3, 4}, {0, 2}},
                                  {{2, 3, 4}, {1}}, {{3, 1, 2}, {1}}, {{2, 1, 3, 2}, {-1, 0}},
                                  {{1, 1}, {0}}};

/// The elements of x that each element of the result is made of.
std::vector<std::vector<double>> groups(const Tensor& x, const std::vector<int>& axes) {
  const Shape& shape = x.shape();
  std::vector<bool> reduced(static_cast<size_t>(shape.rank()), axes.empty());
  for (int axis : axes) reduced[static_cast<size_t>((axis + shape.rank()) % shape.rank())] = true;
  std::map<std::vector<int>, std::vector<double>> found;  // by index of the result
  for (int64_t i = 0; i < x.size(); ++i) {
    std::vector<int> index(static_cast<size_t>(shape.rank()));
    int64_t rest = i;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      if (!reduced[a]) index[a] = static_cast<int>(rest % shape[axis]);
      rest /= shape[axis];
    }
    found[index].push_back(static_cast<double>(x.data()[i]));
  }
  std::vector<std::vector<double>> out;
  for (auto& [index, values] : found) out.push_back(std::move(values));
  return out;
}

double total(const std::vector<double>& v) {
  double sum = 0;
  for (double x : v) sum += x;
  return sum;
}

TEST(Reduce, Values) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.shape) + " over " + to_string(Shape(c.axes)));
    const Tensor x = random.distinct(c.shape);
    std::vector<float> sums, means, maxima, minima;
    for (const auto& group : groups(x, c.axes)) {
      sums.push_back(static_cast<float>(total(group)));
      means.push_back(static_cast<float>(total(group) / static_cast<double>(group.size())));
      maxima.push_back(static_cast<float>(*std::max_element(group.begin(), group.end())));
      minima.push_back(static_cast<float>(*std::min_element(group.begin(), group.end())));
    }
    for (const bool keep : {false, true}) {
      Shape shape;
      for (int i = 0; i < c.shape.rank(); ++i) {
        const bool gone = c.axes.empty() || std::any_of(c.axes.begin(), c.axes.end(), [&](int a) {
                            return a == i || a + c.shape.rank() == i;
                          });
        if (!gone) shape.push_back(c.shape[i]);
        if (gone && keep) shape.push_back(1);
      }
      expect_values(sum(x, c.axes, keep), shape, sums);
      expect_values(mean(x, c.axes, keep), shape, means);
      expect_values(max(x, c.axes, keep), shape, maxima);
      expect_values(min(x, c.axes, keep), shape, minima);
    }
  }
}

TEST(Reduce, Gradients) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.shape) + " over " + to_string(Shape(c.axes)));
    for (Reduction op : {Reduction(sum), Reduction(mean), Reduction(max), Reduction(min)}) {
      for (const bool keep : {false, true}) {
        check_gradient([&](const Tensors& x) { return op(x[0], c.axes, keep); },
                       {random.distinct(c.shape)});
      }
    }
  }
  // Through something that bends, so that the second derivative is not zero.
  check_gradient([](const Tensors& x) { return square(sum(mul(x[0], x[0]), {1})); },
                 {random.uniform({2, 3}, -1, 1)});
  check_gradient([](const Tensors& x) { return exp(mean(square(x[0]), {0}, true)); },
                 {random.uniform({2, 3}, -1, 1)});
}

TEST(Reduce, EveryEqualMaximumReceivesTheGradient) {
  const std::vector<float> values = {1, 3, 3, 2, 2, 0};
  const Tensor x = Tensor::from({2, 3}, values);
  const Tensor u = Tensor::full({2}, 1);
  const Function greatest = as_function([](const Tensors& t) { return max(t[0], {1}); });
  expect_values(gradients_of(greatest, {x}, {u})[0], {2, 3}, {0, 1, 1, 1, 1, 0});
  const Function least = as_function([](const Tensors& t) { return min(t[0], {1}); });
  expect_values(gradients_of(least, {x}, {u})[0], {2, 3}, {1, 0, 0, 0, 0, 1});
}

TEST(Reduce, OfNothing) {
  const Tensor x = Tensor::full({2, 0}, 1);
  expect_values(sum(x, {1}), {2}, {0, 0});
  expect_values(mean(x, {1}), {2}, {kNan, kNan});
  expect_values(max(x, {1}), {2}, {-kInf, -kInf});
  expect_values(min(x, {1}), {2}, {kInf, kInf});
  expect_values(sum(x, {0}), {0}, {});
  expect_values(sum(x), {}, {0});
  for (Reduction op : {Reduction(sum), Reduction(max), Reduction(min)}) {
    check_gradient([&](const Tensors& t) { return op(t[0], {0}, false); }, {x});
  }
  check_gradient([](const Tensors& t) { return sum(t[0], {1}); }, {x});
  check_gradient([](const Tensors& t) { return mean(t[0], {0}); }, {x});
}

TEST(Reduce, Dtypes) {
  const std::vector<int32_t> numbers = {5, -2, 7, 7};
  const Tensor whole = Tensor::from({2, 2}, numbers);
  const Tensor truth = cast(greater(whole, Tensor::scalar(0)), DType::kBool);
  EXPECT_EQ(sum(whole).dtype(), DType::kInt32);
  EXPECT_EQ(sum(truth).dtype(), DType::kInt32);
  EXPECT_EQ(mean(whole).dtype(), DType::kFloat32);
  EXPECT_EQ(max(whole).dtype(), DType::kInt32);
  EXPECT_EQ(max(truth).dtype(), DType::kBool);
  expect_values(sum(whole), {}, {17});
  expect_values(sum(truth, {0}), {2}, {2, 1});
  expect_values(mean(whole, {0}), {2}, {6, 2.5f});
  expect_values(min(whole, {0}), {2}, {5, -2});
  expect_values(min(truth, {0}), {2}, {1, 0});
}

TEST(Reduce, ArgMaxAndArgMin) {
  const std::vector<float> values = {1, 5, 5, 9, 0, 0};
  const Tensor x = Tensor::from({2, 3}, values);
  EXPECT_EQ(arg_max(x, 0).dtype(), DType::kInt32);
  expect_values(arg_max(x, 0), {3}, {1, 0, 0});
  expect_values(arg_max(x, 1), {2}, {1, 0});  // the first of several
  expect_values(arg_max(x, -1), {2}, {1, 0});
  expect_values(arg_min(x, 1), {2}, {0, 1});
  expect_values(arg_max(cast(x, DType::kInt32), 1), {2}, {1, 0});
  expect_values(arg_max(cast(x, DType::kBool), 1), {2}, {0, 0});
  expect_values(arg_max(Tensor::full({0, 3}, 1), 1), {0}, {});
  Random random;
  const Function fn = [](const Tensors& t) { return Tensors{arg_max(t[0], 1), arg_min(t[0], 0)}; };
  check_program(fn, {random.distinct({4, 5, 3})}, {Tensor(), Tensor()});
}

TEST(Reduce, ProductsAndTruths) {
  const std::vector<float> values = {1, 2, -3, 4, 0, 5};
  const Tensor x = Tensor::from({2, 3}, values);
  expect_values(prod(x, {1}), {2}, {-6, 0});
  expect_values(prod(x), {}, {0});
  expect_values(prod(cast(x, DType::kInt32), {0}, true), {1, 3}, {4, 0, -15});
  EXPECT_EQ(prod(cast(x, DType::kBool)).dtype(), DType::kInt32);
  EXPECT_EQ(prod(cast(x, DType::kInt32)).dtype(), DType::kInt32);
  expect_values(all(x, {1}), {2}, {1, 0});
  expect_values(any(x, {1}), {2}, {1, 1});
  expect_values(any(Tensor::full({2, 2}, 0), {0}, true), {1, 2}, {0, 0});
  EXPECT_EQ(all(x).dtype(), DType::kBool);
  const Tensor nothing = Tensor::full({2, 0}, 1);
  expect_values(prod(nothing, {1}), {2}, {1, 1});
  expect_values(all(nothing, {1}), {2}, {1, 1});
  expect_values(any(nothing, {1}), {2}, {0, 0});
}

TEST(Reduce, ProductGradients) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.shape) + " over " + to_string(Shape(c.axes)));
    check_gradient([&](const Tensors& x) { return prod(x[0], c.axes); },
                   {random.uniform(c.shape, -1.25, 1.25)});
  }
  // Zeros: nothing is divided.
  const std::vector<float> values = {0.5f, 0, 2, 0, 0, 3, 1, 2, -1};
  check_gradient([](const Tensors& x) { return prod(x[0], {1}); }, {Tensor::from({3, 3}, values)});
  check_gradient([](const Tensors& x) { return prod(x[0], {0}); }, {Tensor::full({0, 2}, 1)});
  check_gradient([](const Tensors& x) { return prod(x[0], {1}); }, {Tensor::full({0, 2}, 1)});
}

TEST(Reduce, LogSumExp) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.shape) + " over " + to_string(Shape(c.axes)));
    const Tensor x = random.uniform(c.shape);
    std::vector<float> expected;
    for (const auto& group : groups(x, c.axes)) {
      double total = 0;
      for (double v : group) total += std::exp(v);
      expected.push_back(static_cast<float>(std::log(total)));
    }
    expect_near(log_sum_exp(x, c.axes), expected, 2e-6);
    check_gradient([&](const Tensors& t) { return log_sum_exp(t[0], c.axes, true); }, {x});
  }
  const std::vector<float> far = {1000, 1001, -kInf, -kInf, kInf, 0};
  expect_values(log_sum_exp(Tensor::from({3, 2}, far), {1}), {3}, {1001.31326f, -kInf, kInf}, 1e-6);
  expect_values(log_sum_exp(Tensor::full({0}, 1)), {}, {-kInf});
}

TEST(Reduce, Moments) {
  const std::vector<float> values = {1, 3, 5, 2, 2, 8};
  const Tensor x = Tensor::from({2, 3}, values);
  const Moments rows = moments(x, {1});
  expect_values(rows.mean, {2}, {3, 4});
  expect_values(rows.variance, {2}, {8.0f / 3, 8}, 1e-6);
  EXPECT_EQ(moments(cast(x, DType::kInt32), {0}, true).variance.shape(), (Shape{1, 3}));
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.shape) + " over " + to_string(Shape(c.axes)));
    check_gradient(
        [&](const Tensors& t) {
          const Moments m = moments(t[0], c.axes);
          return Tensors{m.mean, m.variance};
        },
        {random.uniform(c.shape)});
  }
}

TEST(Reduce, StopGradient) {
  Random random;
  const Tensor x = random.uniform({3});
  const Function fn =
      as_function([](const Tensors& t) { return mul(stop_gradient(square(t[0])), t[0]); });
  EXPECT_EQ(stop_gradient(x).data(), x.data());
  const Tensor expected = square(x);
  expect_values(gradients_of(fn, {x}, {Tensor::full({3}, 1)})[0], {3}, values_of(expected));
  check_program(fn, {x}, {Tensor::full({3}, 1)});
}

TEST(Reduce, SumTo) {
  Random random;
  for (const auto& [from, to] : std::vector<std::pair<Shape, Shape>>{
           {{2, 3}, {3}}, {{2, 3}, {2, 1}}, {{2, 3}, {}}, {{2, 3}, {2, 3}}, {{4, 1, 2}, {1, 1}}}) {
    SCOPED_TRACE(to_string(from) + " to " + to_string(to));
    const Shape target = to;
    check_gradient([&](const Tensors& x) { return sum_to(x[0], target); }, {random.uniform(from)});
  }
}

TEST(Reduce, Misuse) {
  const Tensor x = Tensor::full({2, 3}, 1);
  expect_value_error([&] { sum(x, {2}); }, "[sum] axis 2 is out of range for a tensor of rank 2");
  expect_value_error([&] { mean(x, {-3}); }, "[mean] axis -3");
  expect_value_error([&] { max(x, {0, -2}); }, "[max] axis -2 is named twice");
  expect_value_error([&] { prod(x, {4}); }, "[prod] axis 4");
  expect_value_error([&] { any(x, {1, 1}); }, "[any] axis 1 is named twice");
  expect_value_error([&] { arg_max(x, 5); }, "[argMax] axis 5");
  expect_value_error([&] { arg_min(Tensor::full({2, 0}, 1), 1); },
                     "[argMin] axis 1 of the shape [2,0]");
}

}  // namespace
}  // namespace heddle::test

#include "ops/elementwise.h"

#include <cmath>
#include <limits>

#include "gradient_check.h"

namespace heddle::test {
namespace {

using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensor floats(const std::vector<float>& values) {
  return Tensor::from({static_cast<int>(values.size())}, std::span<const float>(values));
}

Tensor ints(const std::vector<int32_t>& values) {
  return Tensor::from({static_cast<int>(values.size())}, std::span<const int32_t>(values));
}

Tensor bools(const std::vector<int32_t>& values) { return cast(ints(values), DType::kBool); }

/// Pairs of shapes that broadcast, empty ones among them.
const std::vector<std::pair<Shape, Shape>> kBroadcasts = {
    {{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 3}}, {{2, 1}, {1, 3}},
    {{}, {4}},        {{5}, {}},     {{}, {}},      {{2, 1, 2}, {3, 1}},
    {{1, 1}, {1}},    {{0, 3}, {3}}, {{2, 0}, {1}}, {{1, 2, 1, 3}, {2, 2, 1}}};

struct UnaryCase {
  const char* name;
  Unary op;
  double (*reference)(double);
  double low, high;  // where the op is smooth, but for the kinks
  std::vector<double> kinks;
};

const std::vector<UnaryCase> kUnary = {
    {"neg", neg, [](double x) { return -x; }, -2, 2, {}},
    {"abs", abs, [](double x) { return std::abs(x); }, -2, 2, {0}},
    {"sign", sign, [](double x) { return static_cast<double>((x > 0) - (x < 0)); }, -2, 2, {0}},
    {"exp", exp, [](double x) { return std::exp(x); }, -2, 1.5, {}},
    {"expm1", expm1, [](double x) { return std::expm1(x); }, -2, 1.5, {}},
    {"log", log, [](double x) { return std::log(x); }, 0.5, 3, {}},
    {"log1p", log1p, [](double x) { return std::log1p(x); }, -0.5, 3, {}},
    {"sqrt", sqrt, [](double x) { return std::sqrt(x); }, 0.5, 3, {}},
    {"rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, 0.7, 3, {}},
    {"square", square, [](double x) { return x * x; }, -2, 2, {}},
    {"reciprocal", reciprocal, [](double x) { return 1 / x; }, 0.7, 3, {}},
    {"relu", relu, [](double x) { return std::max(x, 0.0); }, -2, 2, {0}},
    {"relu6", relu6, [](double x) { return std::min(std::max(x, 0.0), 6.0); }, -2, 8, {0, 6}},
    {"sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -4, 4, {}},
    {"tanh", tanh, [](double x) { return std::tanh(x); }, -2, 2, {}},
    {"softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }, -4, 4, {}},
    {"logSigmoid", log_sigmoid, [](double x) { return -std::log1p(std::exp(-x)); }, -4, 4, {}},
    {"elu", elu, [](double x) { return x >= 0 ? x : std::expm1(x); }, -3, 2, {0}},
    {"selu",
     selu,
     [](double x) {
       return 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * std::expm1(x));
     },
     -3,
     2,
     {0}},
    {"leakyRelu",
     [](const Tensor& x) { return leaky_relu(x, 0.3); },
     [](double x) { return x >= 0 ? x : 0.3 * x; },
     -2,
     2,
     {0}},
    {"step",
     [](const Tensor& x) { return step(x, -0.5); },
     [](double x) { return x > 0 ? 1 : -0.5; },
     -2,
     2,
     {0}},
    {"sin", sin, [](double x) { return std::sin(x); }, -4, 4, {}},
    {"cos", cos, [](double x) { return std::cos(x); }, -4, 4, {}},
    {"tan", tan, [](double x) { return std::tan(x); }, -0.9, 0.9, {}},
    {"asin", asin, [](double x) { return std::asin(x); }, -0.5, 0.5, {}},
    {"acos", acos, [](double x) { return std::acos(x); }, -0.5, 0.5, {}},
    {"atan", atan, [](double x) { return std::atan(x); }, -2, 2, {}},
    {"sinh", sinh, [](double x) { return std::sinh(x); }, -2, 2, {}},
    {"cosh", cosh, [](double x) { return std::cosh(x); }, -2, 2, {}},
    {"asinh", asinh, [](double x) { return std::asinh(x); }, -2, 2, {}},
    {"acosh", acosh, [](double x) { return std::acosh(x); }, 1.5, 4, {}},
    {"atanh", atanh, [](double x) { return std::atanh(x); }, -0.6, 0.6, {}},
    {"erf", erf, [](double x) { return std::erf(x); }, -2, 2, {}},
    {"floor", floor, [](double x) { return std::floor(x); }, -2, 2, {-2, -1, 0, 1, 2}},
    {"ceil", ceil, [](double x) { return std::ceil(x); }, -2, 2, {-2, -1, 0, 1, 2}},
    {"round", round, [](double x) { return std::nearbyint(x); }, -2, 2, {-1.5, -0.5, 0.5, 1.5}},
    {"trunc", trunc, [](double x) { return std::trunc(x); }, -2, 2, {-2, -1, 0, 1, 2}},
    {"clipByValue",
     [](const Tensor& x) { return clip_by_value(x, -1, 1.5f); },
     [](double x) { return std::min(std::max(x, -1.0), 1.5); },
     -2,
     2,
     {-1, 1.5}},
    {"addConstant",
     [](const Tensor& x) { return add_constant(x, 0.75); },
     [](double x) { return x + 0.75; },
     -2,
     2,
     {}},
    {"mulConstant",
     [](const Tensor& x) { return mul_constant(x, -1.25); },
     [](double x) { return x * -1.25; },
     -2,
     2,
     {}},
};

TEST(Elementwise, UnaryValues) {
  Random random;
  for (const UnaryCase& c : kUnary) {
    SCOPED_TRACE(c.name);
    for (const Shape& shape : {Shape{}, Shape{37}, Shape{3, 5}, Shape{0, 4}}) {
      const Tensor x = random.uniform_without(shape, c.kinks, c.low, c.high);
      std::vector<float> expected;
      for (float v : values_of(x)) {
        expected.push_back(static_cast<float>(c.reference(static_cast<double>(v))));
      }
      expect_values(c.op(x), shape, expected, 2e-6);
    }
  }
}

TEST(Elementwise, UnaryGradients) {
  Random random;
  for (const UnaryCase& c : kUnary) {
    SCOPED_TRACE(c.name);
    const auto fn = [&](const Tensors& x) { return c.op(x[0]); };
    for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 3}, Shape{0, 4}}) {
      check_gradient(fn, {random.uniform_without(shape, c.kinks, c.low, c.high)});
    }
  }
}

struct BinaryCase {
  const char* name;
  Binary op;
  double (*reference)(double, double);
  double a_low, a_high, b_low, b_high;
};

const std::vector<BinaryCase> kBinary = {
    {"add", add, [](double a, double b) { return a + b; }, -2, 2, -2, 2},
    {"sub", sub, [](double a, double b) { return a - b; }, -2, 2, -2, 2},
    {"mul", mul, [](double a, double b) { return a * b; }, -2, 2, -2, 2},
    {"div", div, [](double a, double b) { return a / b; }, -2, 2, 0.75, 2},
    {"pow", pow, [](double a, double b) { return std::pow(a, b); }, 0.75, 2, -1.5, 2},
    {"squaredDifference", squared_difference, [](double a, double b) { return (a - b) * (a - b); },
     -2, 2, -2, 2},
    // The ranges keep the operands apart, so that the one that counts stays the same.
    {"maximum of a", maximum, [](double a, double b) { return std::max(a, b); }, 1, 2, -2, 0.5},
    {"maximum of b", maximum, [](double a, double b) { return std::max(a, b); }, -2, 0.5, 1, 2},
    {"minimum of a", minimum, [](double a, double b) { return std::min(a, b); }, -2, 0.5, 1, 2},
    {"minimum of b", minimum, [](double a, double b) { return std::min(a, b); }, 1, 2, -2, 0.5},
    {"atan2 above", atan2, [](double a, double b) { return std::atan2(a, b); }, 0.75, 2, -2, 2},
    {"atan2 to the left", atan2, [](double a, double b) { return std::atan2(a, b); }, 0.5, 2, -2,
     -1},
    {"divNoNan", div_no_nan, [](double a, double b) { return a / b; }, -2, 2, 0.75, 2},
    {"prelu above", prelu, [](double a, double) { return a; }, 0.5, 2, -1, 1},
    {"prelu below", prelu, [](double a, double b) { return a * b; }, -2, -0.5, -1, 1},
    // a / b stays between two whole numbers.
    {"mod", mod, [](double a, double b) { return a - std::floor(a / b) * b; }, 2.75, 3, 1.75, 2.25},
    {"floorDiv", floor_div, [](double a, double b) { return std::floor(a / b); }, 2.75, 3, 1.75,
     2.25},
};

/// The element of a broadcast operand that belongs to an element of the result.
int64_t source_of(int64_t index, const Shape& result, const Shape& operand) {
  int64_t place = 0;
  int64_t stride = 1;
  for (int back = 1; back <= operand.rank(); ++back) {
    if (operand[-back] != 1) place += index % result[-back] * stride;
    index /= result[-back];
    stride *= operand[-back];
  }
  return place;
}

TEST(Elementwise, BinaryValuesBroadcast) {
  Random random;
  for (const BinaryCase& c : kBinary) {
    for (const auto& [shape_a, shape_b] : kBroadcasts) {
      SCOPED_TRACE(std::string(c.name) + " " + to_string(shape_a) + " " + to_string(shape_b));
      const Tensor a = random.uniform(shape_a, c.a_low, c.a_high);
      const Tensor b = random.uniform(shape_b, c.b_low, c.b_high);
      const Shape shape = broadcast(shape_a, shape_b, "test");
      std::vector<float> expected;
      for (int64_t i = 0; i < shape.size(); ++i) {
        expected.push_back(static_cast<float>(c.reference(a.data()[source_of(i, shape, shape_a)],
                                                          b.data()[source_of(i, shape, shape_b)])));
      }
      expect_values(c.op(a, b), shape, expected, 2e-6);
    }
  }
}

TEST(Elementwise, BinaryGradientsBroadcast) {
  Random random;
  for (const BinaryCase& c : kBinary) {
    const auto fn = [&](const Tensors& x) { return c.op(x[0], x[1]); };
    for (const auto& [shape_a, shape_b] : kBroadcasts) {
      SCOPED_TRACE(std::string(c.name) + " " + to_string(shape_a) + " " + to_string(shape_b));
      check_gradient(fn, {random.uniform(shape_a, c.a_low, c.a_high),
                          random.uniform(shape_b, c.b_low, c.b_high)});
    }
  }
}

TEST(Elementwise, PowHasNoExponentGradientAtNegativeBases) {
  // As in TensorFlow.js: where the base is not positive, log(base) has no value and counts as 0.
  const Function fn = as_function([](const Tensors& x) { return pow(x[0], x[1]); });
  const Tensors g =
      gradients_of(fn, {floats({-2, -1.5f, 2}), floats({2, 3, 2})}, {floats({1, 1, 1})});
  expect_values(g[0], {3}, {-4, 6.75f, 4});
  expect_values(g[1], {3}, {0, 0, static_cast<float>(4 * std::log(2.0))});
}

TEST(Elementwise, WhereGradients) {
  Random random;
  struct Case {
    Shape condition, a, b;
  };
  for (const Case& c : {Case{{2, 3}, {2, 3}, {2, 3}}, Case{{3}, {2, 3}, {}},
                        Case{{2, 1}, {3}, {1, 3}}, Case{{}, {2}, {2}}, Case{{0}, {1}, {0}}}) {
    SCOPED_TRACE(to_string(c.condition) + to_string(c.a) + to_string(c.b));
    const Tensor condition = cast(random.indices(c.condition, 2), DType::kBool);
    check_gradient([](const Tensors& x) { return where(x[0], x[1], x[2]); },
                   {condition, random.uniform(c.a), random.uniform(c.b)});
  }
  expect_values(where(bools({1, 0, 1}), floats({1, 2, 3}), floats({4, 5, 6})), {3}, {1, 5, 3});
  EXPECT_EQ(where(bools({1, 0}), ints({1, 2}), ints({3, 4})).dtype(), DType::kInt32);
}

TEST(Elementwise, ChainsOfManyOps) {
  // What a model's elementwise parts look like when they are fused: shared values, several uses,
  // broadcasts on the way.
  Random random;
  check_gradient(
      [](const Tensors& x) {
        const Tensor h = tanh(add(mul(x[0], x[1]), x[2]));
        const Tensor g = sigmoid(sub(x[0], h));
        return Tensors{add(mul(g, h), mul(sub(Tensor::scalar(1), g), x[0])), square(g)};
      },
      {random.uniform({3, 4}), random.uniform({4}), random.uniform({3, 1})});
  // More inputs and more steps than one fused chain can hold.
  Tensors many;
  for (int i = 0; i < 20; ++i) many.push_back(random.uniform({3}, -0.5, 0.5));
  check_gradient(
      [](const Tensors& x) {
        Tensor sum = x[0];
        for (size_t i = 1; i < x.size(); ++i)
          sum = tanh(add(mul_constant(sum, 0.5), mul(x[i], x[i - 1])));
        return sum;
      },
      many);
}

TEST(Elementwise, GradientsAtTheEdges) {
  // The conventions of TensorFlow.js where a function has a kink.
  const auto slope = [](Unary op, float x) {
    const Function fn = as_function([op](const Tensors& t) { return op(t[0]); });
    return gradients_of(fn, {floats({x})}, {floats({1})})[0].item();
  };
  EXPECT_EQ(slope(relu, 0), 0);
  EXPECT_EQ(slope(relu6, 0), 0);
  EXPECT_EQ(slope(elu, 0), 1);
  EXPECT_FLOAT_EQ(slope(selu, 0), 1.75809934f);
  EXPECT_FLOAT_EQ(slope([](const Tensor& x) { return leaky_relu(x, 0.3); }, 0), 0.3f);
  EXPECT_FLOAT_EQ(slope([](const Tensor& x) { return prelu(x, Tensor::scalar(0.25f)); }, 0), 0.25f);
  EXPECT_EQ(slope([](const Tensor& x) { return clip_by_value(x, -1, 1); }, 1), 1);
  EXPECT_EQ(slope([](const Tensor& x) { return clip_by_value(x, -1, 1); }, -1), 1);
  EXPECT_EQ(slope([](const Tensor& x) { return clip_by_value(x, -1, 1); }, 1.5f), 0);
  const auto slopes = [](Binary op) {
    const Function fn = as_function([op](const Tensors& t) { return op(t[0], t[1]); });
    return gradients_of(fn, {floats({2}), floats({2})}, {floats({1})});
  };
  for (Binary op : {maximum, minimum}) {  // of equal operands, the first receives it all
    EXPECT_EQ(slopes(op)[0].item(), 1);
    EXPECT_EQ(slopes(op)[1].item(), 0);
  }
}

TEST(Elementwise, Comparisons) {
  const Tensor a = floats({1, 2, 3, kNan});
  const Tensor b = floats({2, 2, 2, 2});
  const auto expect = [&](const Tensor& got, const std::vector<float>& expected) {
    EXPECT_EQ(got.dtype(), DType::kBool);
    expect_values(got, {4}, expected);
  };
  expect(equal(a, b), {0, 1, 0, 0});
  expect(not_equal(a, b), {1, 0, 1, 1});
  expect(less(a, b), {1, 0, 0, 0});
  expect(less_equal(a, b), {1, 1, 0, 0});
  expect(greater(a, b), {0, 0, 1, 0});
  expect(greater_equal(a, b), {0, 1, 1, 0});
  const Tensor p = bools({0, 0, 1, 1});
  const Tensor q = bools({0, 1, 0, 1});
  expect(logical_and(p, q), {0, 0, 0, 1});
  expect(logical_or(p, q), {0, 1, 1, 1});
  expect(logical_xor(p, q), {0, 1, 1, 0});
  expect(logical_not(p), {1, 1, 0, 0});
  // Whole numbers compare exactly, beyond what float32 can tell apart.
  expect_values(less(ints({16777216}), ints({16777217})), {1}, {1});
  // No gradient, and no error: they are flat.
  check_gradient(
      [](const Tensors& x) { return mul(cast(greater(x[0], x[1]), DType::kFloat32), x[0]); },
      {floats({1, 2, 3}), floats({2, 1, 5})});
}

TEST(Elementwise, Dtypes) {
  EXPECT_EQ(add(ints({1}), ints({2})).dtype(), DType::kInt32);
  EXPECT_EQ(add(ints({1}), floats({2})).dtype(), DType::kFloat32);
  EXPECT_EQ(mul(bools({1}), bools({1})).dtype(), DType::kInt32);
  EXPECT_EQ(add(bools({1}), floats({1})).dtype(), DType::kFloat32);
  EXPECT_EQ(div(ints({7}), ints({2})).dtype(), DType::kInt32);
  expect_values(div(ints({7, -7}), ints({2, 2})), {2}, {3, -4});
  expect_values(div(ints({7}), floats({2})), {1}, {3.5f});
  expect_values(floor_div(ints({7, -7}), ints({2, 2})), {2}, {3, -4});
  expect_values(mod(ints({7, -7}), ints({3, 3})), {2}, {1, 2});
  for (Unary op : {neg, abs, sign, square, relu, relu6}) {
    EXPECT_EQ(op(ints({-3})).dtype(), DType::kInt32);
  }
  for (Unary op : {exp, tanh, sigmoid, log, sqrt, softplus}) {
    EXPECT_EQ(op(ints({3})).dtype(), DType::kFloat32);
  }
  expect_values(cast(floats({1.9f, -1.9f, 0, kNan}), DType::kInt32), {4}, {1, -1, 0, 0});
  expect_values(cast(floats({1.9f, 0, -0.5f}), DType::kBool), {3}, {1, 0, 1});
  expect_values(cast(bools({1, 0}), DType::kFloat32), {2}, {1, 0});
  expect_values(cast(ints({5, 0}), DType::kBool), {2}, {1, 0});
  // A gradient goes through a cast only where float32 remains.
  const Function truncated = as_function(
      [](const Tensors& x) { return cast(cast(x[0], DType::kInt32), DType::kFloat32); });
  expect_values(gradients_of(truncated, {floats({1.5f})}, {floats({1})})[0], {1}, {0});
}

TEST(Elementwise, SpecialValues) {
  expect_values(relu(floats({kNan, -kInf, kInf})), {3}, {kNan, 0, kInf});
  expect_values(clip_by_value(floats({kNan, -kInf, kInf}), -1, 1), {3}, {kNan, -1, 1});
  expect_values(sigmoid(floats({-kInf, kInf, -200, 200})), {4}, {0, 1, 0, 1});
  expect_values(tanh(floats({-kInf, kInf})), {2}, {-1, 1});
  expect_values(softplus(floats({-kInf, 100, kInf})), {3}, {0, 100, kInf});
  expect_values(log(floats({0, -1})), {2}, {-kInf, kNan});
  expect_values(exp(floats({-kInf, 100})), {2}, {0, kInf});
  expect_values(div(floats({1, -1, 0}), floats({0, 0, 0})), {3}, {kInf, -kInf, kNan});
}

TEST(Elementwise, WholeNumbersAndKindsOfNumbers) {
  expect_values(round(floats({0.5f, 1.5f, -0.5f, 2.4f})), {4}, {0, 2, 0, 2});
  for (Unary op : {floor, ceil, round, trunc}) {
    EXPECT_EQ(op(ints({3})).dtype(), DType::kInt32);
    EXPECT_EQ(op(floats({3})).dtype(), DType::kFloat32);
  }
  EXPECT_EQ(step(ints({3, -3})).dtype(), DType::kInt32);
  expect_values(step(floats({kNan, 2, 0, -1}), 0.5), {4}, {kNan, 1, 0.5f, 0.5f});
  const Tensor x = floats({kNan, kInf, -kInf, 0, 3});
  expect_values(is_nan(x), {5}, {1, 0, 0, 0, 0});
  expect_values(is_inf(x), {5}, {0, 1, 1, 0, 0});
  expect_values(is_finite(x), {5}, {0, 0, 0, 1, 1});
  EXPECT_EQ(is_finite(ints({1})).dtype(), DType::kBool);
  EXPECT_EQ(erf(ints({1})).dtype(), DType::kFloat32);
}

TEST(Elementwise, DivNoNanHasNoGradientWhereItDividesByZero) {
  const Function fn = as_function([](const Tensors& x) { return div_no_nan(x[0], x[1]); });
  expect_values(fn({floats({3, 0, 4}), floats({0, 0, 2})})[0], {3}, {0, 0, 2});
  const Tensors g = gradients_of(fn, {floats({3, 0, 4}), floats({0, 0, 2})}, {floats({1, 1, 1})});
  expect_values(g[0], {3}, {0, 0, 0.5f});
  expect_values(g[1], {3}, {0, 0, -1});
}

TEST(Elementwise, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error([&] { add(t({2, 3}), t({4, 5})); },
                     "[add] shapes [2,3] and [4,5] cannot be broadcast together");
  expect_value_error([&] { where(t({2}), t({3}), t({3})); }, "[where] shapes");
  expect_value_error([&] { squared_difference(t({2}), t({3})); }, "[squaredDifference]");
  expect_value_error([&] { atan2(t({2}), t({3})); }, "[atan2] shapes");
  expect_value_error([&] { clip_by_value(t({2}), 1, -1); }, "[clipByValue]");
}

}  // namespace
}  // namespace heddle::test

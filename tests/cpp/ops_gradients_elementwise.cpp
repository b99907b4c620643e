#include "gradient_cases.h"
#include "ops/elementwise.h"

namespace heddle::test {
namespace {

using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);

/// An op of one operand at values in [low, high], away from its kinks.
GradientCase unary(const char* name, Unary op, double low = -2, double high = 2,
                   const std::vector<double>& kinks = {}) {
  return {name, [=](Draw& draw) {
            const Tensor x = draw.values().uniform_without(draw.shape(0, 4), kinks, low, high);
            return sample([op](const Tensors& t) { return op(t[0]); }, {x});
          }};
}

struct Interval {
  double low;
  double high;
};

/// An op of two operands that broadcast.
GradientCase binary(const char* name, Binary op, Interval a = {-2, 2}, Interval b = {-2, 2}) {
  return {name, [=](Draw& draw) {
            const Shape shape = draw.shape(0, 4);
            const Tensor x = draw.real(draw.broadcasting_to(shape), a.low, a.high);
            const Tensor y = draw.real(draw.broadcasting_to(shape), b.low, b.high);
            return sample([op](const Tensors& t) { return op(t[0], t[1]); }, {x, y});
          }};
}

/// The same where no value of one operand comes near a value of the other.
GradientCase comparison(const char* name, Binary op) {
  return {name, [=](Draw& draw) {
            const Shape shape = draw.shape(0, 4);
            // Multiples of 3/8 on one side, halfway between them on the other.
            const auto grid = [&](double offset) {
              const Tensor whole = draw.values().indices(draw.broadcasting_to(shape), 9);
              return copy_of(
                  add_constant(mul_constant(cast(whole, DType::kFloat32), 0.375), offset - 1.5));
            };
            const Tensor x = grid(0);
            const Tensor y = grid(0.1875);
            return sample([op](const Tensors& t) { return op(t[0], t[1]); }, {x, y});
          }};
}

const std::vector<GradientCase> kCases = {
    unary("neg", neg),
    unary("abs", abs, -2, 2, {0}),
    unary("sign", sign, -2, 2, {0}),
    unary("exp", exp, -2, 1.5),
    unary("expm1", expm1, -2, 1.5),
    unary("log", log, 0.5, 3),
    unary("log1p", log1p, -0.5, 3),
    unary("sqrt", sqrt, 0.5, 3),
    unary("rsqrt", rsqrt, 0.7, 3),
    unary("square", square),
    unary("reciprocal", reciprocal, 0.7, 3),
    unary("relu", relu, -2, 2, {0}),
    unary("relu6", relu6, -2, 8, {0, 6}),
    unary("sigmoid", sigmoid, -4, 4),
    unary("tanh", tanh),
    unary("softplus", softplus, -4, 4),
    unary("log_sigmoid", log_sigmoid, -4, 4),
    unary("elu", elu, -2, 2, {0}),
    unary("selu", selu, -2, 2, {0}),
    unary("sin", sin),
    unary("cos", cos),
    unary("tan", tan, -0.9, 0.9),
    unary("asin", asin, -0.6, 0.6),
    unary("acos", acos, -0.6, 0.6),
    unary("atan", atan),
    unary("sinh", sinh, -1.5, 1.5),
    unary("cosh", cosh, -1.5, 1.5),
    unary("asinh", asinh),
    unary("acosh", acosh, 1.7, 4),
    unary("atanh", atanh, -0.6, 0.6),
    unary("erf", erf),
    unary("floor", floor, -2, 2, {-2, -1, 0, 1, 2}),
    unary("ceil", ceil, -2, 2, {-2, -1, 0, 1, 2}),
    unary("round", round, -2, 2, {-1.5, -0.5, 0.5, 1.5}),
    unary("trunc", trunc, -2, 2, {-2, -1, 1, 2}),
    unary("leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.3); }, -2, 2, {0}),
    unary("step", [](const Tensor& x) { return step(x, -0.5); }, -2, 2, {0}),
    unary("clip_by_value", [](const Tensor& x) { return clip_by_value(x, -0.75F, 1); }, -2, 2,
          {-0.75, 1}),
    unary("add_constant", [](const Tensor& x) { return add_constant(x, 1.5); }),
    unary("mul_constant", [](const Tensor& x) { return mul_constant(x, -1.5); }),
    binary("add", add),
    binary("sub", sub),
    binary("mul", mul),
    binary("div", div, {-2, 2}, {0.7, 3}),
    binary("div_no_nan", div_no_nan, {-2, 2}, {0.7, 3}),
    binary("pow", pow, {0.6, 2}, {-1.5, 2}),
    binary("squared_difference", squared_difference),
    binary("atan2", atan2, {-2, 2}, {0.7, 2}),
    binary("mod_below_one", mod, {0.2, 0.6}, {0.8, 1.6}),
    binary("mod_above_two", mod, {2.45, 2.55}, {1, 1.05}),
    binary("floor_div", floor_div, {2.45, 2.55}, {1, 1.05}),
    comparison("maximum", maximum),
    comparison("minimum", minimum),
    {"prelu",
     [](Draw& draw) {
       const Tensor x = draw.values().uniform_without(draw.shape(1, 4), {0});
       const Tensor alpha = draw.real(draw.broadcasting_to(x.shape()));
       return sample([](const Tensors& t) { return prelu(t[0], t[1]); }, {x, alpha});
     }},
    {"where",
     [](Draw& draw) {
       const Shape shape = draw.shape(0, 4);
       const Tensor truth = draw.values().indices(draw.broadcasting_to(shape), 2);
       const Tensor condition = copy_of(cast(truth, DType::kBool));
       const Tensor a = draw.real(draw.broadcasting_to(shape));
       const Tensor b = draw.real(draw.broadcasting_to(shape));
       return sample([condition](const Tensors& t) { return where(condition, t[0], t[1]); },
                     {a, b});
     }},
    {"chain",
     [](Draw& draw) {
       const Shape shape = draw.shape(0, 4);
       const Tensor a = draw.real(draw.broadcasting_to(shape), -1, 1);
       const Tensor b = draw.real(draw.broadcasting_to(shape), -1, 1);
       const auto f = [](const Tensors& t) {
         return mul(tanh(add(mul(t[0], t[1]), t[0])), sigmoid(sub(t[1], square(t[0]))));
       };
       return sample(f, {a, b});
     }},
};

class ElementwiseGradients : public GradientCases {};
TEST_P(ElementwiseGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, ElementwiseGradients, testing::ValuesIn(kCases), name_of_case);

}  // namespace
}  // namespace heddle::test

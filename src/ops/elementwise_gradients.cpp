#include "ops/elementwise_gradients.h"

#include <numbers>

namespace heddle {
namespace {

using kernels::Code;

Tensor zero() { return Tensor::scalar(0); }

/// sign * x² + offset.
Tensor square_plus(const Tensor& x, double sign, double offset) {
  const Tensor squared = square(x);
  return add_constant(sign < 0 ? neg(squared) : squared, offset);
}

using In = const Tensor&;
/// The gradient of one operand of y = f(a, b).
using Rule = Tensor (*)(In dy, In a, In b, In y);

/// The gradients of a and b, each where it is wanted.
std::vector<Tensor> both(const GradientRequest& r, Rule da, Rule db) {
  std::vector<Tensor> gradients(2);
  const Tensor y = r.output();
  if (r.wants(0)) gradients[0] = da(r.grad(), r.input(0), r.input(1), y);
  if (r.wants(1)) gradients[1] = db(r.grad(), r.input(0), r.input(1), y);
  return gradients;
}

Tensor whole(In dy, In /*a*/, In /*b*/, In /*y*/) { return dy; }
Tensor none(In /*dy*/, In /*a*/, In /*b*/, In /*y*/) { return {}; }

/// dy over a² + b².
Tensor over_squares(In dy, In a, In b) { return div(dy, add(square(a), square(b))); }

/// Rules of two operands.
std::vector<Tensor> binary(Code code, const GradientRequest& r) {
  switch (code) {
    case Code::kAdd:
      return both(r, whole, whole);
    case Code::kSub:
      return both(r, whole, [](In dy, In, In, In) { return neg(dy); });
    case Code::kMul:
      return both(
          r, [](In dy, In, In b, In) { return mul(dy, b); },
          [](In dy, In a, In, In) { return mul(dy, a); });
    case Code::kDiv:
      return both(
          r, [](In dy, In, In b, In) { return div(dy, b); },
          [](In dy, In, In b, In y) { return neg(div(mul(dy, y), b)); });
    case Code::kMod:
      return both(r, whole, [](In dy, In a, In b, In) { return neg(mul(dy, floor_div(a, b))); });
    case Code::kPow:
      return both(
          r, [](In dy, In a, In b, In) { return mul(dy, mul(b, pow(a, add_constant(b, -1)))); },
          [](In dy, In a, In, In y) {
            const Tensor log_a = where(greater(a, zero()), log(a), zero());
            return mul(dy, mul(y, log_a));
          });
    case Code::kMax:
      return both(
          r, [](In dy, In a, In b, In) { return where(greater_equal(a, b), dy, zero()); },
          [](In dy, In a, In b, In) { return where(less(a, b), dy, zero()); });
    case Code::kMin:
      return both(
          r, [](In dy, In a, In b, In) { return where(less_equal(a, b), dy, zero()); },
          [](In dy, In a, In b, In) { return where(greater(a, b), dy, zero()); });
    case Code::kSquaredDifference:
      return both(
          r, [](In dy, In a, In b, In) { return mul(dy, mul_constant(sub(a, b), 2)); },
          [](In dy, In a, In b, In) { return mul(dy, mul_constant(sub(a, b), -2)); });
    case Code::kAtan2:
      return both(
          r, [](In dy, In a, In b, In) { return mul(over_squares(dy, a, b), b); },
          [](In dy, In a, In b, In) { return neg(mul(over_squares(dy, a, b), a)); });
    case Code::kPrelu:
      return both(
          r, [](In dy, In a, In b, In) { return where(greater(a, zero()), dy, mul(dy, b)); },
          [](In dy, In a, In, In) { return where(greater(a, zero()), zero(), mul(dy, a)); });
    // Gradients of gradients. a is the gradient that arrived, b the activation's output y (or, for
    // clip, its input).
    case Code::kReluGrad:
      return both(r, [](In dy, In, In b, In) { return relu_grad(dy, b); }, none);
    case Code::kRelu6Grad:
      return both(r, [](In dy, In, In b, In) { return relu6_grad(dy, b); }, none);
    case Code::kSigmoidGrad:
      return both(
          r, [](In dy, In, In b, In) { return sigmoid_grad(dy, b); },
          [](In dy, In a, In b, In) {
            return mul(mul(dy, a), add_constant(mul_constant(b, -2), 1));
          });
    case Code::kTanhGrad:
      return both(
          r, [](In dy, In, In b, In) { return tanh_grad(dy, b); },
          [](In dy, In a, In b, In) { return mul(mul(dy, a), mul_constant(b, -2)); });
    case Code::kEluGrad:
      return both(
          r, [](In dy, In, In b, In) { return elu_grad(dy, b); },
          [](In dy, In a, In b, In) { return where(less(b, zero()), mul(dy, a), zero()); });
    default:  // comparisons, logic and floorDiv are flat wherever they are smooth
      return both(r, none, none);
  }
}

Tensor unary(const kernels::ChainStep& chain_step, const GradientRequest& r) {
  const Tensor& dy = r.grad();
  const Tensor& x = r.input(0);
  const Tensor y = r.output();
  switch (chain_step.code) {
    case Code::kIdentity:
    case Code::kAddConstant:
      return dy;
    case Code::kMulConstant:
      return mul_constant(dy, chain_step.constants[0]);
    case Code::kNeg:
      return neg(dy);
    case Code::kAbs:
      return mul(dy, where(less(x, zero()), Tensor::scalar(-1), Tensor::scalar(1)));
    case Code::kSquare:
      return mul(dy, mul_constant(x, 2));
    case Code::kRelu:
      return relu_grad(dy, y);
    case Code::kRelu6:
      return relu6_grad(dy, y);
    case Code::kClip:
      return clip_grad(dy, x, chain_step.constants[0], chain_step.constants[1]);
    case Code::kReciprocal:
      return neg(mul(dy, square(y)));
    case Code::kExp:
      return mul(dy, y);
    case Code::kExpm1:
      return mul(dy, add_constant(y, 1));
    case Code::kLog:
      return div(dy, x);
    case Code::kLog1p:
      return div(dy, add_constant(x, 1));
    case Code::kSqrt:
      return div(dy, mul_constant(y, 2));
    case Code::kRsqrt:
      return mul_constant(div(mul(dy, y), x), -0.5);
    case Code::kSigmoid:
      return sigmoid_grad(dy, y);
    case Code::kTanh:
      return tanh_grad(dy, y);
    case Code::kSoftplus:
      return mul(dy, sigmoid(x));
    case Code::kLogSigmoid:
      return mul(dy, sigmoid(neg(x)));
    case Code::kElu:
      return elu_grad(dy, y);
    case Code::kSelu: {
      // Below zero, the derivative scale * alpha * exp(x) is y + scale * alpha.
      constexpr double kScale = 1.0507009873554805;
      constexpr double kScaleAlpha = 1.7580993408473766;
      return mul(dy, where(greater(x, zero()), Tensor::scalar(static_cast<float>(kScale)),
                           add_constant(y, kScaleAlpha)));
    }
    case Code::kLeakyRelu:
      return mul(dy, step(x, chain_step.constants[0]));
    case Code::kSin:
      return mul(dy, cos(x));
    case Code::kCos:
      return neg(mul(dy, sin(x)));
    case Code::kTan:
      return mul(dy, square_plus(y, 1, 1));
    case Code::kAsin:
      return mul(dy, rsqrt(square_plus(x, -1, 1)));
    case Code::kAcos:
      return neg(mul(dy, rsqrt(square_plus(x, -1, 1))));
    case Code::kAtan:
      return div(dy, square_plus(x, 1, 1));
    case Code::kSinh:
      return mul(dy, cosh(x));
    case Code::kCosh:
      return mul(dy, sinh(x));
    case Code::kAsinh:
      return mul(dy, rsqrt(square_plus(x, 1, 1)));
    case Code::kAcosh:
      return mul(dy, rsqrt(square_plus(x, 1, -1)));
    case Code::kAtanh:
      return div(dy, square_plus(x, -1, 1));
    case Code::kErf:
      return mul_constant(mul(dy, exp(neg(square(x)))), 2 * std::numbers::inv_sqrtpi);
    default:  // sign, step, floor, ceil, round, logicalNot: flat wherever they are smooth
      return {};
  }
}

}  // namespace

std::vector<Tensor> gradient_of(const kernels::ChainStep& step, const GradientRequest& r) {
  switch (kernels::operand_count(step.code)) {
    case 1:
      return {unary(step, r)};
    case 2:
      if (step.code == Code::kClipGrad) {
        return {clip_grad(r.grad(), r.input(1), step.constants[0], step.constants[1]), Tensor()};
      }
      return binary(step.code, r);
    default: {  // where(condition, a, b)
      const Tensor& condition = r.input(0);
      return {Tensor(), r.wants(1) ? where(condition, r.grad(), zero()) : Tensor(),
              r.wants(2) ? where(condition, zero(), r.grad()) : Tensor()};
    }
  }
}

}  // namespace heddle

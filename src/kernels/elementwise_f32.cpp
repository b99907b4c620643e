#include <cmath>

#include "kernels/elementwise_steps.h"
#include "kernels/simd_math.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::I32x4;
using simd::select;
using simd::splat;

template <auto fn>
constexpr StepFn<float> kUnary = unary<float, fn>;
template <auto fn>
constexpr StepFn<float> kBinary = binary<float, fn>;

/// A function of floats, lane by lane.
template <float (*fn)(float)>
constexpr StepFn<float> kScalarUnary = unary<float, [](F32x4 a) { return simd::map(a, fn); }>;

template <float (*fn)(float, float)>
constexpr StepFn<float> kScalarBinary = binary<float, [](F32x4 a, F32x4 b) {
  return F32x4{fn(a[0], b[0]), fn(a[1], b[1]), fn(a[2], b[2]), fn(a[3], b[3])};
}>;

/// 1 where the mask is set, else 0.
F32x4 truth(I32x4 mask) { return simd::from_bits(mask & simd::bits(splat(1.0f))); }
I32x4 is_true(F32x4 a) { return a != splat(0.0f); }
F32x4 zero() { return F32x4{}; }

/// The sign of b; |result| < |b|.
float floor_mod(float a, float b) {
  const float remainder = std::fmod(a, b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

F32x4 sign(F32x4 a) {
  const F32x4 one = splat(1.0f);
  return select(a > zero(), one, select(a < zero(), -one, a));
}

StepFn<float> step_of_one(Code code) {
  switch (code) {
    case Code::kNeg:
      return kUnary<[](F32x4 a) { return -a; }>;
    case Code::kAbs:
      return kUnary<simd::abs>;
    case Code::kSign:
      return kUnary<sign>;
    case Code::kSquare:
      return kUnary<[](F32x4 a) { return a * a; }>;
    case Code::kLogicalNot:
      return kUnary<[](F32x4 a) { return truth(a == zero()); }>;
    case Code::kRelu:
      return kUnary<[](F32x4 a) { return simd::max_keep(a, zero()); }>;
    case Code::kRelu6:
      return kUnary<[](F32x4 a) { return simd::min_keep(simd::max_keep(a, zero()), splat(6.0f)); }>;
    case Code::kClip:
      return unary_with_constants<float, [](F32x4 a, F32x4 k0, F32x4 k1) {
        return simd::min_keep(simd::max_keep(a, k0), k1);
      }>;
    case Code::kStep:
      return unary_with_constants<float, [](F32x4 a, F32x4 k0, F32x4) {
        return select(a != a, a, select(a > zero(), splat(1.0f), k0));
      }>;
    case Code::kAddConstant:
      return unary_with_constants<float, [](F32x4 a, F32x4 k0, F32x4) { return a + k0; }>;
    case Code::kMulConstant:
      return unary_with_constants<float, [](F32x4 a, F32x4 k0, F32x4) { return a * k0; }>;
    case Code::kLeakyRelu:
      return unary_with_constants<float, [](F32x4 a, F32x4 k0, F32x4) {
        return select(a < zero(), a * k0, a);
      }>;
    case Code::kReciprocal:
      return kUnary<[](F32x4 a) { return splat(1.0f) / a; }>;
    case Code::kExp:
      return kUnary<simd::exp>;
    case Code::kExpm1:
      return kUnary<simd::expm1>;
    case Code::kLog:
      return kUnary<simd::log>;
    case Code::kLog1p:
      return kUnary<simd::log1p>;
    case Code::kSqrt:
      return kUnary<simd::sqrt>;
    case Code::kRsqrt:
      return kUnary<[](F32x4 a) { return splat(1.0f) / simd::sqrt(a); }>;
    case Code::kSigmoid:
      return kUnary<simd::sigmoid>;
    case Code::kLogSigmoid:
      return kUnary<[](F32x4 a) { return -simd::softplus(-a); }>;
    case Code::kSoftplus:
      return kUnary<simd::softplus>;
    case Code::kTanh:
      return kUnary<simd::tanh>;
    case Code::kElu:
      return kUnary<[](F32x4 a) { return select(a < zero(), simd::expm1_down(a), a); }>;
    case Code::kSelu:  // Klambauer et al. 2017
      return kUnary<[](F32x4 a) {
        const F32x4 scale = splat(1.05070098735548f);
        return scale * select(a < zero(), splat(1.67326324235437f) * simd::expm1_down(a), a);
      }>;
    case Code::kFloor:
      return kUnary<simd::floor>;
    case Code::kCeil:
      return kUnary<simd::ceil>;
    case Code::kRound:
      return kUnary<simd::round>;
    case Code::kTrunc:
      return kUnary<simd::trunc>;
    case Code::kIsNan:
      return kUnary<[](F32x4 a) { return truth(a != a); }>;
    case Code::kIsInf:
      return kUnary<[](F32x4 a) { return truth(simd::abs(a) == splat(__builtin_inff())); }>;
    case Code::kIsFinite:
      return kUnary<[](F32x4 a) { return truth(simd::abs(a) < splat(__builtin_inff())); }>;
    case Code::kSin:
      return kScalarUnary<std::sin>;
    case Code::kCos:
      return kScalarUnary<std::cos>;
    case Code::kTan:
      return kScalarUnary<std::tan>;
    case Code::kAsin:
      return kScalarUnary<std::asin>;
    case Code::kAcos:
      return kScalarUnary<std::acos>;
    case Code::kAtan:
      return kScalarUnary<std::atan>;
    case Code::kSinh:
      return kScalarUnary<std::sinh>;
    case Code::kCosh:
      return kScalarUnary<std::cosh>;
    case Code::kAsinh:
      return kScalarUnary<std::asinh>;
    case Code::kAcosh:
      return kScalarUnary<std::acosh>;
    case Code::kAtanh:
      return kScalarUnary<std::atanh>;
    case Code::kErf:
      return kUnary<simd::erf>;
    default:
      return kUnary<[](F32x4 a) { return a; }>;
  }
}

StepFn<float> step_of_two(Code code) {
  switch (code) {
    case Code::kSub:
      return kBinary<[](F32x4 a, F32x4 b) { return a - b; }>;
    case Code::kMul:
      return kBinary<[](F32x4 a, F32x4 b) { return a * b; }>;
    case Code::kDiv:
      return kBinary<[](F32x4 a, F32x4 b) { return a / b; }>;
    case Code::kFloorDiv:
      return kBinary<[](F32x4 a, F32x4 b) { return simd::floor(a / b); }>;
    case Code::kMod:
      return kScalarBinary<floor_mod>;
    case Code::kPow:
      return kScalarBinary<std::pow>;
    case Code::kAtan2:
      return kScalarBinary<std::atan2>;
    case Code::kPrelu:
      return kBinary<[](F32x4 a, F32x4 b) { return select(a > zero(), a, a * b); }>;
    case Code::kMin:
      return kBinary<[](F32x4 a, F32x4 b) { return simd::min(a, b); }>;
    case Code::kMax:
      return kBinary<[](F32x4 a, F32x4 b) { return simd::max(a, b); }>;
    case Code::kSquaredDifference:
      return kBinary<[](F32x4 a, F32x4 b) { return (a - b) * (a - b); }>;
    case Code::kEqual:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(a == b); }>;
    case Code::kNotEqual:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(a != b); }>;
    case Code::kLess:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(a < b); }>;
    case Code::kLessEqual:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(a <= b); }>;
    case Code::kGreater:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(a > b); }>;
    case Code::kGreaterEqual:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(a >= b); }>;
    case Code::kLogicalAnd:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(is_true(a) & is_true(b)); }>;
    case Code::kLogicalOr:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(is_true(a) | is_true(b)); }>;
    case Code::kLogicalXor:
      return kBinary<[](F32x4 a, F32x4 b) { return truth(is_true(a) ^ is_true(b)); }>;
    case Code::kReluGrad:
      return kBinary<[](F32x4 a, F32x4 b) { return select(b > zero(), a, zero()); }>;
    case Code::kRelu6Grad:
      return kBinary<[](F32x4 a, F32x4 b) {
        return select((b > zero()) & (b < splat(6.0f)), a, zero());
      }>;
    case Code::kSigmoidGrad:
      return kBinary<[](F32x4 a, F32x4 b) { return a * b * (splat(1.0f) - b); }>;
    case Code::kTanhGrad:
      return kBinary<[](F32x4 a, F32x4 b) { return a * (splat(1.0f) - b * b); }>;
    case Code::kClipGrad:
      return clip_grad<float>;
    case Code::kEluGrad:
      return kBinary<[](F32x4 a, F32x4 b) { return select(b < zero(), a * (b + splat(1.0f)), a); }>;
    default:
      return kBinary<[](F32x4 a, F32x4 b) { return a + b; }>;
  }
}

}  // namespace

StepFn<float> step_f32(Code code) {
  switch (operand_count(code)) {
    case 0:
      return constant<float>;
    case 1:
      return step_of_one(code);
    case 2:
      return step_of_two(code);
    default:
      return code == Code::kSelect
                 ? ternary<float,
                           [](F32x4 a, F32x4 b, F32x4 c) { return select(is_true(a), b, c); }>
                 : ternary<float, [](F32x4 a, F32x4 b, F32x4 c) { return a * b + c; }>;
  }
}

}  // namespace heddle::kernels

#include "kernels/elementwise_steps.h"

namespace heddle::kernels {
namespace {

using simd::I32x4;
using simd::select;
using simd::splat;
using simd::U32x4;

template <auto fn>
constexpr StepFn<int32_t> kUnary = unary<int32_t, fn>;
template <auto fn>
constexpr StepFn<int32_t> kBinary = binary<int32_t, fn>;
template <int32_t (*fn)(int32_t, int32_t)>
constexpr StepFn<int32_t> kScalarBinary = binary<int32_t, [](I32x4 a, I32x4 b) {
  return I32x4{fn(a[0], b[0]), fn(a[1], b[1]), fn(a[2], b[2]), fn(a[3], b[3])};
}>;

// Sums and products wrap around, as int32 does in JavaScript (`| 0`), so they are made unsigned.
U32x4 u(I32x4 v) { return reinterpret_cast<U32x4>(v); }
I32x4 s(U32x4 v) { return reinterpret_cast<I32x4>(v); }

I32x4 add(I32x4 a, I32x4 b) { return s(u(a) + u(b)); }
I32x4 sub(I32x4 a, I32x4 b) { return s(u(a) - u(b)); }
I32x4 mul(I32x4 a, I32x4 b) { return s(u(a) * u(b)); }
I32x4 neg(I32x4 a) { return s(-u(a)); }
I32x4 truth(I32x4 mask) { return mask & splat(1); }
I32x4 is_true(I32x4 a) { return a != splat(0); }

int32_t divide(int32_t a, int32_t b) {
  if (b == 0) return 0;
  // The one quotient that does not fit wraps around; WebAssembly would trap.
  return b == -1 ? static_cast<int32_t>(0u - static_cast<uint32_t>(a)) : a / b;
}

int32_t floor_mod(int32_t a, int32_t b) {
  if (b == 0 || b == -1) return 0;
  const int32_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

int32_t floor_divide(int32_t a, int32_t b) {
  const int32_t quotient = divide(a, b);
  return b != 0 && b != -1 && a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int32_t power(int32_t base, int32_t exponent) {
  if (exponent < 0) {
    if (base == 1) return 1;
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    return 0;
  }
  uint32_t result = 1, square = static_cast<uint32_t>(base);
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= square;
    square *= square;
  }
  return static_cast<int32_t>(result);
}

}  // namespace

StepFn<int32_t> step_i32(Code code) {
  switch (code) {
    case Code::kAdd:
      return kBinary<add>;
    case Code::kSub:
      return kBinary<sub>;
    case Code::kMul:
      return kBinary<mul>;
    case Code::kDiv:
      return kScalarBinary<divide>;
    case Code::kFloorDiv:
      return kScalarBinary<floor_divide>;
    case Code::kMod:
      return kScalarBinary<floor_mod>;
    case Code::kPow:
      return kScalarBinary<power>;
    case Code::kMin:
      return kBinary<[](I32x4 a, I32x4 b) { return simd::min(a, b); }>;
    case Code::kMax:
      return kBinary<[](I32x4 a, I32x4 b) { return simd::max(a, b); }>;
    case Code::kSquaredDifference:
      return kBinary<[](I32x4 a, I32x4 b) { return mul(sub(a, b), sub(a, b)); }>;
    case Code::kEqual:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(a == b); }>;
    case Code::kNotEqual:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(a != b); }>;
    case Code::kLess:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(a < b); }>;
    case Code::kLessEqual:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(a <= b); }>;
    case Code::kGreater:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(a > b); }>;
    case Code::kGreaterEqual:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(a >= b); }>;
    case Code::kLogicalAnd:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(is_true(a) & is_true(b)); }>;
    case Code::kLogicalOr:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(is_true(a) | is_true(b)); }>;
    case Code::kLogicalXor:
      return kBinary<[](I32x4 a, I32x4 b) { return truth(is_true(a) ^ is_true(b)); }>;
    case Code::kReluGrad:
      return kBinary<[](I32x4 a, I32x4 b) { return a & (b > splat(0)); }>;
    case Code::kRelu6Grad:
      return kBinary<[](I32x4 a, I32x4 b) { return a & (b > splat(0)) & (b < splat(6)); }>;
    case Code::kClipGrad:
      return clip_grad<int32_t>;
    case Code::kIdentity:
      return kUnary<[](I32x4 a) { return a; }>;
    case Code::kNeg:
      return kUnary<neg>;
    case Code::kAbs:
      return kUnary<[](I32x4 a) { return select(a < splat(0), neg(a), a); }>;
    case Code::kSign:
      return kUnary<[](I32x4 a) { return truth(a > splat(0)) | (a < splat(0)); }>;
    case Code::kSquare:
      return kUnary<[](I32x4 a) { return mul(a, a); }>;
    case Code::kLogicalNot:
      return kUnary<[](I32x4 a) { return truth(a == splat(0)); }>;
    case Code::kRelu:
      return kUnary<[](I32x4 a) { return simd::max(a, splat(0)); }>;
    case Code::kRelu6:
      return kUnary<[](I32x4 a) { return simd::min(simd::max(a, splat(0)), splat(6)); }>;
    case Code::kClip:
      return unary_with_constants<int32_t, [](I32x4 a, I32x4 k0, I32x4 k1) {
        return simd::min(simd::max(a, k0), k1);
      }>;
    case Code::kStep:
      return unary_with_constants<int32_t, [](I32x4 a, I32x4 k0, I32x4) {
        return select(a > splat(0), splat(1), k0);
      }>;
    case Code::kAddConstant:
      return unary_with_constants<int32_t, [](I32x4 a, I32x4 k0, I32x4) { return add(a, k0); }>;
    case Code::kMulConstant:
      return unary_with_constants<int32_t, [](I32x4 a, I32x4 k0, I32x4) { return mul(a, k0); }>;
    case Code::kSelect:
      return ternary<int32_t, [](I32x4 a, I32x4 b, I32x4 c) { return select(is_true(a), b, c); }>;
    case Code::kMulAdd:
      return ternary<int32_t, [](I32x4 a, I32x4 b, I32x4 c) { return add(mul(a, b), c); }>;
    case Code::kConstant:
      return constant<int32_t>;
    default:
      return nullptr;
  }
}

}  // namespace heddle::kernels

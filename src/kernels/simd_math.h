#pragma once

#include <cmath>

#include "kernels/simd.h"

/// exp, log and what follows from them, four lanes at a time. Polynomials of exp, log and tanh from
/// Cephes (S. L. Moshier, "Methods and Programs for Mathematical Functions", 1989); those of erf
/// are minimax fits.
///
/// Errors in units in the last place, over all finite numbers: exp and log at most 2, all others at
/// most 4 (tests/cpp/kernels_simd.cpp goes through every exponent). NaN stays NaN; infinities, both
/// zeros and subnormal numbers come out right.
namespace heddle::simd {

/// Numbers that are read from memory each time. A vector constant in a loop is made anew on every
/// turn by some engines (V8 of Node 26), which takes longer than a load: exp is 1.6 times as fast
/// there for it.
class Table {
 public:
  explicit Table(const float* values) : values_(values) {
    // The compiler must not see what the pointer points to: it would make constants of it again.
    asm("" : "+r"(values_));
  }
  F32x4 operator[](int i) const { return splat(values_[i]); }

  /// c[first] x^(count - 1) + ... + c[first + count - 1]. No loop, which stays one where the
  /// compiler is told not to unroll.
  template <int first, int count>
  F32x4 polynomial(F32x4 x) const {
    if constexpr (count == 1) {
      return (*this)[first];
    } else {
      return madd(polynomial<first, count - 1>(x), x, (*this)[first + count - 1]);
    }
  }

 private:
  const float* values_;
};

namespace constants {
// (e^r - 1 - r) / r^2 on |r| <= ln(2)/2 first; then what exp needs besides.
inline constexpr float kExp[] = {
    0.0013814318376f,     0.0083688512788f, 0.04166840113f, 0.16666519522f, 0.49999993373f, -104.0f,
    1.44269504088896341f, 12582912.0f,      -0.693359375f,  2.12194440e-4f, 1.0f,           89.0f,
    -87.3365448f,         16777216.0f};
// (log(1 + m) - m + m^2 / 2) / m^3 on sqrt(1/2) <= 1 + m < sqrt(2); then what log needs besides.
inline constexpr float kLog[] = {7.0376836292e-2f,
                                 -1.1514610310e-1f,
                                 1.1676998740e-1f,
                                 -1.2420140846e-1f,
                                 1.4249322787e-1f,
                                 -1.6668057665e-1f,
                                 2.0000714765e-1f,
                                 -2.4999993993e-1f,
                                 3.3333331174e-1f,
                                 1.17549435e-38f,
                                 8388608.0f,
                                 0.707106769f,
                                 1.0f,
                                 -2.12194440e-4f,
                                 -0.5f,
                                 0.693359375f};
// (tanh(x) - x) / x^3 as a polynomial in x^2 on |x| < 0.625; then that limit and 1.
inline constexpr float kTanh[] = {-5.70498872745e-3f,
                                  2.06390887954e-2f,
                                  -5.37397155531e-2f,
                                  1.33314422036e-1f,
                                  -3.33332819422e-1f,
                                  0.625f,
                                  1.0f};
// erf(x) / x - 1 as a polynomial in x^2 on |x| < 0.92; then -log(1 - erf(x)) / x - 1 as one in x
// on 0.92 <= x < 3.95; then these two limits and 1.
inline constexpr float kErf[] = {
    -0.0005999403952f, 0.00499482989f,    -0.02676771958f, 0.1128184594f,   -0.3761249646f,
    0.12837915f,       -0.0002139870973f, 0.00321497199f,  -0.02289001242f, 0.1052619116f,
    0.6357182682f,     0.1285143735f,     0.92f,           3.95f,           1.0f};
}  // namespace constants

/// sign's sign on a magnitude.
inline F32x4 with_sign(F32x4 magnitude, F32x4 sign) {
  return from_bits(bits(magnitude) | (bits(sign) & splat(INT32_MIN)));
}

/// e^x = (1 + p) 2^n, with the factor 2^n in two: n reaches from -150 (subnormal results) to 128
/// (overflow to infinity).
struct ExpParts {
  F32x4 p;               // e^r - 1 for x = n ln 2 + r, |r| <= ln(2)/2
  F32x4 scale1, scale2;  // 2^n = scale1 scale2
  F32x4 inverse2;        // 1 / scale2

  /// x must not exceed 89.
  explicit ExpParts(F32x4 x) {
    const Table k(constants::kExp);
    x = max_keep(x, k[5]);
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    const F32x4 magic = k[7];
    const F32x4 shifted = madd(x, k[6], magic);
    const F32x4 n = shifted - magic;
    const F32x4 r = madd(n, k[9], madd(n, k[8], x));
    p = madd(k.polynomial<0, 5>(r), r * r, r);
    const I32x4 one = bits(k[10]);
    const I32x4 whole = bits(shifted) - bits(magic);
    const I32x4 half = whole >> 1;
    const I32x4 rest = (whole - half) << 23;
    scale1 = from_bits((half << 23) + one);
    scale2 = from_bits(rest + one);
    inverse2 = from_bits(one - rest);
  }

  F32x4 exp() const { return madd(p, scale1, scale1) * scale2; }
};

/// e^x for x up to 0 (or a little more: up to 89).
inline F32x4 exp_down(F32x4 x) { return ExpParts(x).exp(); }

/// e^x as ExpParts has it for results that are no subnormal numbers, with one factor 2^n: p is
/// e^r - 1, scale is 2^(n + up).
template <int up = 0>
struct ExpNormal {
  F32x4 p, scale;

  explicit ExpNormal(F32x4 x) {
    const Table k(constants::kExp);
    const F32x4 shifted = madd(x, k[6], k[7]);
    const F32x4 n = shifted - k[7];
    const F32x4 r = madd(n, k[9], madd(n, k[8], x));
    p = madd(k.polynomial<0, 5>(r), r * r, r);
    scale = from_bits((bits(shifted) << 23) + splat((127 + up) << 23));
  }

  F32x4 exp() const { return madd(p, scale, scale); }
};

/// e^x for x up to 0, with 0 instead of subnormal results: for terms of a sum that is 1 or more.
inline F32x4 exp_term(F32x4 x) {
  return from_bits(bits(ExpNormal(x).exp()) & ~(x < Table(constants::kExp)[12]));
}

/// e^x - 1 for x up to 0.
inline F32x4 expm1_down(F32x4 x) {
  const Table k(constants::kExp);
  const ExpNormal e(max_keep(x, k[12]));
  return madd(e.p, e.scale, e.scale - k[10]);
}

/// x, or 89 if that is less: e^89 is infinity.
inline F32x4 below_overflow(F32x4 x) { return min_keep(x, Table(constants::kExp)[11]); }

/// e^x.
inline F32x4 exp(F32x4 x) { return ExpParts(below_overflow(x)).exp(); }

/// The natural logarithm. 0 gives -infinity, less gives NaN.
inline F32x4 log(F32x4 x) {
  const Table k(constants::kLog);
  const F32x4 input = x;
  const I32x4 subnormal = x < k[9];
  x = select(subnormal, x * k[10], x);
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
  const I32x4 low = bits(k[11]);
  const I32x4 offset = bits(x) - low;
  const I32x4 exponent = (offset >> 23) - (subnormal & splat(23));
  const F32x4 m = from_bits((offset & splat(0x007fffff)) + low) - k[12];
  const F32x4 e = to_float(exponent);
  const F32x4 z = m * m;
  F32x4 y = k.polynomial<0, 9>(m) * m * z;
  y = madd(e, k[13], y);
  y = madd(z, k[14], y);
  F32x4 result = madd(e, k[15], m + y);
  const float infinity = __builtin_inff();
  result = select(input == F32x4{}, splat(-infinity), result);
  result = select(input < splat(infinity), result, input);  // +infinity and NaN
  return select(input < F32x4{}, splat(__builtin_nanf("")), result);
}

/// e^x - 1 = p 2^n + (2^n - 1), where n = 0 around 0, so that nothing is lost there.
inline F32x4 expm1(F32x4 x) {
  const ExpParts e(below_overflow(x));
  return with_sign(madd(e.p, e.scale1, e.scale1 - e.inverse2) * e.scale2, x);
}

/// log(1 + x), exact for small x too.
inline F32x4 log1p(F32x4 x) {
  // What 1 + x loses by rounding, the factor x / (u - 1) restores (Higham, "Accuracy and Stability
  // of Numerical Algorithms", section 1.14.1).
  const F32x4 u = splat(1.0f) + x;
  const F32x4 d = u - splat(1.0f);
  const F32x4 y = log(u) * (x / d);
  const F32x4 unless_tiny = select(d == splat(0.0f), x, y);
  return select(x == splat(__builtin_inff()), x, unless_tiny);
}

/// log(1 + e^x).
inline F32x4 softplus(F32x4 x) { return max_keep(x, splat(0.0f)) + log1p(exp_down(-abs(x))); }

/// 1 / (1 + e^-x).
inline F32x4 sigmoid(F32x4 x) {
  const Table k(constants::kExp);
  // Above and below the line 2^24 times as much: so only the quotient can be a subnormal number.
  const F32x4 e = ExpNormal<24>(max_keep(-abs(x), k[5])).exp();
  const F32x4 one = k[13];
  return select(x < F32x4{}, e, one) / (one + e);
}

/// tanh x.
inline F32x4 tanh(F32x4 x) {
  const Table k(constants::kTanh);
  const F32x4 magnitude = abs(x);
  const F32x4 z = x * x;
  const F32x4 small = madd(k.polynomial<0, 5>(z) * z, x, x);
  const F32x4 one = k[6];
  const F32x4 e = exp_term(-(magnitude + magnitude));
  const F32x4 large = (one - e) / (one + e);
  return with_sign(select(magnitude < k[5], small, large), x);
}

/// 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
inline F32x4 erf(F32x4 x) {
  const Table k(constants::kErf);
  const F32x4 z = x * x;
  const F32x4 small = madd(k.polynomial<0, 6>(z), x, x);
  const F32x4 t = min_keep(abs(x), k[13]);
  const F32x4 large = k[14] - exp_term(-madd(k.polynomial<6, 6>(t), t, t));
  return with_sign(select(t < k[12], small, large), x);
}

}  // namespace heddle::simd

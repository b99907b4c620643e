#pragma once

#include <cmath>

#include "kernels/simd.h"

/// exp, log and what follows from them, four lanes at a time. Polynomials from Cephes (S. L.
/// Moshier, "Methods and Programs for Mathematical Functions", 1989). NaN stays NaN; infinities,
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

  /// c[first] x^(count - 1) + ... + c[first + count - 1].
  F32x4 polynomial(F32x4 x, int first, int count) const {
    F32x4 p = (*this)[first];
    for (int i = 1; i < count; ++i) p = madd(p, x, (*this)[first + i]);
    return p;
  }

 private:
  const float* values_;
};

namespace constants {
// (e^r - 1 - r) / r^2 on |r| <= ln(2)/2 first; then what exp needs besides.
inline constexpr float kExp[] = {1.9875691500e-4f,
                                 1.3981999507e-3f,
                                 8.3334519073e-3f,
                                 4.1665795894e-2f,
                                 1.6666665459e-1f,
                                 5.0000001201e-1f,
                                 89.0f,
                                 -104.0f,
                                 1.44269504088896341f,
                                 12582912.0f,
                                 -0.693359375f,
                                 2.12194440e-4f,
                                 1.0f};
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
// (tanh(x) - x) / x^3 as a polynomial in x^2 on |x| < 0.625; then that limit, 1 and 2.
inline constexpr float kTanh[] = {-5.70498872745e-3f,
                                  2.06390887954e-2f,
                                  -5.37397155531e-2f,
                                  1.33314422036e-1f,
                                  -3.33332819422e-1f,
                                  0.625f,
                                  1.0f,
                                  2.0f};
}  // namespace constants

/// e^x, within 2 units in the last place.
inline F32x4 exp(F32x4 x) {
  const Table k(constants::kExp);
  x = max_keep(min_keep(x, k[6]), k[7]);
  // x = n ln 2 + r. Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  const F32x4 magic = k[9];
  const F32x4 shifted = madd(x, k[8], magic);
  const F32x4 n = shifted - magic;
  const F32x4 r = madd(n, k[11], madd(n, k[10], x));
  const F32x4 one = k[12];
  const F32x4 p = madd(k.polynomial(r, 0, 6), r * r, r) + one;
  // 2^n in two factors: n reaches from -150 (subnormal results) to 128 (overflow to infinity).
  const I32x4 whole = bits(shifted) - bits(magic);
  const I32x4 half = whole >> 1;
  const F32x4 scale1 = from_bits((half << 23) + bits(one));
  const F32x4 scale2 = from_bits(((whole - half) << 23) + bits(one));
  return p * scale1 * scale2;
}

/// The natural logarithm, within 2 units in the last place. 0 gives -infinity, less gives NaN.
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
  F32x4 y = k.polynomial(m, 0, 9) * m * z;
  y = madd(e, k[13], y);
  y = madd(z, k[14], y);
  F32x4 result = madd(e, k[15], m + y);
  const float infinity = __builtin_inff();
  result = select(input == F32x4{}, splat(-infinity), result);
  result = select(input < splat(infinity), result, input);  // +infinity and NaN
  return select(input < F32x4{}, splat(__builtin_nanf("")), result);
}

/// e^x - 1, exact for small x too, within 4 units in the last place.
inline F32x4 expm1(F32x4 x) {
  // Where |x| < ln(2)/2 the polynomial of exp needs no reduction, and its 1 is left out.
  const Table k(constants::kExp);
  const F32x4 small = madd(k.polynomial(x, 0, 6), x * x, x);
  return select(abs(x) < splat(0.34f), small, exp(x) - k[12]);
}

/// log(1 + x), exact for small x too, within 4 units in the last place.
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
inline F32x4 softplus(F32x4 x) { return max_keep(x, splat(0.0f)) + log1p(exp(-abs(x))); }

/// 1 / (1 + e^-x), within 4 units in the last place.
inline F32x4 sigmoid(F32x4 x) {
  const Table k(constants::kTanh);
  const F32x4 one = k[6];
  const F32x4 e = exp(-abs(x));  // never overflows
  return select(x < F32x4{}, e, one) / (one + e);
}

/// tanh x, within 4 units in the last place.
inline F32x4 tanh(F32x4 x) {
  const Table k(constants::kTanh);
  const F32x4 magnitude = abs(x);
  const F32x4 z = x * x;
  const F32x4 small = madd(k.polynomial(z, 0, 5) * z, x, x);
  const F32x4 one = k[6];
  const F32x4 large = one - k[7] / (exp(magnitude + magnitude) + one);
  const F32x4 signed_large = from_bits(bits(large) | (bits(x) & splat(INT32_MIN)));
  return select(magnitude < k[5], small, signed_large);
}

}  // namespace heddle::simd

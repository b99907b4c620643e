#pragma once

#include <cmath>

#include "kernels/simd.h"

/// exp, log and what follows from them, four lanes at a time. Polynomials from Cephes (S. L.
/// Moshier, "Methods and Programs for Mathematical Functions", 1989). NaN stays NaN; infinities,
/// zeros and subnormal numbers come out right.
namespace heddle::simd {

/// e^x, within 2 units in the last place.
inline F32x4 exp(F32x4 x) {
  x = max_keep(min_keep(x, splat(89.0f)), splat(-104.0f));
  // x = n ln 2 + r. Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  const F32x4 magic = splat(12582912.0f);
  const F32x4 shifted = madd(x, splat(1.44269504088896341f), magic);
  const F32x4 n = shifted - magic;
  F32x4 r = madd(n, splat(-0.693359375f), x);
  r = madd(n, splat(2.12194440e-4f), r);
  F32x4 p = splat(1.9875691500e-4f);
  p = madd(p, r, splat(1.3981999507e-3f));
  p = madd(p, r, splat(8.3334519073e-3f));
  p = madd(p, r, splat(4.1665795894e-2f));
  p = madd(p, r, splat(1.6666665459e-1f));
  p = madd(p, r, splat(5.0000001201e-1f));
  p = madd(p, r * r, r) + splat(1.0f);
  // 2^n in two factors: n reaches from -150 (subnormal results) to 128 (overflow to infinity).
  const I32x4 whole = bits(shifted) - splat(0x4b400000);
  const I32x4 half = whole >> 1;
  const F32x4 scale1 = from_bits((half + splat(127)) << 23);
  const F32x4 scale2 = from_bits((whole - half + splat(127)) << 23);
  return p * scale1 * scale2;
}

/// The natural logarithm, within 2 units in the last place. 0 gives -infinity, less gives NaN.
/// Without `kFused` no step uses madd, so the result is the same on every machine.
template <bool kFused = true>
inline F32x4 log(F32x4 x) {
  const auto step = [](F32x4 a, F32x4 b, F32x4 c) { return kFused ? madd(a, b, c) : a * b + c; };
  const F32x4 input = x;
  const I32x4 subnormal = x < splat(1.17549435e-38f);
  x = select(subnormal, x * splat(8388608.0f), x);
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
  const I32x4 offset = bits(x) - splat(0x3f3504f3);
  const I32x4 exponent = (offset >> 23) - (subnormal & splat(23));
  const F32x4 m = from_bits((offset & splat(0x007fffff)) + splat(0x3f3504f3)) - splat(1.0f);
  const F32x4 e = to_float(exponent);
  const F32x4 z = m * m;
  F32x4 p = splat(7.0376836292e-2f);
  p = step(p, m, splat(-1.1514610310e-1f));
  p = step(p, m, splat(1.1676998740e-1f));
  p = step(p, m, splat(-1.2420140846e-1f));
  p = step(p, m, splat(1.4249322787e-1f));
  p = step(p, m, splat(-1.6668057665e-1f));
  p = step(p, m, splat(2.0000714765e-1f));
  p = step(p, m, splat(-2.4999993993e-1f));
  p = step(p, m, splat(3.3333331174e-1f));
  F32x4 y = p * m * z;
  y = step(e, splat(-2.12194440e-4f), y);
  y = step(z, splat(-0.5f), y);
  F32x4 result = step(e, splat(0.693359375f), m + y);
  const float infinity = __builtin_inff();
  result = select(input == splat(0.0f), splat(-infinity), result);
  result = select(input < splat(infinity), result, input);  // +infinity and NaN
  return select(input < splat(0.0f), splat(__builtin_nanf("")), result);
}

/// e^x - 1, exact for small x too, within 4 units in the last place.
inline F32x4 expm1(F32x4 x) {
  // Where |x| < ln(2)/2 the polynomial of exp needs no reduction, and its 1 is left out.
  F32x4 p = splat(1.9875691500e-4f);
  p = madd(p, x, splat(1.3981999507e-3f));
  p = madd(p, x, splat(8.3334519073e-3f));
  p = madd(p, x, splat(4.1665795894e-2f));
  p = madd(p, x, splat(1.6666665459e-1f));
  p = madd(p, x, splat(5.0000001201e-1f));
  const F32x4 small = madd(p, x * x, x);
  return select(abs(x) < splat(0.34f), small, exp(x) - splat(1.0f));
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
  const F32x4 e = exp(-abs(x));  // never overflows
  return select(x < splat(0.0f), e, splat(1.0f)) / (splat(1.0f) + e);
}

/// tanh x, within 4 units in the last place.
inline F32x4 tanh(F32x4 x) {
  const F32x4 magnitude = abs(x);
  const F32x4 z = x * x;
  F32x4 p = splat(-5.70498872745e-3f);
  p = madd(p, z, splat(2.06390887954e-2f));
  p = madd(p, z, splat(-5.37397155531e-2f));
  p = madd(p, z, splat(1.33314422036e-1f));
  p = madd(p, z, splat(-3.33332819422e-1f));
  const F32x4 small = madd(p * z, x, x);
  const F32x4 large = splat(1.0f) - splat(2.0f) / (exp(magnitude + magnitude) + splat(1.0f));
  const F32x4 signed_large = from_bits(bits(large) | (bits(x) & splat(INT32_MIN)));
  return select(magnitude < splat(0.625f), small, signed_large);
}

}  // namespace heddle::simd

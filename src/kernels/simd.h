#pragma once

#include <cstdint>
#include <cstring>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

/// Four lanes of float32 or int32. The types are the compiler's own vectors, so +, -, *, / and the
/// bitwise operators work on them everywhere; this file adds what differs between WebAssembly and
/// native builds. There is one code path for both: native builds exist to test it.
namespace heddle::simd {

using F32x4 = float __attribute__((vector_size(16)));
using I32x4 = int32_t __attribute__((vector_size(16)));
using U32x4 = uint32_t __attribute__((vector_size(16)));

inline constexpr int kLanes = 4;

/// Loads and stores need no alignment.
inline F32x4 load(const float* p) {
  F32x4 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline I32x4 load(const int32_t* p) {
  I32x4 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, F32x4 v) { std::memcpy(p, &v, sizeof v); }
inline void store(int32_t* p, I32x4 v) { std::memcpy(p, &v, sizeof v); }

/// The first `count` (1 to 3) lanes; the others are 0.
inline F32x4 load_partial(const float* p, int count) {
  F32x4 v{};
  v[0] = p[0];
  if (count > 1) v[1] = p[1];
  if (count > 2) v[2] = p[2];
  return v;
}
inline I32x4 load_partial(const int32_t* p, int count) {
  I32x4 v{};
  v[0] = p[0];
  if (count > 1) v[1] = p[1];
  if (count > 2) v[2] = p[2];
  return v;
}
inline void store_partial(float* p, F32x4 v, int count) {
  p[0] = v[0];
  if (count > 1) p[1] = v[1];
  if (count > 2) p[2] = v[2];
}
inline void store_partial(int32_t* p, I32x4 v, int count) {
  p[0] = v[0];
  if (count > 1) p[1] = v[1];
  if (count > 2) p[2] = v[2];
}

inline F32x4 splat(float x) { return F32x4{x, x, x, x}; }
inline I32x4 splat(int32_t x) { return I32x4{x, x, x, x}; }

inline I32x4 bits(F32x4 v) { return reinterpret_cast<I32x4>(v); }
inline F32x4 from_bits(I32x4 v) { return reinterpret_cast<F32x4>(v); }

/// a * b + c, rounded once or twice: faster in the relaxed build, where the machine decides.
/// Numbers that must be the same everywhere (random.cpp) do not use it.
inline F32x4 madd(F32x4 a, F32x4 b, F32x4 c) {
#ifdef __wasm_relaxed_simd__
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return a * b + c;
#endif
}

/// mask ? a : b per lane; a lane of a mask is all ones or all zeros, as comparisons make it.
inline F32x4 select(I32x4 mask, F32x4 a, F32x4 b) {
#ifdef __wasm_simd128__
  return wasm_v128_bitselect(a, b, mask);
#else
  return from_bits((bits(a) & mask) | (bits(b) & ~mask));
#endif
}
inline I32x4 select(I32x4 mask, I32x4 a, I32x4 b) { return (a & mask) | (b & ~mask); }

/// `b < a ? b : a`: one instruction. A NaN in a stays, a NaN in b is passed over.
inline F32x4 min_keep(F32x4 a, F32x4 b) {
#ifdef __wasm_simd128__
  return wasm_f32x4_pmin(a, b);
#else
  return select(b < a, b, a);
#endif
}
/// `a < b ? b : a`: one instruction. A NaN in a stays, a NaN in b is passed over.
inline F32x4 max_keep(F32x4 a, F32x4 b) {
#ifdef __wasm_simd128__
  return wasm_f32x4_pmax(a, b);
#else
  return select(a < b, b, a);
#endif
}

/// The least and greatest as IEEE 754-2019 minimum and maximum (and JavaScript's Math.min): NaN if
/// either is.
inline F32x4 min(F32x4 a, F32x4 b) {
#ifdef __wasm_simd128__
  return wasm_f32x4_min(a, b);
#else
  return select(b != b, b, min_keep(a, b));
#endif
}
inline F32x4 max(F32x4 a, F32x4 b) {
#ifdef __wasm_simd128__
  return wasm_f32x4_max(a, b);
#else
  return select(b != b, b, max_keep(a, b));
#endif
}
inline I32x4 min(I32x4 a, I32x4 b) { return select(b < a, b, a); }
inline I32x4 max(I32x4 a, I32x4 b) { return select(a < b, b, a); }

inline F32x4 abs(F32x4 v) { return from_bits(bits(v) & splat(0x7fffffff)); }

/// One function of floats for each lane: for what has no vector form.
template <typename Fn>
inline F32x4 map(F32x4 v, Fn fn) {
  return F32x4{fn(v[0]), fn(v[1]), fn(v[2]), fn(v[3])};
}

inline F32x4 sqrt(F32x4 v) {
#ifdef __wasm_simd128__
  return wasm_f32x4_sqrt(v);
#else
  return map(v, [](float x) { return __builtin_sqrtf(x); });
#endif
}
inline F32x4 floor(F32x4 v) {
#ifdef __wasm_simd128__
  return wasm_f32x4_floor(v);
#else
  return map(v, [](float x) { return __builtin_floorf(x); });
#endif
}
inline F32x4 ceil(F32x4 v) {
#ifdef __wasm_simd128__
  return wasm_f32x4_ceil(v);
#else
  return map(v, [](float x) { return __builtin_ceilf(x); });
#endif
}
inline F32x4 trunc(F32x4 v) {
#ifdef __wasm_simd128__
  return wasm_f32x4_trunc(v);
#else
  return map(v, [](float x) { return __builtin_truncf(x); });
#endif
}
/// To the nearest whole number, halves to the even one.
inline F32x4 round(F32x4 v) {
#ifdef __wasm_simd128__
  return wasm_f32x4_nearest(v);
#else
  return map(v, [](float x) { return __builtin_nearbyintf(x); });
#endif
}

inline F32x4 to_float(I32x4 v) { return __builtin_convertvector(v, F32x4); }

/// Truncates towards zero. NaN becomes 0, what does not fit becomes the nearest number that does.
inline I32x4 to_int(F32x4 v) {
#ifdef __wasm_simd128__
  return wasm_i32x4_trunc_sat_f32x4(v);
#else
  const auto convert = [](float x) -> int32_t {
    if (!(x >= -2147483648.0f)) return x != x ? 0 : INT32_MIN;
    return x >= 2147483648.0f ? INT32_MAX : static_cast<int32_t>(x);
  };
  return I32x4{convert(v[0]), convert(v[1]), convert(v[2]), convert(v[3])};
#endif
}

inline float sum(F32x4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }

/// Swaps rows and columns of a 4x4 block.
inline void transpose(F32x4& a, F32x4& b, F32x4& c, F32x4& d) {
  const F32x4 ab_lo = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const F32x4 ab_hi = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const F32x4 cd_lo = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const F32x4 cd_hi = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_lo, cd_lo, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_lo, cd_lo, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_hi, cd_hi, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_hi, cd_hi, 2, 3, 6, 7);
}

}  // namespace heddle::simd

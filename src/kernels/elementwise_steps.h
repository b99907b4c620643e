#pragma once

#include "kernels/elementwise.h"
#include "kernels/simd.h"

/// What is inside the chain runner: one function per code, run over one tile.
namespace heddle::kernels {

/// out[i] = code(a[i], b[i], c[i]) for i in [0, n), n a multiple of simd::kLanes; k are the step's
/// two constants. out may be any of the operands.
template <typename T>
using StepFn = void (*)(int n, const T* k, const T* a, const T* b, const T* c, T* out);

StepFn<float> step_f32(Code code);
/// Null for a code that int32 does not have.
StepFn<int32_t> step_i32(Code code);

template <typename T>
using VectorOf = decltype(simd::load(static_cast<const T*>(nullptr)));

// Each runs `fn`, a function of vectors, over a tile.

template <typename T, auto fn>
void unary(int n, const T*, const T* a, const T*, const T*, T* out) {
  for (int i = 0; i < n; i += simd::kLanes) simd::store(out + i, fn(simd::load(a + i)));
}

template <typename T, auto fn>
void unary_with_constants(int n, const T* k, const T* a, const T*, const T*, T* out) {
  const VectorOf<T> k0 = simd::splat(k[0]), k1 = simd::splat(k[1]);
  for (int i = 0; i < n; i += simd::kLanes) simd::store(out + i, fn(simd::load(a + i), k0, k1));
}

template <typename T, auto fn>
void binary(int n, const T*, const T* a, const T* b, const T*, T* out) {
  for (int i = 0; i < n; i += simd::kLanes) {
    simd::store(out + i, fn(simd::load(a + i), simd::load(b + i)));
  }
}

template <typename T, auto fn>
void ternary(int n, const T*, const T* a, const T* b, const T* c, T* out) {
  for (int i = 0; i < n; i += simd::kLanes) {
    simd::store(out + i, fn(simd::load(a + i), simd::load(b + i), simd::load(c + i)));
  }
}

template <typename T>
void clip_grad(int n, const T* k, const T* a, const T* b, const T*, T* out) {
  for (int i = 0; i < n; ++i) out[i] = b[i] >= k[0] && b[i] <= k[1] ? a[i] : T{0};
}

template <typename T>
void constant(int n, const T* k, const T*, const T*, const T*, T* out) {
  for (int i = 0; i < n; ++i) out[i] = k[0];
}

}  // namespace heddle::kernels

#include "kernels/gemv.h"

#include <algorithm>
#include <cstdint>

#include "kernels/gemm_panels.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::madd;
using simd::splat;
using simd::store;

// Columns of a piece of work, at least.
constexpr int kGroup = 64;

/// c += x0 b0 + x1 b1 + x2 b2 + x3 b3 for four rows of b, which lie side by side in memory each.
void add_rows(int n, const float* x, const float* b, ptrdiff_t row_stride, int rows, float* c) {
  const float* b1 = b + (rows > 1 ? row_stride : 0);
  const float* b2 = b + (rows > 2 ? 2 * row_stride : 0);
  const float* b3 = b + (rows > 3 ? 3 * row_stride : 0);
  const float x1 = rows > 1 ? x[1] : 0, x2 = rows > 2 ? x[2] : 0, x3 = rows > 3 ? x[3] : 0;
  const F32x4 v0 = splat(x[0]), v1 = splat(x1), v2 = splat(x2), v3 = splat(x3);
  int j = 0;
  if (rows == 4) {
    for (; j + kLanes <= n; j += kLanes) {
      const F32x4 first = madd(v1, load(b1 + j), v0 * load(b + j));
      const F32x4 second = madd(v3, load(b3 + j), v2 * load(b2 + j));
      store(c + j, load(c + j) + (first + second));
    }
    for (; j < n; ++j) c[j] += (x[0] * b[j] + x1 * b1[j]) + (x2 * b2[j] + x3 * b3[j]);
    return;
  }
  for (int r = 0; r < rows; ++r) {
    const float* row = b + r * row_stride;
    const F32x4 v = splat(x[r]);
    for (j = 0; j + kLanes <= n; j += kLanes) store(c + j, madd(v, load(row + j), load(c + j)));
    for (; j < n; ++j) c[j] += x[r] * row[j];
  }
}

/// The dot products of x with `kCount` columns of b, each of which lies side by side.
template <int kCount>
void dots(int k, const float* x, const float* b, ptrdiff_t col_stride, float* out) {
  F32x4 sums[kCount][2] = {};
  int p = 0;
  for (; p + 2 * kLanes <= k; p += 2 * kLanes) {
    const F32x4 x0 = load(x + p), x1 = load(x + p + kLanes);
#pragma clang loop unroll(full)
    for (int j = 0; j < kCount; ++j) {
      sums[j][0] = madd(x0, load(b + j * col_stride + p), sums[j][0]);
      sums[j][1] = madd(x1, load(b + j * col_stride + p + kLanes), sums[j][1]);
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < kCount; ++j) {
    float total = simd::sum(sums[j][0] + sums[j][1]);
    for (int q = p; q < k; ++q) total += x[q] * b[j * col_stride + q];
    out[j] = total;
  }
}

/// Columns [first, last) where rows of b lie side by side.
void sum_rows(int first, int last, int k, const float* x, MatrixRef b, float* c, bool accumulate) {
  if (!accumulate) std::fill(c + first, c + last, 0.0f);
  // A stretch of c that stays in the first-level cache.
  constexpr int kStretch = 2048;
  for (int j = first; j < last; j += kStretch) {
    const int width = std::min(kStretch, last - j);
    for (int p = 0; p < k; p += 4) {
      add_rows(width, x + p, b.data + p * b.row_stride + j, b.row_stride, std::min(4, k - p),
               c + j);
    }
  }
}

/// Columns [first, last), each of which lies side by side.
void dot_columns(int first, int last, int k, const float* x, MatrixRef b, float* c,
                 bool accumulate) {
  float sums[4];
  for (int j = first; j < last; j += 4) {
    const float* columns = b.data + j * b.col_stride;
    const int count = std::min(4, last - j);
    if (count == 4) {
      dots<4>(k, x, columns, b.col_stride, sums);
    } else {
      for (int i = 0; i < count; ++i)
        dots<1>(k, x, columns + i * b.col_stride, b.col_stride, sums + i);
    }
    for (int i = 0; i < count; ++i) c[j + i] = accumulate ? c[j + i] + sums[i] : sums[i];
  }
}

}  // namespace

bool gemv(int n, int k, MatrixRef a, MatrixRef b, float* c, const Epilogue& epilogue) {
  if (b.col_stride != 1 && b.row_stride != 1) return false;
  const float* x = a.data;
  if (a.col_stride != 1) {
    float* dense = scratch_floats(ScratchUse::kPackA, static_cast<size_t>(k));
    for (int p = 0; p < k; ++p) dense[p] = a.data[p * a.col_stride];
    x = dense;
  }
  const int groups = (n + kGroup - 1) / kGroup;
  parallel_for(groups, grain_for(static_cast<int64_t>(k) * kGroup / kLanes),
               [&](int begin, int end) {
                 const int first = begin * kGroup, last = std::min(end * kGroup, n);
                 if (b.col_stride == 1) {
                   sum_rows(first, last, k, x, b, c, epilogue.accumulate);
                 } else {
                   dot_columns(first, last, k, x, b, c, epilogue.accumulate);
                 }
               });
  const TileEpilogue tile = tile_epilogue(epilogue);
  for (int j = 0; tile.bias && j < n; ++j) c[j] += tile.bias[j];
  for (int j = 0; tile.at_least_zero && j < n; ++j) c[j] = c[j] < 0 ? 0 : c[j];
  for (int j = 0; tile.at_most_six && j < n; ++j) c[j] = c[j] > 6 ? 6 : c[j];
  finish_activation(epilogue.activation, 1, n, c, n);
  return true;
}

}  // namespace heddle::kernels

#pragma once

#include "kernels/gemm.h"
#include "kernels/simd.h"

/// The micro-kernel that products and convolutions share. It is what most of the time is spent in.
namespace heddle::kernels {

/// A tile of the result: kTileRows x kTileCols (two vectors) of sums that stay in registers. Four
/// rows, not the usual six: 8 sums + 2 columns + a row + a product need 12 registers, which the
/// register allocators of all engines manage; with 12 sums those of Node 20 and 22 spill (measured:
/// 35 against 28 GFLOP/s).
inline constexpr int kTileRows = 4;
inline constexpr int kTileCols = 2 * simd::kLanes;

/// The left operand of a tile: element (r, p) with p = s * length + i lies at
/// `rows[r] + s * segment_step + i * step`. A matrix is one segment; the patches of a convolution
/// are one segment per row of the filter.
struct TileRows {
  const float* rows[kTileRows];
  ptrdiff_t step = 1;
  ptrdiff_t segment_step = 0;
  int segments = 1;
  int length = 0;
};

/// What happens to a tile's sums. bias belongs to the columns of the first tile.
struct TileEpilogue {
  const float* bias = nullptr;
  bool accumulate = false;
  bool at_least_zero = false;  // relu and relu6
  bool at_most_six = false;    // relu6
};

/// `count` tiles side by side, kRows rows by kVectors vectors of columns each: for tile t,
/// c[r][j] = epilogue(sum over p of a(r, p) * b[t * b_tile_step + p * b_step + j]), j counting on
/// from tile to tile.
template <int kRows, int kVectors>
void run_tiles(int count, const TileRows& a, const float* b, ptrdiff_t b_step,
               ptrdiff_t b_tile_step, float* const* c, const TileEpilogue& epilogue) {
  using simd::F32x4;
  constexpr int kLanes = simd::kLanes;
  constexpr int kCols = kVectors * kLanes;
  // One offset for all rows, in bytes: of all ways to state it the one that engines make least of.
  const int step = static_cast<int>(a.step * sizeof(float));
  const int length = a.length * step;
  for (int t = 0; t < count; ++t) {
    F32x4 sums[kRows][kVectors] = {};
    const float* at = b + t * b_tile_step;
    for (int s = 0; s < a.segments; ++s) {
      const char* row[kRows];
      for (int r = 0; r < kRows; ++r) {
        row[r] = reinterpret_cast<const char*>(a.rows[r] + s * a.segment_step);
      }
      for (int i = 0; i != length; i += step) {
        F32x4 columns[kVectors];
        for (int v = 0; v < kVectors; ++v) columns[v] = simd::load(at + v * kLanes);
        for (int r = 0; r < kRows; ++r) {
          const F32x4 x = simd::splat(*reinterpret_cast<const float*>(row[r] + i));
          for (int v = 0; v < kVectors; ++v) sums[r][v] = simd::madd(x, columns[v], sums[r][v]);
        }
        at += b_step;
      }
    }
    for (int v = 0; v < kVectors; ++v) {
      const int j = t * kCols + v * kLanes;
      if (epilogue.accumulate) {
        for (int r = 0; r < kRows; ++r) sums[r][v] += simd::load(c[r] + j);
      }
      if (epilogue.bias) {
        const F32x4 bias = simd::load(epilogue.bias + j);
        for (int r = 0; r < kRows; ++r) sums[r][v] += bias;
      }
      if (epilogue.at_least_zero) {
        for (int r = 0; r < kRows; ++r) sums[r][v] = simd::max_keep(sums[r][v], F32x4{});
      }
      if (epilogue.at_most_six) {
        for (int r = 0; r < kRows; ++r) sums[r][v] = simd::min_keep(sums[r][v], simd::splat(6.0f));
      }
      for (int r = 0; r < kRows; ++r) simd::store(c[r] + j, sums[r][v]);
    }
  }
}

}  // namespace heddle::kernels

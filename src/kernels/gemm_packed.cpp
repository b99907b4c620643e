#include "kernels/gemm_packed.h"

#include <algorithm>

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;

template <int kLane>
F32x4 splat_lane(F32x4 v) {
  return __builtin_shufflevector(v, v, kLane, kLane, kLane, kLane);
}

/// The kPackedRows elements of a column of the left operand, each in all lanes. With fused
/// multiply-add, four come by one load: the engines load all operands of an iteration first and
/// keep them in registers, while they place shuffles where they are needed.
void splat_rows(const float* a, F32x4 (&x)[kPackedRows]) {
  if constexpr (kPackedRows > kLanes) {
    const F32x4 four = simd::load(a);
    x[0] = splat_lane<0>(four);
    x[1] = splat_lane<1>(four);
    x[2] = splat_lane<2>(four);
    x[3] = splat_lane<3>(four);
    for (int r = kLanes; r < kPackedRows; ++r) x[r] = simd::splat(a[r]);
  } else {
    for (int r = 0; r < kPackedRows; ++r) x[r] = simd::splat(a[r]);
  }
}

/// One tile: c = epilogue(a · b), kPackedRows x kTileCols. a is packed; rows of b are `b_step`
/// apart. Sums are stored row by row: the engines of today order the multiplications as the sums
/// are used in the end, and so a splat row is dead before the next one is made (column by column:
/// 25 GFLOP/s, row by row: 41).
[[gnu::noinline]] void run_packed_tile(int depth, const float* a, const float* b, ptrdiff_t b_step,
                                       float* c, ptrdiff_t ldc, const TileEpilogue& epilogue) {
  F32x4 sums[kPackedRows][2] = {};
  const float* const end = a + static_cast<ptrdiff_t>(depth) * kPackedRows;
  do {
    const F32x4 b0 = simd::load(b), b1 = simd::load(b + kLanes);
    F32x4 x[kPackedRows];
    splat_rows(a, x);
    for (int r = 0; r < kPackedRows; ++r) {
      sums[r][0] = simd::madd(x[r], b0, sums[r][0]);
      sums[r][1] = simd::madd(x[r], b1, sums[r][1]);
    }
    a += kPackedRows;
    b += b_step;
  } while (a != end);
  for (int r = 0; r < kPackedRows; ++r, c += ldc) {
    for (int v = 0; v < 2; ++v) {
      F32x4 sum = sums[r][v];
      if (epilogue.accumulate) sum += simd::load(c + v * kLanes);
      if (epilogue.bias) sum += simd::load(epilogue.bias + v * kLanes);
      if (epilogue.at_least_zero) sum = simd::max_keep(sum, F32x4{});
      if (epilogue.at_most_six) sum = simd::min_keep(sum, simd::splat(6.0f));
      simd::store(c + v * kLanes, sum);
    }
  }
}

/// One tile's rows, fewer than kPackedRows or in no convenient order.
void pack_some_rows(int rows, int depth, MatrixRef a, float* out) {
  for (int p = 0; p < depth; ++p, out += kPackedRows) {
    for (int r = 0; r < rows; ++r) out[r] = a.data[r * a.row_stride + p * a.col_stride];
  }
}

/// kPackedRows rows.
void pack_whole_tile(int depth, MatrixRef a, float* out) {
  int p = 0;
  if (a.row_stride == 1) {
    for (; p < depth; ++p, out += kPackedRows) {
      const float* column = a.data + p * a.col_stride;
      simd::store(out, simd::load(column));
      for (int r = kLanes; r < kPackedRows; ++r) out[r] = column[r];
    }
  } else if (a.col_stride == 1) {
    const float* row[kPackedRows];
    for (int r = 0; r < kPackedRows; ++r) row[r] = a.data + r * a.row_stride;
    for (; p + kLanes <= depth; p += kLanes) out = pack_four_columns(row, p, out);
  }
  pack_some_rows(kPackedRows, depth - p, {a.data + p * a.col_stride, a.row_stride, a.col_stride},
                 out);
}

}  // namespace

float* pack_four_columns(const float* const* rows, ptrdiff_t first, float* out) {
  F32x4 v0 = simd::load(rows[0] + first), v1 = simd::load(rows[1] + first);
  F32x4 v2 = simd::load(rows[2] + first), v3 = simd::load(rows[3] + first);
  simd::transpose(v0, v1, v2, v3);
  simd::store(out, v0);
  simd::store(out + kPackedRows, v1);
  simd::store(out + 2 * kPackedRows, v2);
  simd::store(out + 3 * kPackedRows, v3);
  for (int r = kLanes; r < kPackedRows; ++r) {
    for (int i = 0; i < kLanes; ++i) out[i * kPackedRows + r] = rows[r][first + i];
  }
  return out + kLanes * kPackedRows;
}

void pack_rows(int rows, int depth, MatrixRef a, float* out) {
  for (int i = 0; i < rows; i += kPackedRows) {
    const MatrixRef tile{a.data + i * a.row_stride, a.row_stride, a.col_stride};
    if (rows - i >= kPackedRows) {
      pack_whole_tile(depth, tile, out);
    } else {
      pack_some_rows(rows - i, depth, tile, out);
    }
    out += static_cast<ptrdiff_t>(depth) * kPackedRows;
  }
}

void run_packed_rows(int rows, int depth, const float* a, const Panels& panels, int first, int last,
                     float* c, ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const int whole_rows = rows / kPackedRows * kPackedRows;
  const int whole = std::min(last, panels.cols / kTileCols);
  for (int panel = first; panel < whole; ++panel) {
    const int j = panel * kTileCols;
    TileEpilogue here = epilogue;
    if (here.bias) here.bias += j;
    for (int i = 0; i < whole_rows; i += kPackedRows) {
      run_packed_tile(depth, a + static_cast<ptrdiff_t>(i) * depth,
                      panels.data + panel * panels.panel_step, panels.row_step, c + i * ldc + j,
                      ldc, here);
    }
  }
  // What fills no whole tile: the last rows in all panels, the last columns in all rows.
  TileRows tile;
  tile.step = kPackedRows;
  tile.length = depth;
  for (int i = whole < last ? 0 : whole_rows; i < rows;) {
    const float* packed = a + static_cast<ptrdiff_t>(i / kPackedRows * kPackedRows) * depth;
    const int count = std::min({kTileRows, kPackedRows - i % kPackedRows, rows - i});
    float* out[kTileRows];
    for (int r = 0; r < count; ++r) {
      tile.rows[r] = packed + i % kPackedRows + r;
      out[r] = c + (i + r) * ldc;
    }
    run_tile_row(count, tile, panels, i < whole_rows ? whole : first, last, out, epilogue);
    i += count;
  }
}

}  // namespace heddle::kernels

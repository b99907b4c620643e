#pragma once

#include "kernels/gemm_panels.h"

/// Products whose left operand is packed too: the fastest way, where packing pays.
namespace heddle::kernels {

// Rows of a tile whose left operand is packed. With fused multiply-add, eight sums that each wait
// four cycles for the one before keep two units just busy, with no slack; five rows make ten.
// Without it, 4 x 2 sums and the products on their way already fill the 15 registers that engines
// hand out.
#if defined(__wasm_simd128__) && !defined(__wasm_relaxed_simd__)
inline constexpr int kPackedRows = 4;
#else
inline constexpr int kPackedRows = 5;
#endif

// Packed rows that stay in the second-level cache while all panels pass over them.
inline constexpr int kPackedBlockRows = 20 * kPackedRows;

/// Floats that `rows` packed rows of `depth` elements take.
inline size_t packed_rows_size(int rows, int depth) {
  return static_cast<size_t>(rows + kPackedRows - 1) / kPackedRows * kPackedRows * depth;
}

/// Packs a[0, rows) x [0, depth) into `out` (packed_rows_size floats): tile t is [depth,
/// kPackedRows] at out + t * kPackedRows * depth. Rows that fill up the last tile are unspecified.
void pack_rows(int rows, int depth, MatrixRef a, float* out);

/// Packs columns [first, first + 4) of kPackedRows rows whose elements lie side by side; returns
/// where the next column goes.
float* pack_four_columns(const float* const* rows, ptrdiff_t first, float* out);

/// Rows [0, rows) of the result, over panels [first, last) of all. c points to
/// row 0, column 0; columns beyond panels.cols are not touched.
void run_packed_rows(int rows, int depth, const float* a, const Panels& panels, int first, int last,
                     float* c, ptrdiff_t ldc, const TileEpilogue& epilogue);

}  // namespace heddle::kernels

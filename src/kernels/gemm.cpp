#include "kernels/gemm.h"

#include <algorithm>

#include "kernels/gemm_panels.h"
#include "kernels/gemv.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

// Rows of the left operand from which packing the right one pays, although it could be used in
// place; and the row stride (floats) from which each row of it is on a page of its own.
constexpr int kPackFromRows = 64;
constexpr ptrdiff_t kFarRows = 1024;
// Panels from which packing rows of the left operand pays, if they do not lie side by side.
constexpr int kPackRowsFromPanels = 4;

/// out[p * kTileRows + r] = a(r, p): one tile's rows of the left operand.
void pack_rows(int rows, int depth, MatrixRef a, float* out) {
  if (rows == kTileRows && a.row_stride == 1) {
    for (int p = 0; p < depth; ++p) {
      simd::store(out + p * kTileRows, simd::load(a.data + p * a.col_stride));
    }
    return;
  }
  for (int p = 0; p < depth; ++p) {
    for (int r = 0; r < rows; ++r) {
      out[p * kTileRows + r] = a.data[r * a.row_stride + p * a.col_stride];
    }
  }
}

/// Rows [begin, end) of c over one k-block.
void run_rows(int begin, int end, int depth, MatrixRef a, const Panels& panels, float* c,
              ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const int count = panel_count(panels);
  const bool small = depth * panels.cols <= kSmallPanels;
  const int block = small ? kTileRows : kBlockRows;
  // A left operand whose rows do not lie side by side is packed, if it is used often enough.
  float* packed = nullptr;
  if (a.col_stride != 1 && count >= kPackRowsFromPanels) {
    packed = scratch_floats(ScratchUse::kPackA, static_cast<size_t>(block) * depth);
  }
  TileRows tile;
  tile.step = packed ? kTileRows : a.col_stride;
  tile.length = depth;
  for (int i0 = begin; i0 < end; i0 += block) {
    const int i1 = std::min(i0 + block, end);
    for (int i = i0; packed && i < i1; i += kTileRows) {
      const MatrixRef rows{a.data + i * a.row_stride, a.row_stride, a.col_stride};
      pack_rows(std::min(kTileRows, i1 - i), depth, rows, packed + (i - i0) * depth);
    }
    // Panel by panel over the block's tiles; or, if all panels are at hand anyway, tile by tile.
    const int group = small ? count : 1;
    for (int panel = 0; panel < count; panel += group) {
      for (int i = i0; i < i1; i += kTileRows) {
        const int rows = std::min(kTileRows, i1 - i);
        float* out[kTileRows];
        for (int r = 0; r < rows; ++r) {
          tile.rows[r] = packed ? packed + (i - i0) * depth + r : a.data + (i + r) * a.row_stride;
          out[r] = c + (i + r) * ldc;
        }
        run_tile_row(rows, tile, panels, panel, std::min(panel + group, count), out, epilogue);
      }
    }
  }
}

/// k = 0: the product is zero.
void run_empty(int m, int n, float* c, ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const Panels panels{c, 0, 0, c, n};  // never read
  run_rows(0, m, 0, {c, 0, 0}, panels, c, ldc, epilogue);
}

}  // namespace

void gemm(int m, int n, int k, MatrixRef a, MatrixRef b, float* c, ptrdiff_t ldc,
          const Epilogue& epilogue) {
  if (m <= 0 || n <= 0) return;
  const TileEpilogue whole = tile_epilogue(epilogue);
  if (k <= 0) {
    run_empty(m, n, c, ldc, whole);
  } else if (m == 1 && gemv(n, k, a, b, c, epilogue)) {
    return;
  } else {
    const bool in_place = b.col_stride == 1 && (m < kPackFromRows || k * n <= kSmallPanels) &&
                          (b.row_stride < kFarRows || m < kPackFromRows / 4);
    // Blocks of about equal depth: a short last one would spend its time on loading and storing c.
    const int blocks = (k + kBlockDepth - 1) / kBlockDepth;
    const int even = (k + blocks - 1) / blocks;
    for (int p = 0; p < k; p += even) {
      const int depth = std::min(even, k - p);
      const MatrixRef b_block{b.data + p * b.row_stride, b.row_stride, b.col_stride};
      const MatrixRef a_block{a.data + p * a.col_stride, a.row_stride, a.col_stride};
      float* packed = scratch_floats(ScratchUse::kPackB,
                                     packed_size(depth, in_place ? std::min(n, kTileCols) : n));
      const Panels panels = in_place ? panels_in_place(depth, n, b_block, packed)
                                     : pack_panels(depth, n, b_block, packed);
      TileEpilogue block = whole;
      if (p > 0) block.accumulate = true;
      if (p + depth < k) {
        block.bias = nullptr;
        block.at_least_zero = block.at_most_six = false;
      }
      parallel_for(m, kBlockRows, [&](int begin, int end) {
        run_rows(begin, end, depth, a_block, panels, c, ldc, block);
      });
    }
  }
  finish_activation(epilogue.activation, m, n, c, ldc);
}

void gemm_batched(int batch, int m, int n, int k, MatrixRef a, ptrdiff_t a_step, MatrixRef b,
                  ptrdiff_t b_step, float* c, ptrdiff_t ldc, ptrdiff_t c_step,
                  const Epilogue& epilogue) {
  for (int i = 0; i < batch; ++i) {
    gemm(m, n, k, {a.data + i * a_step, a.row_stride, a.col_stride},
         {b.data + i * b_step, b.row_stride, b.col_stride}, c + i * c_step, ldc, epilogue);
  }
}

}  // namespace heddle::kernels

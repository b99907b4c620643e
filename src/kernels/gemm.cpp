#include "kernels/gemm.h"

#include <algorithm>
#include <cstdint>

#include "kernels/gemm_packed.h"
#include "kernels/gemv.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

// A block of the left operand (kBlockRows x kBlockDepth floats) stays in the second-level cache
// while all panels pass over it; one panel (kBlockDepth x 8 floats) stays in the first-level cache
// meanwhile.
constexpr int kBlockDepth = 512;
// Rows of the left operand from which packing the right one pays, although it could be used in
// place; and the row stride (floats) from which each row of it is on a page of its own.
constexpr int kPackFromRows = 64;
constexpr ptrdiff_t kFarRows = 1024;
// The sizes from which packing both pays.
constexpr int kPackBothFromRows = 40;
constexpr int kPackBothFromCols = 80;
constexpr int kPackBothFromDepth = 16;
// Rows up to which packing the right operand is a good part of the work (of 512: 2 %).
constexpr int kPackingShowsToRows = 512;

/// A part of a product: some rows of the left operand, some panels of the right one.
struct Part {
  int rows_begin, rows_end;
  int panels_begin, panels_end;
};

/// That part of c over one k-block, the left operand packed.
void run_packed(const Part& part, int depth, MatrixRef a, const Panels& panels, float* c,
                ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const int block = std::min(kPackedBlockRows, part.rows_end - part.rows_begin);
  float* packed = scratch_floats(ScratchUse::kPackA, packed_rows_size(block, depth));
  for (int i = part.rows_begin; i < part.rows_end; i += kPackedBlockRows) {
    const int rows = std::min(kPackedBlockRows, part.rows_end - i);
    pack_rows(rows, depth, {a.data + i * a.row_stride, a.row_stride, a.col_stride}, packed);
    run_packed_rows(rows, depth, packed, panels, part.panels_begin, part.panels_end, c + i * ldc,
                    ldc, epilogue);
  }
}

/// That part of c over one k-block, the left operand as it lies.
void run_unpacked(const Part& part, int depth, MatrixRef a, const Panels& panels, float* c,
                  ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const int count = part.panels_end - part.panels_begin;
  const bool small = depth * count * kTileCols <= kSmallPanels;
  const int block = small ? kTileRows : kBlockRows;
  TileRows tile;
  tile.step = a.col_stride;
  tile.length = depth;
  for (int i0 = part.rows_begin; i0 < part.rows_end; i0 += block) {
    const int i1 = std::min(i0 + block, part.rows_end);
    // Panel by panel over the block's tiles; or, if all panels are at hand anyway, tile by tile.
    const int group = small ? count : 1;
    for (int panel = part.panels_begin; panel < part.panels_end; panel += group) {
      for (int i = i0; i < i1; i += kTileRows) {
        const int rows = std::min(kTileRows, i1 - i);
        float* out[kTileRows];
        for (int r = 0; r < rows; ++r) {
          tile.rows[r] = a.data + (i + r) * a.row_stride;
          out[r] = c + (i + r) * ldc;
        }
        run_tile_row(rows, tile, panels, panel, std::min(panel + group, part.panels_end), out,
                     epilogue);
      }
    }
  }
}

/// All of c over one k-block, cut between the threads along its longer side: then each passes over
/// less of the longer operand.
void run_block(bool pack, int m, int depth, MatrixRef a, const Panels& panels, float* c,
               ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const auto run = pack ? run_packed : run_unpacked;
  const int count = panel_count(panels);
  const int tile_rows = pack ? kPackedRows : kTileRows;
  const int tiles = (m + tile_rows - 1) / tile_rows;
  const int64_t tile_work = static_cast<int64_t>(depth) * tile_rows * kTileCols / simd::kLanes;
  if (m >= panels.cols) {
    parallel_for(tiles, grain_for(tile_work * count), [&](int begin, int end) {
      run({begin * tile_rows, std::min(end * tile_rows, m), 0, count}, depth, a, panels, c, ldc,
          epilogue);
    });
  } else {
    // Every piece packs the left operand for itself, if at all: then no more than one for a thread.
    const int fair = pack ? (count + thread_count() - 1) / thread_count() : 1;
    parallel_for(count, std::max(fair, grain_for(tile_work * tiles)), [&](int begin, int end) {
      run({0, m, begin, end}, depth, a, panels, c, ldc, epilogue);
    });
  }
}

/// k = 0: the product is zero.
void run_empty(int m, int n, float* c, ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const Panels panels{c, 0, 0, c, n};  // never read
  run_unpacked({0, m, 0, panel_count(panels)}, 0, {c, 0, 0}, panels, c, ldc, epilogue);
}

/// The product of m rows with one column: a row times a matrix, seen from the other side.
bool run_column(int m, int k, MatrixRef a, MatrixRef b, float* c, const Epilogue& epilogue) {
  if (a.row_stride != 1 && a.col_stride != 1) return false;
  Epilogue turned = epilogue;
  if (epilogue.bias) {  // one for the column, not for each row
    for (int i = 0; i < m; ++i) c[i] = (epilogue.accumulate ? c[i] : 0.0f) + *epilogue.bias;
    turned.bias = nullptr;
    turned.accumulate = true;
  }
  return gemv(m, k, {b.data, 0, b.row_stride}, {a.data, a.col_stride, a.row_stride}, c, turned);
}

/// The depth of the blocks into which k is cut. They are about equal: a short last one would spend
/// its time on loading and storing c.
int block_depth(int k) {
  const int blocks = (k + kBlockDepth - 1) / kBlockDepth;
  return (k + blocks - 1) / blocks;
}

bool packs_both(int m, int n, int k) {
  return m >= kPackBothFromRows && n >= kPackBothFromCols && k >= kPackBothFromDepth;
}

/// Whether the right operand, whose rows are `row_stride` apart, is used where it lies.
bool stays_in_place(int m, int n, int k, ptrdiff_t row_stride) {
  return !packs_both(m, n, k) && (m < kPackFromRows || k * n <= kSmallPanels) &&
         (row_stride < kFarRows || m < kPackFromRows / 4);
}

/// Goes through the blocks of k. The right operand is `b`, or where `packed_b` is not null, lies
/// there as pack_matrix leaves it.
void run_blocks(int m, int n, int k, MatrixRef a, MatrixRef b, const float* packed_b, float* c,
                ptrdiff_t ldc, const TileEpilogue& epilogue) {
  const bool in_place = b.col_stride == 1 && stays_in_place(m, n, k, b.row_stride);
  const auto panels_of = [&](int p, int depth) {
    if (packed_b) return panels_at(packed_b + packed_size(p, n), depth, n);
    const MatrixRef block{b.data + p * b.row_stride, b.row_stride, b.col_stride};
    float* room = scratch_floats(ScratchUse::kPackB,
                                 packed_size(depth, in_place ? std::min(n, kTileCols) : n));
    return in_place ? panels_in_place(depth, n, block, room) : pack_panels(depth, n, block, room);
  };
  const bool pack_both = packs_both(m, n, k);
  const int even = block_depth(k);
  for (int p = 0; p < k; p += even) {
    const int depth = std::min(even, k - p);
    TileEpilogue block = epilogue;
    if (p > 0) block.accumulate = true;
    if (p + depth < k) {
      block.bias = nullptr;
      block.at_least_zero = block.at_most_six = false;
    }
    run_block(pack_both, m, depth, {a.data + p * a.col_stride, a.row_stride, a.col_stride},
              panels_of(p, depth), c, ldc, block);
  }
}

}  // namespace

void gemm(int m, int n, int k, MatrixRef a, MatrixRef b, float* c, ptrdiff_t ldc,
          const Epilogue& epilogue) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    run_empty(m, n, c, ldc, tile_epilogue(epilogue));
  } else if ((m == 1 && gemv(n, k, a, b, c, epilogue)) ||
             (n == 1 && ldc == 1 && run_column(m, k, a, b, c, epilogue))) {
    return;
  } else {
    run_blocks(m, n, k, a, b, nullptr, c, ldc, tile_epilogue(epilogue));
  }
  finish_activation(epilogue.activation, m, n, c, ldc);
}

bool packing_shows(int m, int n, int k) {
  const bool hardly_larger = packed_size(4, n) <= 5 * static_cast<size_t>(n);
  return m <= kPackingShowsToRows && k > 0 && hardly_larger && !stays_in_place(m, n, k, n);
}

size_t packed_matrix_size(int n, int k) { return packed_size(k, n); }

void pack_matrix(int n, int k, MatrixRef b, float* out) {
  const int even = block_depth(k);
  for (int p = 0; p < k; p += even) {
    pack_panels(std::min(even, k - p), n, {b.data + p * b.row_stride, b.row_stride, b.col_stride},
                out + packed_size(p, n));
  }
}

void gemm_packed(int m, int n, int k, MatrixRef a, const float* b, float* c, ptrdiff_t ldc,
                 const Epilogue& epilogue) {
  run_blocks(m, n, k, a, {}, b, c, ldc, tile_epilogue(epilogue));
  finish_activation(epilogue.activation, m, n, c, ldc);
}

void gemm_batched(int batch, int m, int n, int k, MatrixRef a, ptrdiff_t a_step, MatrixRef b,
                  ptrdiff_t b_step, float* c, ptrdiff_t ldc, ptrdiff_t c_step,
                  const Epilogue& epilogue) {
  // Few products are cut in themselves.
  const int64_t work = static_cast<int64_t>(m) * n * k / simd::kLanes;
  const int grain = batch < 2 * thread_count() ? batch : grain_for(work);
  parallel_for(batch, grain, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      gemm(m, n, k, {a.data + i * a_step, a.row_stride, a.col_stride},
           {b.data + i * b_step, b.row_stride, b.col_stride}, c + i * c_step, ldc, epilogue);
    }
  });
}

}  // namespace heddle::kernels

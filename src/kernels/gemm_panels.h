#pragma once

#include "kernels/gemm_kernel.h"

/// What products and convolutions share around the micro-kernel: panels of the right operand, and
/// rows of tiles that run over them.
namespace heddle::kernels {

// Rows of a left operand that pass over one panel after the other.
inline constexpr int kBlockRows = 96;
// A right operand of at most this many floats is near enough to be passed over whole for each tile
// of rows, which writes the result row by row.
inline constexpr int kSmallPanels = 16384;

/// The right operand, one k-block of it, cut into panels of kTileCols columns. Panel j begins at
/// `data + j * panel_step`; its rows are `row_step` apart. The columns that fill no whole panel lie
/// packed, with zeros added, in `tail`, whose rows are kTileCols apart.
struct Panels {
  const float* data = nullptr;
  ptrdiff_t panel_step = 0;
  ptrdiff_t row_step = 0;
  const float* tail = nullptr;
  int cols = 0;
};

/// Copies b[0, k) x [0, cols) to `out`, rows kTileCols apart, zeros added to the right. cols <=
/// kTileCols.
void pack_panel(int k, int cols, MatrixRef b, float* out);

/// Floats needed to pack a matrix of k rows whole.
inline size_t packed_size(int k, int cols) {
  return static_cast<size_t>(k) * ((cols + kTileCols - 1) / kTileCols * kTileCols);
}

/// Panels that lie packed at `data` (packed_size floats).
Panels panels_at(const float* data, int k, int cols);

/// Packs all of b[0, k) x [0, cols) into `out` (packed_size floats).
Panels pack_panels(int k, int cols, MatrixRef b, float* out);

/// Uses b where it lies (col_stride 1), but for its last columns: those go to `out` (k * kTileCols
/// floats).
Panels panels_in_place(int k, int cols, MatrixRef b, float* out);

/// The part of an epilogue that the tiles apply themselves. What is left for later passes: sigmoid
/// and tanh.
TileEpilogue tile_epilogue(const Epilogue& epilogue);

/// `count` rows (1 to kTileRows) of the result, over panels [first, last) of all. c[r] points to
/// column 0 of row r; columns beyond panels.cols are not touched.
void run_tile_row(int count, const TileRows& a, const Panels& panels, int first, int last,
                  float* const* c, const TileEpilogue& epilogue);

/// Panels, the tail included.
inline int panel_count(const Panels& panels) { return (panels.cols + kTileCols - 1) / kTileCols; }

/// Sigmoid or tanh over finished rows; nothing for the others.
void finish_activation(Activation activation, int rows, int cols, float* c, ptrdiff_t ldc);

}  // namespace heddle::kernels

#include "kernels/gemm_panels.h"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.h"
#include "kernels/simd_math.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;

using TilesFn = void (*)(int, const TileRows&, const float*, ptrdiff_t, ptrdiff_t, float* const*,
                         const TileEpilogue&);

// By rows and vectors: the edges have kernels of their own size, so nothing is computed in vain but
// the columns that fill the last vector.
constexpr TilesFn kTiles[kTileRows][2] = {{run_tiles<1, 1>, run_tiles<1, 2>},
                                          {run_tiles<2, 1>, run_tiles<2, 2>},
                                          {run_tiles<3, 1>, run_tiles<3, 2>},
                                          {run_tiles<4, 1>, run_tiles<4, 2>}};

/// A tile of which only the first `cols` columns exist: it is made in a spare tile and copied.
void run_edge_tile(int count, const TileRows& a, const float* b, float* const* c, int cols,
                   const TileEpilogue& epilogue) {
  float spare[kTileRows][kTileCols];
  float bias[kTileCols] = {};
  float* rows[kTileRows];
  TileEpilogue edge = epilogue;
  if (epilogue.bias) {
    std::copy_n(epilogue.bias, cols, bias);
    edge.bias = bias;
  }
  for (int r = 0; r < count; ++r) {
    rows[r] = spare[r];
    if (epilogue.accumulate) {
      std::fill_n(spare[r], kTileCols, 0.0f);
      std::copy_n(c[r], cols, spare[r]);
    }
  }
  kTiles[count - 1][cols > kLanes ? 1 : 0](1, a, b, kTileCols, 0, rows, edge);
  for (int r = 0; r < count; ++r) std::copy_n(spare[r], cols, c[r]);
}

}  // namespace

void pack_panel(int k, int cols, MatrixRef b, float* out) {
  int j = 0;
  if (b.col_stride == 1 && cols == kTileCols) {
    for (int p = 0; p < k; ++p) {
      const float* row = b.data + p * b.row_stride;
      simd::store(out + p * kTileCols, simd::load(row));
      simd::store(out + p * kTileCols + kLanes, simd::load(row + kLanes));
    }
    return;
  }
  if (b.row_stride == 1) {  // transposed: four columns at a time
    for (; j + kLanes <= cols; j += kLanes) {
      const float* from = b.data + j * b.col_stride;
      int p = 0;
      for (; p + kLanes <= k; p += kLanes) {
        F32x4 v0 = simd::load(from + p), v1 = simd::load(from + b.col_stride + p);
        F32x4 v2 = simd::load(from + 2 * b.col_stride + p);
        F32x4 v3 = simd::load(from + 3 * b.col_stride + p);
        simd::transpose(v0, v1, v2, v3);
        float* to = out + p * kTileCols + j;
        simd::store(to, v0);
        simd::store(to + kTileCols, v1);
        simd::store(to + 2 * kTileCols, v2);
        simd::store(to + 3 * kTileCols, v3);
      }
      for (; p < k; ++p) {
        for (int v = 0; v < kLanes; ++v) out[p * kTileCols + j + v] = from[v * b.col_stride + p];
      }
    }
  }
  for (int p = 0; p < k; ++p) {
    const float* row = b.data + p * b.row_stride;
    for (int i = j; i < cols; ++i) out[p * kTileCols + i] = row[i * b.col_stride];
    for (int i = cols; i < kTileCols; ++i) out[p * kTileCols + i] = 0;
  }
}

Panels panels_at(const float* data, int k, int cols) {
  const ptrdiff_t panel_size = static_cast<ptrdiff_t>(k) * kTileCols;
  const float* tail = cols % kTileCols == 0 ? nullptr : data + cols / kTileCols * panel_size;
  return {data, panel_size, kTileCols, tail, cols};
}

Panels pack_panels(int k, int cols, MatrixRef b, float* out) {
  const Panels panels = panels_at(out, k, cols);
  parallel_for(panel_count(panels), grain_for(k * 4), [&](int begin, int end) {
    for (int panel = begin; panel < end; ++panel) {
      const int j = panel * kTileCols;
      pack_panel(k, std::min(kTileCols, cols - j),
                 {b.data + j * b.col_stride, b.row_stride, b.col_stride},
                 out + panel * panels.panel_step);
    }
  });
  return panels;
}

Panels panels_in_place(int k, int cols, MatrixRef b, float* out) {
  const int whole = cols / kTileCols * kTileCols;
  if (whole < cols) {
    pack_panel(k, cols - whole, {b.data + whole, b.row_stride, 1}, out);
  }
  return {b.data, kTileCols, b.row_stride, out, cols};
}

TileEpilogue tile_epilogue(const Epilogue& epilogue) {
  TileEpilogue tile;
  tile.bias = epilogue.bias;
  tile.accumulate = epilogue.accumulate;
  tile.at_most_six = epilogue.activation == Activation::kRelu6;
  tile.at_least_zero = tile.at_most_six || epilogue.activation == Activation::kRelu;
  return tile;
}

void run_tile_row(int count, const TileRows& a, const Panels& panels, int first, int last,
                  float* const* c, const TileEpilogue& epilogue) {
  const int whole = std::min(last, panels.cols / kTileCols);
  const int j = first * kTileCols;
  float* rows[kTileRows];
  for (int r = 0; r < count; ++r) rows[r] = c[r] + j;
  TileEpilogue here = epilogue;
  if (here.bias) here.bias += j;
  if (first < whole) {
    kTiles[count - 1][1](whole - first, a, panels.data + first * panels.panel_step, panels.row_step,
                         panels.panel_step, rows, here);
  }
  if (whole < last) {
    const int done = (std::max(whole, first) - first) * kTileCols;
    for (int r = 0; r < count; ++r) rows[r] += done;
    if (here.bias) here.bias += done;
    run_edge_tile(count, a, panels.tail, rows, panels.cols % kTileCols, here);
  }
}

void finish_activation(Activation activation, int rows, int cols, float* c, ptrdiff_t ldc) {
  if (activation != Activation::kSigmoid && activation != Activation::kTanh) return;
  const bool sigmoid = activation == Activation::kSigmoid;
  parallel_for(rows, grain_for(cols * 4), [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      float* const row = c + r * ldc;
      int j = 0;
      for (; j + kLanes <= cols; j += kLanes) {
        const F32x4 x = simd::load(row + j);
        simd::store(row + j, sigmoid ? simd::sigmoid(x) : simd::tanh(x));
      }
      if (const int rest = cols - j; rest > 0) {
        const F32x4 x = simd::load_partial(row + j, rest);
        simd::store_partial(row + j, sigmoid ? simd::sigmoid(x) : simd::tanh(x), rest);
      }
    }
  });
}

}  // namespace heddle::kernels

#include "kernels/conv2d.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>

#include "kernels/correlation.h"
#include "kernels/gemm_packed.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "kernels/winograd.h"

namespace heddle::kernels {
namespace {

// Panels of the right operand that pass over an image at a time: this many floats stay in the
// second-level cache.
constexpr int kPanelGroup = 32768;
// Patch rows shorter than this are packed: the micro-kernel's loop is too short on them as they
// lie.
constexpr int kShortRow = 8;

// The gradient of a filter is summed over about this many cells at a time.
constexpr int kFilterDepth = 384;
// One of so few floats is too little to be cut: it is summed over so many parts of the batch, which
// are added in the end. They are the same for any number of threads.
constexpr int kSmallFilter = 4096;
constexpr int kFilterParts = 8;
// Rows of that gradient from which packing the outputs' gradient pays.
constexpr int kPackFromRows = 32;

/// Whether patches are packed: rows of them, as they lie, are short or have gaps.
bool packs_patches(const Correlation& g) {
  return g.dilation_width != 1 || g.taps_width * g.channels < kShortRow;
}

/// Interleaves the patches at `cells` (up to kTileRows of them): out[p * kTileRows + r] = patch r's
/// element p.
void pack_patches(const Correlation& g, int count, const float* const* cells, float* out) {
  const int run = g.dilation_width == 1 ? g.taps_width * g.channels : g.channels;
  const int runs = g.dilation_width == 1 ? 1 : g.taps_width;
  const ptrdiff_t run_step = static_cast<ptrdiff_t>(g.dilation_width) * g.channels;
  // Four cells side by side in an image of one channel: their elements lie side by side too.
  const bool adjacent = count == kTileRows && cells[3] - cells[0] == 3 && cells[1] - cells[0] == 1;
  for (int ty = 0; ty < g.taps_height; ++ty) {
    for (int s = 0; s < runs; ++s) {
      const ptrdiff_t offset = ty * g.dilation_height * g.row_step() + s * run_step;
      if (adjacent) {
        const float* from = cells[0] + offset;
        for (int i = 0; i < run; ++i) simd::store(out + i * kTileRows, simd::load(from + i));
      } else {
        for (int r = 0; r < count; ++r) {
          const float* from = cells[r] + offset;
          for (int i = 0; i < run; ++i) out[i * kTileRows + r] = from[i];
        }
      }
      out += run * kTileRows;
    }
  }
}

/// Tiles [begin, end) of one image: the grid's cells, four at a time, against panels [first, last).
void correlate_tiles(const Correlation& g, const float* plane, int begin, int end,
                     const Panels& panels, int first, int last, const Destination& to,
                     const TileEpilogue& epilogue, float* packed) {
  TileRows tile;
  const bool packs = packs_patches(g);
  if (packs) {
    tile.step = kTileRows;
    tile.length = g.depth();
  } else {
    tile.length = g.taps_width * g.channels;
    tile.segment_step = g.dilation_height * g.row_step();
  }
  const ptrdiff_t line = g.stride_height * g.row_step();
  const ptrdiff_t step = static_cast<ptrdiff_t>(g.stride_width) * g.channels;
  const int cells = std::min(end * kTileRows, g.grid_height * g.grid_width);
  int i = begin * kTileRows / g.grid_width, j = begin * kTileRows % g.grid_width;
  for (int cell = begin * kTileRows; cell < cells; cell += kTileRows) {
    const int count = std::min(kTileRows, cells - cell);
    const int top_row = i;
    float* out[kTileRows];
    for (int r = 0; r < count; ++r) {
      tile.rows[r] = plane + i * line + j * step;
      out[r] = to.data + i * to.row_step + j * to.cell_step;
      if (++j == g.grid_width) {
        j = 0;
        ++i;
      }
    }
    Panels used = panels;
    if (packs) {
      pack_patches(g, count, tile.rows, packed);
      for (int r = 0; r < count; ++r) tile.rows[r] = packed + r;
    } else {
      // Rows of taps that lie on the border for all cells of the tile meet zeros only.
      const int bottom_row = j == 0 ? i - 1 : i;
      const int outside = g.first_tap_inside(bottom_row);
      tile.segments = std::max(g.taps_inside(top_row) - outside, 0);
      for (int r = 0; r < count; ++r) tile.rows[r] += outside * tile.segment_step;
      used.data += outside * tile.length * used.row_step;
      if (used.tail) used.tail += outside * tile.length * kTileCols;
    }
    run_tile_row(count, tile, used, first, last, out, epilogue);
  }
}

/// All images. Image n begins at src + n * src_step, its results at to.data + n * to_step.
void correlate(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
               const Panels& panels, const Destination& to, ptrdiff_t to_step,
               const TileEpilogue& epilogue) {
  if (g.grid_height <= 0 || g.grid_width <= 0) return;
  const int count = panel_count(panels);
  const int group = std::max(1, kPanelGroup / std::max(1, g.depth() * kTileCols));
  const int tiles = (g.grid_height * g.grid_width + kTileRows - 1) / kTileRows;
  const int64_t tile_work = static_cast<int64_t>(g.depth()) * count * kTileCols;
  const size_t bordered_size = g.bordered_size();
  // Of the thread that asks: room for the image with its border, and for patches.
  const auto room = [&] {
    return scratch_floats(ScratchUse::kPatches,
                          bordered_size + static_cast<size_t>(g.depth()) * kTileRows);
  };
  const auto run_tiles = [&](int n, const float* plane, int begin, int end) {
    const Destination out{to.data + n * to_step, to.row_step, to.cell_step};
    for (int panel = 0; panel < count; panel += group) {
      correlate_tiles(g, plane, begin, end, panels, panel, std::min(panel + group, count), out,
                      epilogue, room() + bordered_size);
    }
  };
  if (batch < 2 * thread_count()) {  // few images are cut in themselves
    for (int n = 0; n < batch; ++n) {
      const float* plane = g.plane(src + n * src_step, room());
      parallel_for(tiles, grain_for(tile_work),
                   [&](int begin, int end) { run_tiles(n, plane, begin, end); });
    }
    return;
  }
  parallel_for(batch, grain_for(tile_work * tiles), [&](int begin, int end) {
    for (int n = begin; n < end; ++n) {
      run_tiles(n, g.plane(src + n * src_step, room()), 0, tiles);
    }
  });
}

/// As `correlate`, by Winograd's way where that pays. `pack` makes the panels of the filter.
template <typename Pack>
void correlate_fast(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
                    const WinogradFilter& filter, int n, const Pack& pack, const Destination& to,
                    ptrdiff_t to_step, const TileEpilogue& epilogue) {
  if (!winograd_pays(g, batch, n)) {
    return correlate(g, batch, src, src_step, pack(), to, to_step, epilogue);
  }
  // A last row or column of cells that would have tiles to itself is done directly.
  const auto is_alone = [](int cells) { return cells > 1 && cells % kWinogradCells == 1; };
  Correlation tiled = g;
  if (is_alone(g.grid_height)) --tiled.grid_height;
  if (is_alone(g.grid_width)) --tiled.grid_width;
  winograd_correlate(tiled, batch, src, src_step, filter, n, to, to_step, epilogue);
  const int rows = g.grid_height - tiled.grid_height, cols = g.grid_width - tiled.grid_width;
  if (rows + cols == 0) return;
  const Panels panels = pack();
  const auto run_rest = [&](const Correlation& rest, ptrdiff_t offset) {
    correlate(rest, batch, src, src_step, panels, {to.data + offset, to.row_step, to.cell_step},
              to_step, epilogue);
  };
  Correlation below = g;
  below.grid_height = rows;
  below.top -= tiled.grid_height;
  run_rest(below, tiled.grid_height * to.row_step);
  Correlation beside = tiled;
  beside.grid_width = cols;
  beside.left -= tiled.grid_width;
  run_rest(beside, tiled.grid_width * to.cell_step);
}

Correlation forward_correlation(const Conv2DGeometry& g) {
  return {g.in_height,      g.in_width,     g.in_channels,   g.out_height,   g.out_width,
          g.kernel_height,  g.kernel_width, g.stride_height, g.stride_width, g.dilation_height,
          g.dilation_width, g.pad_top,      g.pad_left};
}

/// Along one axis: which taps of the filter reach the image cells phase, phase + stride, ..., and
/// where their outputs are.
struct Phase {
  int first;     // the first such tap; the others follow `step` apart
  int step;      // in taps
  int taps;      // how many
  int dilation;  // how far apart, in outputs
  int cells;     // image cells of this phase
  int border;    // outputs before the first cell's first tap, the taps taken last to first
};

Phase phase_of(int phase, int in_size, int kernel, int stride, int dilation, int pad) {
  const int common = std::gcd(stride, dilation);
  Phase result{0, stride / common, 0, dilation / common, 0, 0};
  result.cells = in_size > phase ? (in_size - phase + stride - 1) / stride : 0;
  // Image cell c meets tap t at output (c + pad - t * dilation) / stride, if that is whole.
  int first = 0;
  while (first < kernel && first < result.step && (phase + pad - first * dilation) % stride != 0) {
    ++first;
  }
  if (first >= kernel || first >= result.step) return result;
  result.first = first;
  result.taps = (kernel - first + result.step - 1) / result.step;
  const int output = (phase + pad - first * dilation) / stride;
  result.border = (result.taps - 1) * result.dilation - output;
  return result;
}

/// The filter as the gradient needs it: [taps of the phase, last first; out_channels] x
/// [in_channels], in panels.
Panels pack_filter_turned(const Conv2DGeometry& g, const Phase& py, const Phase& px, const float* w,
                          float* out) {
  const int depth = py.taps * px.taps * g.out_channels;
  const ptrdiff_t tap_size = static_cast<ptrdiff_t>(g.in_channels) * g.out_channels;
  Panels panels{out, static_cast<ptrdiff_t>(depth) * kTileCols, kTileCols, nullptr, g.in_channels};
  for (int j = 0; j < g.in_channels; j += kTileCols) {
    const int cols = std::min(kTileCols, g.in_channels - j);
    if (cols < kTileCols) panels.tail = out;
    for (int ty = py.taps - 1; ty >= 0; --ty) {
      for (int tx = px.taps - 1; tx >= 0; --tx) {
        const int tap = (py.first + ty * py.step) * g.kernel_width + px.first + tx * px.step;
        const float* from = w + tap * tap_size + static_cast<ptrdiff_t>(j) * g.out_channels;
        pack_panel(g.out_channels, cols, {from, 1, g.out_channels}, out);
        out += static_cast<ptrdiff_t>(g.out_channels) * kTileCols;
      }
    }
  }
  return panels;
}

/// The cells of a phase that no tap reaches: no output depends on them.
void zero_cells(const Conv2DGeometry& g, int rows, int cols, const Destination& to) {
  for (int n = 0; n < g.batch; ++n) {
    float* image = to.data + static_cast<ptrdiff_t>(n) * g.in_height * g.in_width * g.in_channels;
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < cols; ++j) {
        std::fill_n(image + i * to.row_step + j * to.cell_step, g.in_channels, 0.0f);
      }
    }
  }
}

/// The patches of some images, or of some rows of one, seen from the filter: row (ty, tx, channel)
/// of this matrix is that element of all patches in order.
struct PatchElements {
  const Conv2DGeometry& g;
  const float* plane;    // the first patch of the first image
  ptrdiff_t row_step;    // from row to row of an image
  ptrdiff_t plane_step;  // from image to image
  int planes, lines;

  int depth() const { return planes * lines * g.out_width; }

  /// Where row p of the matrix begins.
  const float* row(int p) const {
    const int tap = p / g.in_channels;
    const int ty = tap / g.kernel_width, tx = tap % g.kernel_width;
    return plane + ty * g.dilation_height * row_step + tx * g.dilation_width * g.in_channels +
           p % g.in_channels;
  }

  /// Packs rows [begin, end) as pack_rows does.
  void pack(int begin, int end, float* out) const;

 private:
  /// Packs kPackedRows of them, which begin at `rows`.
  void pack_tile(const float* const* rows, float* out) const;
};

void PatchElements::pack_tile(const float* const* rows, float* out) const {
  bool adjacent = true;
  for (int r = 1; r < kPackedRows; ++r) adjacent = adjacent && rows[r] == rows[0] + r;
  const ptrdiff_t cell = static_cast<ptrdiff_t>(g.stride_width) * g.in_channels;
  for (int q = 0; q < planes; ++q) {
    for (int line = 0; line < lines; ++line) {
      const ptrdiff_t offset = q * plane_step + line * g.stride_height * row_step;
      const float* at[kPackedRows];
#pragma clang loop unroll(full)
      for (int r = 0; r < kPackedRows; ++r) at[r] = rows[r] + offset;
      int i = 0;
      if (adjacent) {
        for (; i < g.out_width; ++i, at[0] += cell, out += kPackedRows) {
          simd::store(out, simd::load(at[0]));
#pragma clang loop unroll(full)
          for (int r = simd::kLanes; r < kPackedRows; ++r) out[r] = at[0][r];
        }
      } else if (cell == 1) {
        for (; i + simd::kLanes <= g.out_width; i += simd::kLanes) {
          out = pack_four_columns(at, i, out);
        }
      }
      for (; i < g.out_width; ++i, out += kPackedRows) {
#pragma clang loop unroll(full)
        for (int r = 0; r < kPackedRows; ++r) out[r] = at[r][i * cell];
      }
    }
  }
}

void PatchElements::pack(int begin, int end, float* out) const {
  for (int p = begin; p < end; p += kPackedRows) {
    const float* rows[kPackedRows];
    // A row that is not wanted repeats the last.
#pragma clang loop unroll(full)
    for (int r = 0; r < kPackedRows; ++r) rows[r] = row(std::min(p + r, end - 1));
    pack_tile(rows, out);
    out += static_cast<ptrdiff_t>(kPackedRows) * depth();
  }
}

/// Rows [begin, end) of dw (+)= patches x dy, for the columns in the panels.
void add_filter_gradient(const PatchElements& patches, int begin, int end, const Panels& panels,
                         float* dw, const TileEpilogue& epilogue) {
  const int depth = patches.depth();
  const ptrdiff_t cols = patches.g.out_channels;
  const int block = depth * panels.cols <= kSmallPanels ? kPackedRows : kPackedBlockRows;
  float* packed = scratch_floats(ScratchUse::kPackA, packed_rows_size(block, depth));
  for (int p = begin; p < end; p += block) {
    const int rows = std::min(block, end - p);
    patches.pack(p, p + rows, packed);
    run_packed_rows(rows, depth, packed, panels, 0, panel_count(panels), dw + p * cols, cols,
                    epilogue);
  }
}

/// The gradient of the filter, directly: row (ty, tx, channel) of dw is the product of that element
/// of all patches with dy. It is summed over as many images, or as many rows of one, as have about
/// kFilterDepth cells: then a panel of dy stays in the first-level cache while all rows of dw pass
/// over it.
void add_patches(const Conv2DGeometry& g, const float* x, const float* dy, float* dw,
                 bool accumulate) {
  const Correlation forward = forward_correlation(g);
  const int depth = forward.depth(), cells = g.out_height * g.out_width;
  const ptrdiff_t image = static_cast<ptrdiff_t>(g.in_height) * g.in_width * g.in_channels;
  const bool bordered = forward.needs_border();
  const ptrdiff_t plane_step = bordered ? static_cast<ptrdiff_t>(forward.bordered_size()) : image;
  const int images = std::clamp(kFilterDepth / cells, 1, g.batch);
  const int lines = std::clamp(kFilterDepth / g.out_width, 1, g.out_height);
  // Rows and columns of dw, as one piece of the work makes them.
  const auto run = [&](int begin, int end, int first_col, int last_col) {
    const int cols = last_col - first_col;
    float* planes = scratch_floats(ScratchUse::kPatches, forward.bordered_size() * images);
    float* packed =
        scratch_floats(ScratchUse::kPackB, packed_size(images * lines * g.out_width, cols));
    TileEpilogue epilogue;
    epilogue.accumulate = accumulate;
    for (int n = 0; n < g.batch; n += images) {
      PatchElements patches{g, x + n * image, forward.row_step(), plane_step, 0, 0};
      patches.planes = std::min(images, g.batch - n);
      for (int q = 0; bordered && q < patches.planes; ++q) {
        forward.plane(x + (n + q) * image, planes + q * plane_step);
      }
      const float* first = bordered ? planes : x + n * image;
      for (int line = 0; line < g.out_height; line += lines) {
        patches.lines = std::min(lines, g.out_height - line);
        patches.plane = first + line * g.stride_height * forward.row_step();
        const float* from =
            dy + (static_cast<ptrdiff_t>(n) * cells + line * g.out_width) * g.out_channels;
        const MatrixRef gradient{from + first_col, g.out_channels, 1};
        // With few rows, packing dy would cost more than it gives.
        const Panels panels = end - begin < kPackFromRows
                                  ? panels_in_place(patches.depth(), cols, gradient, packed)
                                  : pack_panels(patches.depth(), cols, gradient, packed);
        add_filter_gradient(patches, begin, end, panels, dw + first_col, epilogue);
        epilogue.accumulate = true;
      }
    }
  };
  // Every piece packs the other operand for itself: as many as there are threads, along the longer
  // side.
  const int tiles = (depth + kPackedRows - 1) / kPackedRows;
  const int panels = (g.out_channels + kTileCols - 1) / kTileCols;
  const int64_t tile_work = static_cast<int64_t>(g.batch) * cells * kTileCols;
  const auto fair = [](int count) { return (count + thread_count() - 1) / thread_count(); };
  if (tiles >= panels) {
    parallel_for(tiles, std::max(fair(tiles), grain_for(tile_work * panels)),
                 [&](int begin, int end) {
                   run(begin * kPackedRows, std::min(end * kPackedRows, depth), 0, g.out_channels);
                 });
  } else {
    parallel_for(panels, std::max(fair(panels), grain_for(tile_work * tiles)),
                 [&](int begin, int end) {
                   run(0, depth, begin * kTileCols, std::min(end * kTileCols, g.out_channels));
                 });
  }
}

}  // namespace

bool is_plain_product(const Conv2DGeometry& g) {
  return g.kernel_height == 1 && g.kernel_width == 1 && g.stride_height == 1 &&
         g.stride_width == 1 && g.pad_top == 0 && g.pad_left == 0 && g.in_height == g.out_height &&
         g.in_width == g.out_width;
}

void conv2d_forward(const Conv2DGeometry& g, const float* x, const float* w,
                    const Epilogue& epilogue, float* y) {
  const int cells = g.batch * g.out_height * g.out_width;
  if (cells <= 0 || g.out_channels <= 0) return;
  const int depth = g.kernel_height * g.kernel_width * g.in_channels;
  const MatrixRef filter{w, g.out_channels, 1};
  if (is_plain_product(g)) {
    return gemm(cells, g.out_channels, depth, {x, g.in_channels, 1}, filter, y, g.out_channels,
                epilogue);
  }
  const Correlation forward = forward_correlation(g);
  const ptrdiff_t image = static_cast<ptrdiff_t>(g.in_height) * g.in_width * g.in_channels;
  const Destination to{y, static_cast<ptrdiff_t>(g.out_width) * g.out_channels, g.out_channels};
  const auto pack = [&] {
    float* packed = scratch_floats(ScratchUse::kPackB, packed_size(depth, g.out_channels));
    return pack_panels(depth, g.out_channels, filter, packed);
  };
  correlate_fast(forward, g.batch, x, image,
                 {w, static_cast<ptrdiff_t>(g.in_channels) * g.out_channels, g.out_channels, 1},
                 g.out_channels, pack, to, g.out_height * to.row_step, tile_epilogue(epilogue));
  finish_activation(epilogue.activation, cells, g.out_channels, y, g.out_channels);
}

void conv2d_backward_input(const Conv2DGeometry& g, const float* dy, const float* w, float* dx) {
  const int cells = g.batch * g.in_height * g.in_width;
  if (cells <= 0 || g.in_channels <= 0) return;
  if (is_plain_product(g)) {
    return gemm(cells, g.in_channels, g.out_channels, {dy, g.out_channels, 1},
                {w, 1, g.out_channels}, dx, g.in_channels);
  }
  const ptrdiff_t row = static_cast<ptrdiff_t>(g.in_width) * g.in_channels;
  const ptrdiff_t dy_size = static_cast<ptrdiff_t>(g.out_height) * g.out_width * g.out_channels;
  // With strides, the image falls apart into stride_height x stride_width phases, each reached by
  // taps of its own: every phase is a correlation of dy, without a stride.
  for (int y = 0; y < g.stride_height; ++y) {
    const Phase py =
        phase_of(y, g.in_height, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top);
    for (int x = 0; x < g.stride_width; ++x) {
      const Phase px =
          phase_of(x, g.in_width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left);
      const Destination to{dx + y * row + static_cast<ptrdiff_t>(x) * g.in_channels,
                           g.stride_height * row,
                           static_cast<ptrdiff_t>(g.stride_width) * g.in_channels};
      const int depth = py.taps * px.taps * g.out_channels;
      if (depth == 0 || dy_size == 0) {
        zero_cells(g, py.cells, px.cells, to);
        continue;
      }
      const Correlation turned{
          g.out_height, g.out_width, g.out_channels, py.cells, px.cells, py.taps, px.taps, 1, 1,
          py.dilation,  px.dilation, py.border,      px.border};
      const auto pack = [&] {
        float* packed = scratch_floats(ScratchUse::kPackB, packed_size(depth, g.in_channels));
        return pack_filter_turned(g, py, px, w, packed);
      };
      // Winograd's way, the nine taps are taken last to first.
      const ptrdiff_t tap = static_cast<ptrdiff_t>(g.in_channels) * g.out_channels;
      correlate_fast(turned, g.batch, dy, dy_size, {w + 8 * tap, -tap, 1, g.out_channels},
                     g.in_channels, pack, to, g.in_height * row, {});
    }
  }
}

void conv2d_backward_filter(const Conv2DGeometry& g, const float* x, const float* dy, float* dw,
                            bool accumulate) {
  const int depth = g.kernel_height * g.kernel_width * g.in_channels;
  const int cells = g.out_height * g.out_width;
  if (depth <= 0 || g.out_channels <= 0) return;
  if (g.batch * cells <= 0) {
    if (!accumulate) std::fill_n(dw, static_cast<ptrdiff_t>(depth) * g.out_channels, 0.0f);
    return;
  }
  if (is_plain_product(g)) {
    Epilogue epilogue;
    epilogue.accumulate = accumulate;
    return gemm(g.in_channels, g.out_channels, g.batch * cells, {x, 1, g.in_channels},
                {dy, g.out_channels, 1}, dw, g.out_channels, epilogue);
  }
  const Correlation forward = forward_correlation(g);
  const ptrdiff_t image = static_cast<ptrdiff_t>(g.in_height) * g.in_width * g.in_channels;
  if (winograd_pays(forward, g.batch, g.out_channels)) {
    return winograd_filter_gradient(forward, g.batch, x, image, dy,
                                    static_cast<ptrdiff_t>(cells) * g.out_channels, g.out_channels,
                                    dw, accumulate);
  }
  const ptrdiff_t size = static_cast<ptrdiff_t>(depth) * g.out_channels;
  if (g.batch < kFilterParts || size > kSmallFilter) return add_patches(g, x, dy, dw, accumulate);
  float* sums = scratch_floats(ScratchUse::kTransformed, kFilterParts * size);
  parallel_for(kFilterParts, 1, [&](int first, int last) {
    for (int part = first; part < last; ++part) {
      const int begin = g.batch * part / kFilterParts;
      Conv2DGeometry images = g;
      images.batch = g.batch * (part + 1) / kFilterParts - begin;
      add_patches(images, x + begin * image,
                  dy + static_cast<ptrdiff_t>(begin) * cells * g.out_channels, sums + part * size,
                  false);
    }
  });
  if (!accumulate) std::fill_n(dw, size, 0.0f);
  for (int part = 0; part < kFilterParts; ++part) {
    for (ptrdiff_t i = 0; i < size; ++i) dw[i] += sums[part * size + i];
  }
}

}  // namespace heddle::kernels

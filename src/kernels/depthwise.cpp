#include "kernels/depthwise.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

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

/// Cells computed side by side, so that a vector of the filter is loaded once for all of them.
constexpr int kCells = 4;

/// One axis of a geometry.
struct AxisSize {
  int in, out, window, stride, dilation, pad;
};

AxisSize rows_of(const Conv2DGeometry& g) {
  return {g.in_height,     g.out_height,      g.kernel_height,
          g.stride_height, g.dilation_height, g.pad_top};
}
AxisSize cols_of(const Conv2DGeometry& g) {
  return {g.in_width, g.out_width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left};
}

/// Cells of one axis of the destination, `spacing` apart, that all read the source alike: cell j of
/// them (cell first + spacing * j of the axis) is a sum over taps k = 0, 1, ... of the filter's
/// tap_first + tap_step * k times the source's step * j + offset + gap * k.
///
/// Forward there is one such lane. Backward, an image's cells meet only some taps of a filter whose
/// stride is more than 1, so there are `stride` lanes, each with taps of its own.
struct Lane {
  int first = 0, spacing = 1, cells = 0;
  int taps = 0, tap_first = 0, tap_step = 1;
  int source = 0, step = 1, offset = 0, gap = 1;

  /// Where the source is read by tap 0 of a cell.
  int base(int cell) const { return step * cell + offset; }
  /// The taps of a cell that lie inside the source: from tap_begin to tap_end.
  int tap_begin(int cell) const {
    return base(cell) >= 0 ? 0 : std::min(taps, (-base(cell) + gap - 1) / gap);
  }
  int tap_end(int cell) const {
    const int room = source - base(cell);
    return room <= 0 ? 0 : std::min(taps, (room + gap - 1) / gap);
  }
  /// The cells whose taps are all inside: from inner_begin to inner_end.
  int inner_begin() const { return std::min(cells, offset >= 0 ? 0 : (-offset + step - 1) / step); }
  int inner_end() const {
    const int room = source - offset - gap * (taps - 1);
    return std::max(inner_begin(), room <= 0 ? 0 : std::min(cells, (room + step - 1) / step));
  }
};

Lane forward_lane(const AxisSize& a) {
  return {0, 1, a.out, a.window, 0, 1, a.in, a.stride, -a.pad, a.dilation};
}

/// Image cells first, first + stride, ... A tap reaches such a cell from the result's cell
/// (cell + pad - tap * dilation) / stride, where that is whole. Taps count down, so that the places
/// in the source go up.
[[clang::minsize]] Lane backward_lane(const AxisSize& a, int first) {
  const int common = std::gcd(a.stride, a.dilation);
  Lane lane{first,
            a.stride,
            (a.in - first + a.stride - 1) / a.stride,
            0,
            0,
            -(a.stride / common),
            a.out,
            1,
            0,
            a.dilation / common};
  for (int tap = a.window - 1; tap >= 0; --tap) {
    const int reached = first + a.pad - tap * a.dilation;
    if (reached % a.stride != 0) continue;
    lane.tap_first = tap;
    lane.taps = tap / -lane.tap_step + 1;
    lane.offset = reached / a.stride;
    break;
  }
  return lane;
}

/// Where the block of channels with number `block` begins: blocks are whole vectors, and the last
/// one overlaps the one before where they do not divide the channels.
int block_channel(int block, int channels) {
  return std::max(0, std::min(block * kLanes, channels - kLanes));
}
int block_count(int channels) { return (channels + kLanes - 1) / kLanes; }

/// The filter as the sums read it: for each block of channels the bias, then a vector for each tap.
/// [blocks, 1 + row taps * col taps, 4]
void pack_filter(const Lane& rows, const Lane& cols, int width, int channels, const float* bias,
                 const float* w, float* to) {
  for (int block = 0; block < block_count(channels); ++block) {
    const int c = block_channel(block, channels);
    const int count = std::min(kLanes, channels - c);
    const auto put = [&](const float* from) {
      const F32x4 zero{};
      store(to, from == nullptr   ? zero
                : count == kLanes ? load(from)
                                  : simd::load_partial(from, count));
      to += kLanes;
    };
    put(bias != nullptr ? bias + c : nullptr);
    for (int r = 0; r < rows.taps; ++r) {
      for (int k = 0; k < cols.taps; ++k) {
        const ptrdiff_t tap = static_cast<ptrdiff_t>(rows.tap_first + rows.tap_step * r) * width +
                              cols.tap_first + cols.tap_step * k;
        put(w + tap * channels + c);
      }
    }
  }
}

/// A sum at one place of the destination.
struct Place {
  const float* source;  // tap 0 of the first cell
  float* out;
  int row_begin, row_end;  // the taps taken
  int col_begin, col_end;
  bool has_first, has_last;  // sum_near: whether the ends are inside the source
};

/// What all places of a lane of rows and a lane of columns share; distances in floats.
struct Sums {
  int channels = 0;
  int row_taps = 0, col_taps = 0;
  ptrdiff_t row_gap = 0, col_gap = 0;  // from a tap to the next in the source
  ptrdiff_t cell_step = 0;             // from a cell to the next in the source
  ptrdiff_t out_step = 0;              // ... and in the destination
  const float* filter = nullptr;
  float low = 0, high = 0;
};

/// Whole vectors, or (for images of less than 4 channels) the first few lanes.
template <bool kWhole>
F32x4 load_lanes(const float* p, int count) {
  return kWhole ? load(p) : simd::load_partial(p, count);
}

/// `cells` cells side by side, any taps.
template <int cells, bool kWhole = true>
void sum_any(const Sums& s, const Place& at) {
  const int channels = s.channels, row_taps = s.row_taps, col_taps = s.col_taps;
  const ptrdiff_t row_gap = s.row_gap, col_gap = s.col_gap, cell_step = s.cell_step;
  const F32x4 low = splat(s.low), high = splat(s.high);
  const Place place = at;
  const float* filter = s.filter;
  for (int block = 0; block < block_count(channels); ++block) {
    const int c = block_channel(block, channels);
    F32x4 total[cells];
#pragma clang loop unroll(full)
    for (int q = 0; q < cells; ++q) total[q] = load(filter);
    for (int r = place.row_begin; r < place.row_end; ++r) {
      for (int k = place.col_begin; k < place.col_end; ++k) {
        const F32x4 w = load(filter + (r * col_taps + k + 1) * kLanes);
        const float* const x = place.source + r * row_gap + k * col_gap + c;
#pragma clang loop unroll(full)
        for (int q = 0; q < cells; ++q) {
          total[q] = madd(load_lanes<kWhole>(x + q * cell_step, channels), w, total[q]);
        }
      }
    }
    filter += (row_taps * col_taps + 1) * kLanes;
#pragma clang loop unroll(full)
    for (int q = 0; q < cells; ++q) {
      const F32x4 v = simd::min_keep(simd::max_keep(total[q], low), high);
      float* const out = place.out + q * s.out_step + c;
      if (kWhole) {
        store(out, v);
      } else {
        simd::store_partial(out, v, channels);
      }
    }
  }
}

/// kCells cells, `taps` taps side by side, cells `step` apart in the source: neighbouring cells
/// share what they load. The first cell may lack its first tap, and the last one its last.
template <int taps, int step>
void sum_near(const Sums& s, const Place& at) {
  constexpr int kLast = (kCells - 1) * step + taps - 1;
  // Copies, which stores cannot change: they stay in registers.
  const int channels = s.channels;
  const ptrdiff_t row_gap = s.row_gap, col_gap = s.col_gap, out_step = s.out_step;
  const F32x4 low = splat(s.low), high = splat(s.high);
  const int rows = at.row_end - at.row_begin;
  const bool has_first = at.has_first, has_last = at.has_last;
  const float* source = at.source + at.row_begin * row_gap;
  float* out = at.out;
  const float* filter = s.filter;
  const int skipped = at.row_begin * taps * kLanes;
  const int rest = (s.row_taps * taps + 1) * kLanes - skipped - rows * taps * kLanes - kLanes;
  for (int left = channels;;) {
    F32x4 total[kCells];
#pragma clang loop unroll(full)
    for (int q = 0; q < kCells; ++q) total[q] = load(filter);
    filter += kLanes + skipped;
    const float* x = source;
    for (int r = 0; r < rows; ++r) {
      F32x4 w[taps];
#pragma clang loop unroll(full)
      for (int k = 0; k < taps; ++k) w[k] = load(filter + k * kLanes);
      filter += taps * kLanes;
      if (has_first) total[0] = madd(load(x), w[0], total[0]);
#pragma clang loop unroll(full)
      for (int i = 1; i < kLast; ++i) {
        const F32x4 v = load(x + i * col_gap);
#pragma clang loop unroll(full)
        for (int q = 0; q < kCells; ++q) {
          const int tap = i - q * step;
          if (tap >= 0 && tap < taps) total[q] = madd(v, w[tap], total[q]);
        }
      }
      if (has_last) {
        total[kCells - 1] = madd(load(x + kLast * col_gap), w[taps - 1], total[kCells - 1]);
      }
      x += row_gap;
    }
    filter += rest;
#pragma clang loop unroll(full)
    for (int q = 0; q < kCells; ++q) {
      store(out + q * out_step, simd::min_keep(simd::max_keep(total[q], low), high));
    }
    left -= kLanes;
    if (left <= 0) return;
    const int next = left < kLanes ? left : kLanes;  // the last block overlaps
    source += next;
    out += next;
  }
}

using RowKernel = void (*)(const Sums&, const Place&);

/// The kernel for kCells cells that may lack a tap at their ends, or null.
RowKernel near_kernel(const Lane& cols) {
  if (cols.gap != 1) return nullptr;
  if (cols.step == 1) {
    return cols.taps == 3   ? sum_near<3, 1>
           : cols.taps == 2 ? sum_near<2, 1>
           : cols.taps == 1 ? sum_near<1, 1>
                            : nullptr;
  }
  return cols.step == 2 && cols.taps == 3 ? sum_near<3, 2> : nullptr;
}

/// One row of the destination.
void sum_row(const Sums& s, const Lane& cols, Place at) {
  const float* const source = at.source;
  float* const out = at.out;
  const auto run = [&](int cell, RowKernel kernel) {
    at.source = source + cell * s.cell_step;
    at.out = out + cell * s.out_step;
    kernel(s, at);
  };
  const auto one = [&](int cell) {
    at.col_begin = cols.tap_begin(cell);
    at.col_end = cols.tap_end(cell);
    run(cell, s.channels < kLanes ? sum_any<1, false> : sum_any<1>);
  };
  const RowKernel near = near_kernel(cols);
  // The cells that can be done kCells at a time.
  int begin = cols.inner_begin();
  int end = cols.inner_end();
  if (near != nullptr && begin == 1 && cols.tap_begin(0) == 1) begin = 0;
  if (near != nullptr && end == cols.cells - 1 && cols.tap_end(end) == cols.taps - 1) ++end;
  const auto many = [&](int cell) {
    at.has_first = cols.tap_begin(cell) == 0;
    at.has_last = cols.tap_end(cell + kCells - 1) == cols.taps;
    run(cell, near != nullptr ? near : sum_any<kCells>);
  };
  int cell = 0;
  if (s.channels >= kLanes && end - begin >= kCells) {
    for (; cell < begin; ++cell) one(cell);
    at.col_begin = 0;
    at.col_end = cols.taps;
    for (; cell + kCells <= end; cell += kCells) many(cell);
    if (cell < end) {  // the last ones again rather than one by one
      many(end - kCells);
      cell = end;
    }
  }
  for (; cell < cols.cells; ++cell) one(cell);
}

/// Every cell of the destination is the sum of the taps that reach it: y of x, or dx of dy.
[[clang::minsize]] void correlate(const Conv2DGeometry& g, bool forward, const float* source,
                                  const float* w, const DepthwiseEpilogue& epilogue, float* out) {
  const AxisSize row_size = rows_of(g);
  const AxisSize col_size = cols_of(g);
  const ptrdiff_t channels = g.in_channels;
  const int source_height = forward ? g.in_height : g.out_height;
  const int height = forward ? g.out_height : g.in_height;
  const ptrdiff_t source_row = (forward ? g.in_width : g.out_width) * channels;
  const ptrdiff_t out_row = (forward ? g.out_width : g.in_width) * channels;
  float* const filter = scratch_floats(
      ScratchUse::kPatches, static_cast<size_t>(block_count(g.in_channels)) * kLanes *
                                (static_cast<size_t>(g.kernel_height) * g.kernel_width + 1));
  const int row_lanes = forward ? 1 : g.stride_height;
  const int col_lanes = forward ? 1 : g.stride_width;
  for (int lane = 0; lane < row_lanes * col_lanes; ++lane) {
    const Lane rows = forward ? forward_lane(row_size) : backward_lane(row_size, lane / col_lanes);
    const Lane cols = forward ? forward_lane(col_size) : backward_lane(col_size, lane % col_lanes);
    if (rows.cells <= 0 || cols.cells <= 0) continue;
    pack_filter(rows, cols, g.kernel_width, g.in_channels, epilogue.bias, w, filter);
    const Sums sums{g.in_channels,
                    rows.taps,
                    cols.taps,
                    rows.gap * source_row,
                    cols.gap * channels,
                    cols.step * channels,
                    cols.spacing * channels,
                    filter,
                    epilogue.low,
                    epilogue.high};
    const int64_t row_work =
        static_cast<int64_t>(cols.cells) * block_count(g.in_channels) * (rows.taps * cols.taps + 1);
    parallel_for(g.batch * rows.cells, grain_for(row_work), [&](int begin, int end) {
      for (int i = begin; i < end; ++i) {
        const ptrdiff_t image = i / rows.cells;
        const int cell = i % rows.cells;
        Place at{};
        at.source = source + (image * source_height + rows.base(cell)) * source_row +
                    cols.offset * channels;
        at.out = out + (image * height + rows.first + rows.spacing * cell) * out_row +
                 cols.first * channels;
        at.row_begin = rows.tap_begin(cell);
        at.row_end = rows.tap_end(cell);
        sum_row(sums, cols, at);
      }
    });
  }
}

/// The gradient of a filter: for each block of channels a vector for each tap, [row taps * col
/// taps, 4], to which rows of cells add.
class FilterSums {
 public:
  FilterSums(const Conv2DGeometry& g, const float* x, const float* dy)
      : channels_(g.in_channels),
        rows_(forward_lane(rows_of(g))),
        cols_(forward_lane(cols_of(g))),
        x_row_(static_cast<ptrdiff_t>(g.in_width) * channels_),
        dy_row_(static_cast<ptrdiff_t>(g.out_width) * channels_),
        x_image_(x_row_ * g.in_height),
        x_(x),
        dy_(dy) {}

  /// Row `cell` of an image's result, for blocks of channels from block_begin to block_end.
  void add_row(int image, int cell, int block_begin, int block_end, float* sums) const {
    const float* const dy = dy_ + (static_cast<ptrdiff_t>(image) * rows_.cells + cell) * dy_row_;
    const float* const x =
        x_ + image * x_image_ + rows_.base(cell) * x_row_ + cols_.offset * channels_;
    const int first = rows_.tap_begin(cell);
    const int last = rows_.tap_end(cell);
    // Cells that lack no tap, but for the first, which may lack its first, and the last.
    int begin = cols_.inner_begin();
    int end = cols_.inner_end();
    if (begin == 1 && cols_.tap_begin(0) == 1 && cols_.tap_end(0) == 3) begin = 0;
    if (begin < end && end == cols_.cells - 1 && cols_.tap_end(end) == 2) ++end;
    const bool fast = cols_.taps == 3 && rows_.taps == 3 && last - first >= 2 &&
                      channels_ >= kLanes && end - begin >= 2;
    if (!fast) begin = end = 0;
    const auto inner = last - first == 3 ? &FilterSums::add_inner<3> : &FilterSums::add_inner<2>;
    for (int b = block_begin; b < block_end; ++b) {
      const int c = block_channel(b, static_cast<int>(channels_));
      float* const to = sums + static_cast<ptrdiff_t>(b) * rows_.taps * cols_.taps * kLanes;
      add_cells(first, last, 0, begin, x + c, dy + c, to);
      if (fast) (this->*inner)(first, begin, end, x + c, dy + c, to);
      add_cells(first, last, end, cols_.cells, x + c, dy + c, to);
    }
  }

 private:
  /// Cells of `count` rows of three taps from row `first` on.
  template <int count>
  void add_inner(int first, int begin, int end, const float* x, const float* dy,
                 float* sums) const {
    F32x4 total[count][3];
    sums += first * 3 * kLanes;
#pragma clang loop unroll(full)
    for (int i = 0; i < count * 3; ++i) total[i / 3][i % 3] = load(sums + i * kLanes);
    const ptrdiff_t step = cols_.step * channels_;
    const ptrdiff_t gap = cols_.gap * channels_;
    const ptrdiff_t row_gap = rows_.gap * x_row_;
    x += begin * step + first * row_gap;
    dy += begin * channels_;
    const auto add = [&](int from, int to) {
      const F32x4 grad = load(dy);
#pragma clang loop unroll(full)
      for (int r = 0; r < count; ++r) {
#pragma clang loop unroll(full)
        for (int k = from; k < to; ++k) {
          total[r][k] = madd(load(x + r * row_gap + k * gap), grad, total[r][k]);
        }
      }
      x += step;
      dy += channels_;
    };
    int cell = begin;
    if (cols_.tap_begin(cell) > 0) {
      add(1, 3);
      ++cell;
    }
    const bool lacks = cols_.tap_end(end - 1) < 3;
    for (const int last = lacks ? end - 1 : end; cell < last; ++cell) add(0, 3);
    if (lacks) add(0, 2);
#pragma clang loop unroll(full)
    for (int i = 0; i < count * 3; ++i) store(sums + i * kLanes, total[i / 3][i % 3]);
  }

  /// Any cells, any taps.
  void add_cells(int first, int last, int begin, int end, const float* x, const float* dy,
                 float* sums) const {
    const int lanes = static_cast<int>(std::min<ptrdiff_t>(kLanes, channels_));
    for (int cell = begin; cell < end; ++cell) {
      const float* const grads = dy + cell * channels_;
      const F32x4 grad = lanes == kLanes ? load(grads) : simd::load_partial(grads, lanes);
      for (int r = first; r < last; ++r) {
        for (int k = cols_.tap_begin(cell); k < cols_.tap_end(cell); ++k) {
          const float* const from =
              x + r * rows_.gap * x_row_ + (cols_.step * cell + cols_.gap * k) * channels_;
          const F32x4 v = lanes == kLanes ? load(from) : simd::load_partial(from, lanes);
          float* const sum = sums + (r * cols_.taps + k) * kLanes;
          store(sum, madd(v, grad, load(sum)));
        }
      }
    }
  }

  ptrdiff_t channels_;
  Lane rows_, cols_;
  ptrdiff_t x_row_, dy_row_, x_image_;
  const float* x_;
  const float* dy_;
};

}  // namespace

void depthwise_forward(const Conv2DGeometry& g, const float* x, const float* w,
                       const DepthwiseEpilogue& epilogue, float* y) {
  correlate(g, true, x, w, epilogue, y);
}

void depthwise_backward_input(const Conv2DGeometry& g, const float* dy, const float* w, float* dx) {
  correlate(g, false, dy, w, {}, dx);
}

void depthwise_backward_filter(const Conv2DGeometry& g, const float* x, const float* dy,
                               float* dw) {
  const FilterSums filter(g, x, dy);
  const int taps = g.kernel_height * g.kernel_width;
  const int blocks = block_count(g.in_channels);
  const ptrdiff_t block_size = static_cast<ptrdiff_t>(taps) * kLanes;
  float* const sums =
      scratch_floats(ScratchUse::kGradient, static_cast<size_t>(blocks) * block_size);
  std::fill_n(sums, blocks * block_size, 0.0f);
  const int64_t block_work = static_cast<int64_t>(g.batch) * g.out_height * g.out_width * taps;
  parallel_for(blocks, grain_for(block_work), [&](int begin, int end) {
    // Row by row, so that the rows of the image that meet one of the result stay in the cache.
    for (int n = 0; n < g.batch; ++n) {
      for (int i = 0; i < g.out_height; ++i) filter.add_row(n, i, begin, end, sums);
    }
    for (int b = begin; b < end; ++b) {
      const int c = b * kLanes;
      const int overlap = c - block_channel(b, g.in_channels);
      const int count = std::min(kLanes - overlap, g.in_channels - c);
      for (int tap = 0; tap < taps; ++tap) {
        std::copy_n(sums + b * block_size + tap * kLanes + overlap, count,
                    dw + static_cast<ptrdiff_t>(tap) * g.in_channels + c);
      }
    }
  });
}

}  // namespace heddle::kernels

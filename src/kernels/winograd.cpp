#include "kernels/winograd.h"

#include "kernels/gemm_packed.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::splat;

constexpr int kOut = 4;                // cells of the grid that a tile makes, in each direction
constexpr int kIn = 6;                 // cells of the source that it reads
constexpr int kPoints = kIn * kIn;     // products
constexpr int kMinChannels = 16;       // below, the transforms cost more than they save
constexpr int kMinTiles = 96;          // below, transforming the filter does
constexpr int kBlockFloats = 1 << 17;  // transformed tiles that stay in the second-level cache

/// out = Bᵀ d: the points 0, 1, -1, 2, -2 and infinity.
void transform_source(const F32x4 (&d)[kIn], F32x4 (&out)[kIn]) {
  const F32x4 two = splat(2.0f), four = splat(4.0f), five = splat(5.0f);
  const F32x4 even = d[4] - four * d[2], odd = d[3] - four * d[1];
  const F32x4 even2 = d[4] - d[2], odd2 = two * (d[3] - d[1]);
  out[0] = four * d[0] - five * d[2] + d[4];
  out[1] = even + odd;
  out[2] = even - odd;
  out[3] = even2 + odd2;
  out[4] = even2 - odd2;
  out[5] = four * d[1] - five * d[3] + d[5];
}

/// out = G g.
void transform_filter(const F32x4 (&g)[3], F32x4 (&out)[kIn]) {
  const F32x4 sixth = splat(-1.0f / 6), ends = g[0] + g[2];
  const F32x4 wide = splat(1.0f / 24) * g[0] + splat(1.0f / 6) * g[2];
  const F32x4 middle = splat(1.0f / 12) * g[1];
  out[0] = splat(0.25f) * g[0];
  out[1] = sixth * (ends + g[1]);
  out[2] = sixth * (ends - g[1]);
  out[3] = wide + middle;
  out[4] = wide - middle;
  out[5] = g[2];
}

/// out = Aᵀ m.
void transform_back(const F32x4 (&m)[kIn], F32x4 (&out)[kOut]) {
  const F32x4 sum1 = m[1] + m[2], dif1 = m[1] - m[2];
  const F32x4 sum2 = m[3] + m[4], dif2 = m[3] - m[4];
  out[0] = m[0] + sum1 + sum2;
  out[1] = dif1 + splat(2.0f) * dif2;
  out[2] = sum1 + splat(4.0f) * sum2;
  out[3] = dif1 + splat(8.0f) * dif2 + m[5];
}

/// Applies `transform` to the columns of a kRows x kCols block, then to the rows of what comes of
/// it.
template <int kFrom, int kTo>
void transform_both(void (&transform)(const F32x4 (&)[kFrom], F32x4 (&)[kTo]),
                    const F32x4 (&block)[kFrom][kFrom], F32x4 (&out)[kTo][kTo]) {
  F32x4 half[kTo][kFrom];
  for (int j = 0; j < kFrom; ++j) {
    F32x4 column[kFrom], done[kTo];
    for (int i = 0; i < kFrom; ++i) column[i] = block[i][j];
    transform(column, done);
    for (int i = 0; i < kTo; ++i) half[i][j] = done[i];
  }
  for (int i = 0; i < kTo; ++i) transform(half[i], out[i]);
}

/// The filter's 36 matrices [channels, n], each in panels, one after the other in `out`.
void pack_filter(const WinogradFilter& w, int channels, int n, float* out) {
  const size_t size = packed_size(channels, n);
  for (int c = 0; c < channels; ++c) {
    for (int j = 0; j < n; j += kLanes) {
      F32x4 taps[3][3], points[kIn][kIn];
      for (int t = 0; t < 9; ++t) {
        const float* at = w.data + t * w.tap_step + c * w.channel_step + j * w.n_step;
        taps[t / 3][t % 3] = F32x4{at[0], at[w.n_step], at[2 * w.n_step], at[3 * w.n_step]};
      }
      transform_both(transform_filter, taps, points);
      float* to = out + static_cast<ptrdiff_t>(j / kTileCols) * kTileCols * channels +
                  c * kTileCols + j % kTileCols;
      for (int p = 0; p < kPoints; ++p) simd::store(to + p * size, points[p / kIn][p % kIn]);
    }
  }
}

/// A tile of the source, all channels: point p of channel c goes to out[p * point_step + c].
void transform_tile(const float* from, ptrdiff_t row_step, int channels, float* out,
                    ptrdiff_t point_step) {
  for (int c = 0; c < channels; c += kLanes) {
    F32x4 cells[kIn][kIn], points[kIn][kIn];
    for (int i = 0; i < kIn; ++i) {
      for (int j = 0; j < kIn; ++j) {
        cells[i][j] = simd::load(from + i * row_step + static_cast<ptrdiff_t>(j) * channels + c);
      }
    }
    transform_both(transform_source, cells, points);
    for (int p = 0; p < kPoints; ++p) {
      simd::store(out + p * point_step + c, points[p / kIn][p % kIn]);
    }
  }
}

/// A tile of products back to `rows` x `cols` cells of the grid, which begin at `to`.
void finish_tile(const float* products, ptrdiff_t point_step, int n, int rows, int cols,
                 const Destination& to, const TileEpilogue& epilogue) {
  for (int j = 0; j < n; j += kLanes) {
    F32x4 points[kIn][kIn], cells[kOut][kOut];
    for (int p = 0; p < kPoints; ++p) {
      points[p / kIn][p % kIn] = simd::load(products + p * point_step + j);
    }
    transform_both(transform_back, points, cells);
    const F32x4 bias = epilogue.bias ? simd::load(epilogue.bias + j) : F32x4{};
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < cols; ++x) {
        float* cell = to.data + y * to.row_step + x * to.cell_step + j;
        F32x4 value = cells[y][x] + bias;
        if (epilogue.accumulate) value += simd::load(cell);
        if (epilogue.at_least_zero) value = simd::max_keep(value, F32x4{});
        if (epilogue.at_most_six) value = simd::min_keep(value, splat(6.0f));
        simd::store(cell, value);
      }
    }
  }
}

}  // namespace

bool winograd_pays(const Correlation& g, int batch, int n) {
  const int tiles = (g.grid_height + kOut - 1) / kOut * ((g.grid_width + kOut - 1) / kOut);
  return g.taps_height == 3 && g.taps_width == 3 && g.stride_height == 1 && g.stride_width == 1 &&
         g.dilation_height == 1 && g.dilation_width == 1 && g.channels >= kMinChannels &&
         n >= kMinChannels && g.channels % kLanes == 0 && n % kLanes == 0 &&
         batch * tiles >= kMinTiles;
}

void winograd_correlate(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
                        const WinogradFilter& filter, int n, const Destination& to,
                        ptrdiff_t to_step, const TileEpilogue& epilogue) {
  // A grid of whole tiles; what it reads beyond the image is zeros.
  const int down = (g.grid_height + kOut - 1) / kOut, across = (g.grid_width + kOut - 1) / kOut;
  Correlation tiled = g;
  tiled.grid_height = down * kOut;
  tiled.grid_width = across * kOut;
  const int tiles = down * across, channels = g.channels;
  const size_t panels_size = packed_size(channels, n);
  float* points = scratch_floats(ScratchUse::kPackB, kPoints * panels_size);
  if (n % kTileCols != 0) std::fill_n(points, kPoints * panels_size, 0.0f);
  pack_filter(filter, channels, n, points);

  const int images = std::clamp(kBlockFloats / (kPoints * (channels + n) * tiles), 1, batch);
  parallel_for((batch + images - 1) / images, 1, [&](int begin, int end) {
    const ptrdiff_t rows = static_cast<ptrdiff_t>(images) * tiles;
    float* sources = scratch_floats(ScratchUse::kTransformed, kPoints * rows * (channels + n));
    float* products = sources + kPoints * rows * channels;
    float* bordered = scratch_floats(ScratchUse::kPatches, tiled.bordered_size());
    float* packed = scratch_floats(ScratchUse::kPackA, packed_rows_size(rows, channels));
    for (int first = begin * images; first < std::min(end * images, batch); first += images) {
      const int count = std::min(images, batch - first);
      for (int i = 0; i < count; ++i) {
        const float* plane = tiled.plane(src + (first + i) * src_step, bordered);
        for (int t = 0; t < tiles; ++t) {
          const float* from = plane + t / across * kOut * tiled.row_step() +
                              static_cast<ptrdiff_t>(t % across) * kOut * channels;
          transform_tile(from, tiled.row_step(), channels,
                         sources + static_cast<ptrdiff_t>(i * tiles + t) * channels,
                         rows * channels);
        }
      }
      for (int p = 0; p < kPoints; ++p) {
        const float* data = points + p * panels_size;
        const int tail = n / kTileCols * kTileCols * channels;
        const Panels panels{data, static_cast<ptrdiff_t>(channels) * kTileCols, kTileCols,
                            data + tail, n};
        pack_rows(count * tiles, channels, {sources + p * rows * channels, channels, 1}, packed);
        run_packed_rows(count * tiles, channels, packed, panels, 0, panel_count(panels),
                        products + p * rows * n, n, {});
      }
      for (int i = 0; i < count; ++i) {
        for (int t = 0; t < tiles; ++t) {
          const int y = t / across * kOut, x = t % across * kOut;
          const Destination cells{
              to.data + (first + i) * to_step + y * to.row_step + x * to.cell_step, to.row_step,
              to.cell_step};
          finish_tile(products + static_cast<ptrdiff_t>(i * tiles + t) * n, rows * n, n,
                      std::min(kOut, g.grid_height - y), std::min(kOut, g.grid_width - x), cells,
                      epilogue);
        }
      }
    }
  });
}

}  // namespace heddle::kernels

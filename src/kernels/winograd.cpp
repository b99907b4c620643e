#include "kernels/winograd.h"

#include "kernels/gemm.h"
#include "kernels/gemm_packed.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::splat;

constexpr int kOut = kWinogradCells;   // cells of the grid that a tile makes, in each direction
constexpr int kIn = 6;                 // cells of the source that it reads
constexpr int kPoints = kIn * kIn;     // products
constexpr int kMinChannels = 16;       // below, the transforms cost more than they save
constexpr int kMinTiles = 96;          // below, transforming the filter does
constexpr int kMaxProduct = 1 << 16;   // channels times n: 9 MB of transformed filter
constexpr int kFilterGrain = 64;       // vectors of a filter that a thread transforms at a time
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

/// out = A dy.
void transform_gradient(const F32x4 (&dy)[kOut], F32x4 (&out)[kIn]) {
  const F32x4 two = splat(2.0f), four = splat(4.0f);
  const F32x4 even = dy[0] + dy[2], odd = dy[1] + dy[3];
  const F32x4 even2 = dy[0] + four * dy[2], odd2 = two * (dy[1] + four * dy[3]);
  out[0] = dy[0];
  out[1] = even + odd;
  out[2] = even - odd;
  out[3] = even2 + odd2;
  out[4] = even2 - odd2;
  out[5] = dy[3];
}

/// out = Gᵀ m.
void transform_filter_back(const F32x4 (&m)[kIn], F32x4 (&out)[3]) {
  const F32x4 sixth = splat(1.0f / 6);
  const F32x4 sum1 = m[1] + m[2], sum2 = m[3] + m[4];
  out[0] = splat(0.25f) * m[0] - sixth * sum1 + splat(1.0f / 24) * sum2;
  out[1] = splat(1.0f / 12) * (m[3] - m[4]) - sixth * (m[1] - m[2]);
  out[2] = sixth * (sum2 - sum1) + m[5];
}

/// Applies `transform` to the columns of a block, then to the rows of what comes of it. The loops
/// are not unrolled: a third of the code, and as fast.
template <int kFrom, int kTo>
void transform_both(void (&transform)(const F32x4 (&)[kFrom], F32x4 (&)[kTo]),
                    const F32x4 (&block)[kFrom][kFrom], F32x4 (&out)[kTo][kTo]) {
  F32x4 half[kTo][kFrom];
#pragma clang loop unroll(disable)
  for (int j = 0; j < kFrom; ++j) {
    F32x4 column[kFrom], done[kTo];
    for (int i = 0; i < kFrom; ++i) column[i] = block[i][j];
    transform(column, done);
    for (int i = 0; i < kTo; ++i) half[i][j] = done[i];
  }
#pragma clang loop unroll(disable)
  for (int i = 0; i < kTo; ++i) transform(half[i], out[i]);
}

/// The filter's 36 matrices [channels, n], each in panels, one after the other in `out`.
void pack_filter(const WinogradFilter& w, int channels, int n, float* out) {
  const size_t size = packed_size(channels, n);
  const int vectors = n / kLanes;
  parallel_for(channels * vectors, kFilterGrain, [&](int first, int last) {
    for (int i = first; i < last; ++i) {
      const int c = i / vectors, j = i % vectors * kLanes;
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
  });
}

/// A grid of whole tiles over that of a correlation; rows of tiles are counted through all images.
struct Tiling {
  Correlation g;
  int batch;
  int down, across;  // tiles

  Tiling(const Correlation& correlation, int images)
      : g(correlation),
        batch(images),
        down((g.grid_height + kOut - 1) / kOut),
        across((g.grid_width + kOut - 1) / kOut) {}

  int rows() const { return batch * down; }
  /// Rows whose tiles, of `floats` floats for each point, stay in the second-level cache.
  int rows_in_block(int floats) const {
    return std::clamp(kBlockFloats / (kPoints * floats * across), 1, rows());
  }
  /// The same, or fewer, such that all threads have as many blocks.
  int fair_rows_in_block(int floats) const {
    const int block = rows_in_block(floats), threads = thread_count();
    const int blocks = ((rows() + block - 1) / block + threads - 1) / threads * threads;
    return (rows() + blocks - 1) / blocks;
  }
  /// What a row of tiles reads.
  Correlation strip(int row) const {
    Correlation strip = g;
    strip.grid_height = kOut;
    strip.grid_width = across * kOut;
    strip.top = g.top - row % down * kOut;
    return strip;
  }
  size_t strip_size() const {
    return static_cast<size_t>(kIn) * (across * kOut + kIn - kOut) * g.channels;
  }
};

/// Point p of channel c of tile t goes to points[p * point_step + t * channels + c], for the tiles
/// of rows [begin, end). `bordered` has room for a strip.
void transform_sources(const Tiling& tiling, int begin, int end, const float* src,
                       ptrdiff_t src_step, float* bordered, float* points, ptrdiff_t point_step) {
  const int channels = tiling.g.channels;
  for (int row = begin; row < end; ++row) {
    const Correlation strip = tiling.strip(row);
    const float* from = strip.plane(src + row / tiling.down * src_step, bordered);
    for (int t = 0; t < tiling.across; ++t, from += kOut * channels, points += channels) {
      for (int c = 0; c < channels; c += kLanes) {
        F32x4 cells[kIn][kIn], out[kIn][kIn];
        for (int i = 0; i < kIn; ++i) {
          for (int j = 0; j < kIn; ++j) {
            cells[i][j] = simd::load(from + i * strip.row_step() + j * channels + c);
          }
        }
        transform_both(transform_source, cells, out);
        for (int p = 0; p < kPoints; ++p) {
          simd::store(points + p * point_step + c, out[p / kIn][p % kIn]);
        }
      }
    }
  }
}

/// The same for the gradient of the results, of n channels; cells beyond the grid are 0.
void transform_gradients(const Tiling& tiling, int begin, int end, const float* dy,
                         ptrdiff_t dy_step, int n, float* points, ptrdiff_t point_step) {
  const int width = tiling.g.grid_width;
  for (int row = begin; row < end; ++row) {
    const int y = row % tiling.down * kOut;
    const int rows = std::min(kOut, tiling.g.grid_height - y);
    const float* line = dy + row / tiling.down * dy_step + static_cast<ptrdiff_t>(y) * width * n;
    for (int t = 0; t < tiling.across; ++t, points += n) {
      const int x = t * kOut, cols = std::min(kOut, width - x);
      for (int c = 0; c < n; c += kLanes) {
        F32x4 cells[kOut][kOut] = {}, out[kIn][kIn];
        for (int i = 0; i < rows; ++i) {
          for (int j = 0; j < cols; ++j) {
            cells[i][j] = simd::load(line + (static_cast<ptrdiff_t>(i) * width + x + j) * n + c);
          }
        }
        transform_both(transform_gradient, cells, out);
        for (int p = 0; p < kPoints; ++p) {
          simd::store(points + p * point_step + c, out[p / kIn][p % kIn]);
        }
      }
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
  const Tiling tiling(g, batch);
  return g.taps_height == 3 && g.taps_width == 3 && g.stride_height == 1 && g.stride_width == 1 &&
         g.dilation_height == 1 && g.dilation_width == 1 && g.channels >= kMinChannels &&
         n >= kMinChannels && g.channels % kLanes == 0 && n % kLanes == 0 &&
         static_cast<int64_t>(g.channels) * n <= kMaxProduct &&
         static_cast<int64_t>(tiling.rows()) * tiling.across >= kMinTiles;
}

void winograd_correlate(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
                        const WinogradFilter& filter, int n, const Destination& to,
                        ptrdiff_t to_step, const TileEpilogue& epilogue) {
  const Tiling tiling(g, batch);
  const int channels = g.channels, across = tiling.across;
  const size_t panels_size = packed_size(channels, n);
  float* points = scratch_floats(ScratchUse::kPackB, kPoints * panels_size);
  if (n % kTileCols != 0) std::fill_n(points, kPoints * panels_size, 0.0f);
  pack_filter(filter, channels, n, points);

  const int block = tiling.fair_rows_in_block(channels + n);
  parallel_for((tiling.rows() + block - 1) / block, 1, [&](int first, int last) {
    const int most = block * across;  // tiles
    float* sources = scratch_floats(ScratchUse::kTransformed,
                                    static_cast<size_t>(kPoints) * most * (channels + n));
    float* products = sources + static_cast<ptrdiff_t>(kPoints) * most * channels;
    float* bordered = scratch_floats(ScratchUse::kPatches, tiling.strip_size());
    float* packed = scratch_floats(ScratchUse::kPackA, packed_rows_size(most, channels));
    const ptrdiff_t source_step = static_cast<ptrdiff_t>(most) * channels;
    const ptrdiff_t product_step = static_cast<ptrdiff_t>(most) * n;
    for (int begin = first * block; begin < std::min(last * block, tiling.rows()); begin += block) {
      const int end = std::min(begin + block, tiling.rows());
      const int tiles = (end - begin) * across;
      transform_sources(tiling, begin, end, src, src_step, bordered, sources, source_step);
      for (int p = 0; p < kPoints; ++p) {
        const float* data = points + p * panels_size;
        const Panels panels{data, static_cast<ptrdiff_t>(channels) * kTileCols, kTileCols,
                            data + static_cast<ptrdiff_t>(n / kTileCols * kTileCols) * channels, n};
        pack_rows(tiles, channels, {sources + p * source_step, channels, 1}, packed);
        run_packed_rows(tiles, channels, packed, panels, 0, panel_count(panels),
                        products + p * product_step, n, {});
      }
      for (int t = 0; t < tiles; ++t) {
        const int row = begin + t / across;
        const int y = row % tiling.down * kOut, x = t % across * kOut;
        const Destination cells{
            to.data + row / tiling.down * to_step + y * to.row_step + x * to.cell_step, to.row_step,
            to.cell_step};
        finish_tile(products + static_cast<ptrdiff_t>(t) * n, product_step, n,
                    std::min(kOut, g.grid_height - y), std::min(kOut, g.grid_width - x), cells,
                    epilogue);
      }
    }
  });
}

void winograd_filter_gradient(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
                              const float* dy, ptrdiff_t dy_step, int n, float* dw,
                              bool accumulate) {
  const Tiling tiling(g, batch);
  const int channels = g.channels, across = tiling.across;
  const int block = tiling.rows_in_block(channels + n);
  const ptrdiff_t source_step = static_cast<ptrdiff_t>(block) * across * channels;
  const ptrdiff_t gradient_step = static_cast<ptrdiff_t>(block) * across * n;
  const ptrdiff_t sum_step = static_cast<ptrdiff_t>(channels) * n;
  float* sources =
      scratch_floats(ScratchUse::kTransformed, kPoints * (source_step + gradient_step + sum_step));
  float* gradients = sources + kPoints * source_step;
  float* sums = gradients + kPoints * gradient_step;
  for (int begin = 0; begin < tiling.rows(); begin += block) {
    const int rows = std::min(block, tiling.rows() - begin);
    parallel_for(rows, 1, [&](int first, int last) {
      float* bordered = scratch_floats(ScratchUse::kPatches, tiling.strip_size());
      const ptrdiff_t tile = static_cast<ptrdiff_t>(first) * across;
      transform_sources(tiling, begin + first, begin + last, src, src_step, bordered,
                        sources + tile * channels, source_step);
      transform_gradients(tiling, begin + first, begin + last, dy, dy_step, n, gradients + tile * n,
                          gradient_step);
    });
    Epilogue epilogue;
    epilogue.accumulate = begin > 0;
    parallel_for(kPoints, 1, [&](int first, int last) {
      for (int p = first; p < last; ++p) {
        gemm(channels, n, rows * across, {sources + p * source_step, 1, channels},
             {gradients + p * gradient_step, n, 1}, sums + p * sum_step, n, epilogue);
      }
    });
  }
  parallel_for(channels * n / kLanes, kFilterGrain, [&](int first, int last) {
    for (ptrdiff_t at = ptrdiff_t{first} * kLanes; at < ptrdiff_t{last} * kLanes; at += kLanes) {
      F32x4 points[kIn][kIn], taps[3][3];
      for (int p = 0; p < kPoints; ++p) {
        points[p / kIn][p % kIn] = simd::load(sums + p * sum_step + at);
      }
      transform_both(transform_filter_back, points, taps);
      for (int t = 0; t < 9; ++t) {
        float* to = dw + t * sum_step + at;
        const F32x4 tap = taps[t / 3][t % 3];
        simd::store(to, accumulate ? simd::load(to) + tap : tap);
      }
    }
  });
}

}  // namespace heddle::kernels

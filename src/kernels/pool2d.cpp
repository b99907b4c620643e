#include "kernels/pool2d.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/parallel.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::splat;
using simd::store;

/// The part of a window that lies inside the image.
struct Window {
  int top, bottom, left, right;  // the lower and the right edge are not included
  int count() const { return std::max(bottom - top, 0) * std::max(right - left, 0); }
};

Window window_at(const Pool2DGeometry& g, int oy, int ox) {
  const int top = oy * g.stride_height - g.pad_top;
  const int left = ox * g.stride_width - g.pad_left;
  return {std::max(top, 0), std::min(top + g.window_height, g.in_height), std::max(left, 0),
          std::min(left + g.window_width, g.in_width)};
}

/// Calls fn(image, window, y offset) for every output cell of some images; x offsets count from the
/// image.
template <typename Fn>
void for_each_cell(const Pool2DGeometry& g, int first, int last, Fn fn) {
  const ptrdiff_t image_size = static_cast<ptrdiff_t>(g.in_height) * g.in_width * g.channels;
  ptrdiff_t at = static_cast<ptrdiff_t>(first) * g.out_height * g.out_width * g.channels;
  for (int n = first; n < last; ++n) {
    for (int oy = 0; oy < g.out_height; ++oy) {
      for (int ox = 0; ox < g.out_width; ++ox) {
        fn(n * image_size, window_at(g, oy, ox), at);
        at += g.channels;
      }
    }
  }
}

void zero_images(const Pool2DGeometry& g, int first, int last, float* dx) {
  const ptrdiff_t image_size = static_cast<ptrdiff_t>(g.in_height) * g.in_width * g.channels;
  std::fill(dx + first * image_size, dx + last * image_size, 0.0f);
}

/// True when every cell of the image lies in a window, provided that windows stand `stride` =
/// window apart.
bool covers_image(const Pool2DGeometry& g) {
  return g.stride_height == g.window_height && g.stride_width == g.window_width &&
         g.out_height * g.stride_height - g.pad_top >= g.in_height &&
         g.out_width * g.stride_width - g.pad_left >= g.in_width;
}

struct MaxOf {
  static F32x4 begin() { return splat(-INFINITY); }
  static F32x4 add(F32x4 best, F32x4 v) { return simd::max_keep(best, v); }
  static F32x4 end(F32x4 best, F32x4 /*scale*/) { return best; }
};

struct MeanOf {
  static F32x4 begin() { return F32x4{}; }
  static F32x4 add(F32x4 total, F32x4 v) { return total + v; }
  static F32x4 end(F32x4 total, F32x4 scale) { return total * scale; }
};

/// `vectors` vectors of channels of one window, or a single channel. `cell` is its first cell,
/// `row` the distance to the next row.
template <typename Fold, int vectors, bool whole = true>
void fold_window(int rows, int cols, ptrdiff_t row, ptrdiff_t channels, F32x4 scale,
                 const float* cell, float* out) {
  F32x4 total[vectors];
  for (F32x4& v : total) v = Fold::begin();
  for (int r = 0; r < rows; ++r, cell += row) {
    const float* at = cell;
    for (int c = 0; c < cols; ++c, at += channels) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v) {
        const F32x4 from = whole ? load(at + v * kLanes) : splat(*at);
        total[v] = Fold::add(total[v], from);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; ++v) {
    if (whole) {
      store(out + v * kLanes, Fold::end(total[v], scale));
    } else {
      *out = Fold::end(total[v], scale)[0];
    }
  }
}

template <typename Fold>
void pool_forward(const Pool2DGeometry& g, const float* x, float* y) {
  constexpr int kMany = 4;
  const ptrdiff_t channels = g.channels;
  const ptrdiff_t row = g.in_width * channels;
  const int64_t line_work = static_cast<int64_t>(g.out_width) * (g.channels / kLanes + 1) *
                            (g.window_height * g.window_width + 1);
  parallel_for(g.batch * g.out_height, grain_for(line_work), [=](int first, int last) {
    for (int line = first; line < last; ++line) {
      const float* const image = x + line / g.out_height * g.in_height * row;
      float* out = y + line * g.out_width * channels;
      for (int ox = 0; ox < g.out_width; ++ox) {
        const Window w = window_at(g, line % g.out_height, ox);
        const int rows = std::max(w.bottom - w.top, 0);
        const int cols = std::max(w.right - w.left, 0);
        const int count = rows * cols;
        const F32x4 scale = splat(count > 0 ? 1.0f / static_cast<float>(count) : 0.0f);
        const float* const cell = image + w.top * row + w.left * channels;
        ptrdiff_t c = 0;
        for (; c + kMany * kLanes <= channels; c += kMany * kLanes) {
          fold_window<Fold, kMany>(rows, cols, row, channels, scale, cell + c, out + c);
        }
        for (; c + kLanes <= channels; c += kLanes) {
          fold_window<Fold, 1>(rows, cols, row, channels, scale, cell + c, out + c);
        }
        for (; c < channels; ++c) {
          fold_window<Fold, 1, false>(rows, cols, row, channels, scale, cell + c, out + c);
        }
        out += channels;
      }
    }
  });
}

}  // namespace

void max_pool2d(const Pool2DGeometry& g, const float* x, float* y) { pool_forward<MaxOf>(g, x, y); }

void max_pool2d_backward(const Pool2DGeometry& g, const float* x, const float* y, const float* dy,
                         float* dx) {
  const int row = g.in_width * g.channels;
  // Where no two windows meet, a cell's gradient is written and not added to.
  const bool apart = g.stride_height >= g.window_height && g.stride_width >= g.window_width;
  parallel_for(g.batch, 1, [=](int first, int last) {
    if (!apart || !covers_image(g)) zero_images(g, first, last, dx);
    for_each_cell(g, first, last, [&](ptrdiff_t image, const Window& w, ptrdiff_t at) {
      int c = 0;
      for (; c + kLanes <= g.channels; c += kLanes) {
        const F32x4 best = load(y + at + c);
        F32x4 grad = load(dy + at + c);  // lanes that have found their maximum become 0
        for (int iy = w.top; iy < w.bottom; ++iy) {
          ptrdiff_t cell = image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) {
            const simd::I32x4 found = load(x + cell) == best;
            const F32x4 share = simd::from_bits(simd::bits(grad) & found);
            store(dx + cell, apart ? share : load(dx + cell) + share);
            grad = simd::from_bits(simd::bits(grad) & ~found);
          }
        }
      }
      for (; c < g.channels; ++c) {
        float grad = dy[at + c];
        for (int iy = w.top; iy < w.bottom; ++iy) {
          ptrdiff_t cell = image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) {
            const bool found = x[cell] == y[at + c];
            const float share = found ? grad : 0.0f;
            dx[cell] = apart ? share : dx[cell] + share;
            if (found) grad = 0;
          }
        }
      }
    });
  });
}

void avg_pool2d(const Pool2DGeometry& g, const float* x, float* y) {
  pool_forward<MeanOf>(g, x, y);
}

void avg_pool2d_backward(const Pool2DGeometry& g, const float* dy, float* dx) {
  const int row = g.in_width * g.channels;
  parallel_for(g.batch, 1, [=](int first, int last) {
    zero_images(g, first, last, dx);
    for_each_cell(g, first, last, [&](ptrdiff_t image, const Window& w, ptrdiff_t at) {
      const int count = w.count();
      if (count == 0) return;
      const float scale = 1.0f / static_cast<float>(count);
      int c = 0;
      for (; c + kLanes <= g.channels; c += kLanes) {
        const F32x4 share = load(dy + at + c) * splat(scale);
        for (int iy = w.top; iy < w.bottom; ++iy) {
          float* cell = dx + image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) {
            store(cell, load(cell) + share);
          }
        }
      }
      for (; c < g.channels; ++c) {
        const float share = dy[at + c] * scale;
        for (int iy = w.top; iy < w.bottom; ++iy) {
          float* cell = dx + image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) *cell += share;
        }
      }
    });
  });
}

}  // namespace heddle::kernels

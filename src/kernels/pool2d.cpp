#include "kernels/pool2d.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

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

}  // namespace

void max_pool2d(const Pool2DGeometry& g, const float* x, float* y) {
  const int row = g.in_width * g.channels;
  parallel_for(g.batch, 1, [&](int first, int last) {
    for_each_cell(g, first, last, [&](ptrdiff_t image, const Window& w, ptrdiff_t at) {
      int c = 0;
      for (; c + kLanes <= g.channels; c += kLanes) {
        F32x4 best = splat(-INFINITY);
        for (int iy = w.top; iy < w.bottom; ++iy) {
          const float* cell = x + image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) {
            best = simd::max_keep(best, load(cell));
          }
        }
        store(y + at + c, best);
      }
      for (; c < g.channels; ++c) {
        float best = -INFINITY;
        for (int iy = w.top; iy < w.bottom; ++iy) {
          const float* cell = x + image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) {
            best = best < *cell ? *cell : best;
          }
        }
        y[at + c] = best;
      }
    });
  });
}

void max_pool2d_backward(const Pool2DGeometry& g, const float* x, const float* y, const float* dy,
                         float* dx) {
  const int row = g.in_width * g.channels;
  // Where no two windows meet, a cell's gradient is written and not added to.
  const bool apart = g.stride_height >= g.window_height && g.stride_width >= g.window_width;
  parallel_for(g.batch, 1, [&](int first, int last) {
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
  const int row = g.in_width * g.channels;
  parallel_for(g.batch, 1, [&](int first, int last) {
    for_each_cell(g, first, last, [&](ptrdiff_t image, const Window& w, ptrdiff_t at) {
      const int count = w.count();
      const float scale = count > 0 ? 1.0f / static_cast<float>(count) : 0.0f;
      int c = 0;
      for (; c + kLanes <= g.channels; c += kLanes) {
        F32x4 total{};
        for (int iy = w.top; iy < w.bottom; ++iy) {
          const float* cell = x + image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) total += load(cell);
        }
        store(y + at + c, total * splat(scale));
      }
      for (; c < g.channels; ++c) {
        float total = 0;
        for (int iy = w.top; iy < w.bottom; ++iy) {
          const float* cell = x + image + iy * row + w.left * g.channels + c;
          for (int ix = w.left; ix < w.right; ++ix, cell += g.channels) total += *cell;
        }
        y[at + c] = total * scale;
      }
    });
  });
}

void avg_pool2d_backward(const Pool2DGeometry& g, const float* dy, float* dx) {
  const int row = g.in_width * g.channels;
  parallel_for(g.batch, 1, [&](int first, int last) {
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

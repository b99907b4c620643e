#include "kernels/sample_images.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/parallel.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

/// The rules of TensorFlow's ImageProjectiveTransformV3.
float map_place(float at, int length, Outside outside) {
  const auto size = static_cast<float>(length);
  const float last = size - 1;
  if (outside == Outside::kFill || outside == Outside::kFillOnly) return at;
  if (length > 1 && outside == Outside::kReflect) {
    const float twice = 2 * size;
    if (at < 0) {
      at += twice * std::trunc(-at / twice);
      at = at < -size ? at + twice : -at - 1;
    } else if (at > last) {
      at -= twice * std::trunc(at / twice);
      if (at >= size) at = twice - at - 1;
    }
  } else if (length > 1 && outside == Outside::kWrap) {
    if (at < 0) {
      at += size * (std::trunc(-at / last) + 1);
    } else if (at > last) {
      at -= size * std::trunc(at / last);
    }
  }
  return std::clamp(at, 0.0f, last);
}

/// The cells that one result is made of, and how much of it is fill.
struct Cells {
  int count = 0;
  ptrdiff_t place[4];
  float weight[4];
  float fill = 0;

  void add(const SampleGeometry& g, float y, float x, float share) {
    if (share == 0) return;
    const bool inside = y >= 0 && x >= 0 && y < static_cast<float>(g.in_height) &&
                        x < static_cast<float>(g.in_width);
    if (!inside) {
      fill += share;
      return;
    }
    place[count] =
        (static_cast<ptrdiff_t>(y) * g.in_width + static_cast<ptrdiff_t>(x)) * g.channels;
    weight[count++] = share;
  }
};

Cells cells_at(const SampleGeometry& g, const float* t, int out_x, int out_y) {
  const auto x = static_cast<float>(out_x);
  const auto y = static_cast<float>(out_y);
  Cells cells;
  const float k = t[6] * x + t[7] * y + 1;
  const float in_x = map_place((t[0] * x + t[1] * y + t[2]) / k, g.in_width, g.outside);
  const float in_y = map_place((t[3] * x + t[4] * y + t[5]) / k, g.in_height, g.outside);
  const bool beyond = in_x < 0 || in_y < 0 || in_x > static_cast<float>(g.in_width - 1) ||
                      in_y > static_cast<float>(g.in_height - 1);
  const bool is_number = std::isfinite(in_x) && std::isfinite(in_y);
  if (k == 0 || !is_number || (g.outside == Outside::kFillOnly && beyond)) {
    cells.fill = 1;
  } else if (g.bilinear) {
    const float left = std::floor(in_x);
    const float top = std::floor(in_y);
    const float dx = in_x - left;
    const float dy = in_y - top;
    cells.add(g, top, left, (1 - dy) * (1 - dx));
    cells.add(g, top, left + 1, (1 - dy) * dx);
    cells.add(g, top + 1, left, dy * (1 - dx));
    cells.add(g, top + 1, left + 1, dy * dx);
  } else {
    cells.add(g, std::floor(in_y + 0.5f), std::floor(in_x + 0.5f), 1);
  }
  return cells;
}

}  // namespace

void sample_image(const SampleGeometry& g, const float* image, const float* transform,
                  const float* fill, float* out) {
  for (int y = 0; y < g.out_height; ++y) {
    for (int x = 0; x < g.out_width; ++x, out += g.channels) {
      const Cells cells = cells_at(g, transform, x, y);
      for (int c = 0; c < g.channels; ++c) {
        float total = cells.fill != 0 ? cells.fill * fill[c] : 0;
        for (int i = 0; i < cells.count; ++i) total += cells.weight[i] * image[cells.place[i] + c];
        out[c] = total;
      }
    }
  }
}

void sample_image_backward(const SampleGeometry& g, const float* dy, const float* transform,
                           float* dx) {
  for (int y = 0; y < g.out_height; ++y) {
    for (int x = 0; x < g.out_width; ++x, dy += g.channels) {
      const Cells cells = cells_at(g, transform, x, y);
      for (int i = 0; i < cells.count; ++i) {
        for (int c = 0; c < g.channels; ++c) dx[cells.place[i] + c] += cells.weight[i] * dy[c];
      }
    }
  }
}

void interpolate(const Interpolation& t, int outer, int inner, const float* x, float* y) {
  using simd::F32x4;
  const ptrdiff_t line = inner;
  const int64_t line_work = static_cast<int64_t>(t.to) * (inner / simd::kLanes + 1);
  parallel_for(outer, grain_for(line_work), [&](int begin, int end) {
    for (int o = begin; o < end; ++o) {
      for (int i = 0; i < t.to; ++i) {
        const float* const low = x + (static_cast<ptrdiff_t>(o) * t.from + t.below[i]) * line;
        const float* const high = x + (static_cast<ptrdiff_t>(o) * t.from + t.above[i]) * line;
        float* const out = y + (static_cast<ptrdiff_t>(o) * t.to + i) * line;
        const float part = t.part[i];
        const F32x4 parts = simd::splat(part);
        int k = 0;
        for (; k + simd::kLanes <= inner; k += simd::kLanes) {
          const F32x4 from = simd::load(low + k);
          simd::store(out + k, from + (simd::load(high + k) - from) * parts);
        }
        for (; k < inner; ++k) out[k] = low[k] + (high[k] - low[k]) * part;
      }
    }
  });
}

void interpolate_backward(const Interpolation& t, int outer, int inner, const float* dy,
                          float* dx) {
  using simd::F32x4;
  const ptrdiff_t line = inner;
  const int64_t line_work = static_cast<int64_t>(t.to) * (inner / simd::kLanes + 1);
  parallel_for(outer, grain_for(line_work), [&](int begin, int end) {
    std::fill(dx + begin * t.from * line, dx + end * t.from * line, 0.0f);
    for (int o = begin; o < end; ++o) {
      for (int i = 0; i < t.to; ++i) {
        const float* const grads = dy + (static_cast<ptrdiff_t>(o) * t.to + i) * line;
        // One after the other: they may be the same cell.
        for (const bool above : {false, true}) {
          const int cell = above ? t.above[i] : t.below[i];
          const float share = above ? t.part[i] : 1 - t.part[i];
          float* const to = dx + (static_cast<ptrdiff_t>(o) * t.from + cell) * line;
          int k = 0;
          for (; k + simd::kLanes <= inner; k += simd::kLanes) {
            simd::store(to + k, simd::load(to + k) + simd::load(grads + k) * simd::splat(share));
          }
          for (; k < inner; ++k) to[k] += grads[k] * share;
        }
      }
    }
  });
}

}  // namespace heddle::kernels

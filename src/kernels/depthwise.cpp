#include "kernels/depthwise.h"

#include <algorithm>
#include <cstddef>

#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::madd;
using simd::store;

/// Along one axis: tap `tap` of the filter meets cell `source`.
struct Tap {
  int tap;
  int source;
};

/// The taps that reach each cell of an axis.
struct Axis {
  int window;
  Tap* taps;   // [cells, window]
  int* count;  // [cells]

  const Tap* begin(int cell) const { return taps + static_cast<ptrdiff_t>(cell) * window; }
};

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

/// Which cell of the image each tap of each output reads (`forward`), or which output each tap of
/// each cell of the image goes to.
Axis meet(const AxisSize& a, bool forward, Tap* taps, int* count) {
  const int cells = forward ? a.out : a.in;
  for (int cell = 0; cell < cells; ++cell) {
    Tap* to = taps + static_cast<ptrdiff_t>(cell) * a.window;
    count[cell] = 0;
    for (int t = 0; t < a.window; ++t) {
      int source = 0;
      if (forward) {
        source = cell * a.stride + t * a.dilation - a.pad;
        if (source < 0 || source >= a.in) continue;
      } else {
        const int reached = cell + a.pad - t * a.dilation;
        source = reached / a.stride;
        if (reached < 0 || reached % a.stride != 0 || source >= a.out) continue;
      }
      to[count[cell]++] = {t, source};
    }
  }
  return {a.window, taps, count};
}

/// Where a term of a sum begins: in the source image and in the filter.
struct Term {
  ptrdiff_t source;
  ptrdiff_t filter;
};

/// out[c] = the sum over the terms of source[c] * filter[c].
void sum_terms(int channels, int count, const Term* terms, const float* source, const float* filter,
               float* out) {
  int c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    F32x4 low{}, high{};
    for (int t = 0; t < count; ++t) {
      const float* const s = source + terms[t].source + c;
      const float* const f = filter + terms[t].filter + c;
      low = madd(load(s), load(f), low);
      high = madd(load(s + kLanes), load(f + kLanes), high);
    }
    store(out + c, low);
    store(out + c + kLanes, high);
  }
  for (; c < channels; ++c) {
    float total = 0;
    for (int t = 0; t < count; ++t) {
      total += source[terms[t].source + c] * filter[terms[t].filter + c];
    }
    out[c] = total;
  }
}

/// Every cell of the destination is the sum of the taps that reach it: y of x, or dx of dy.
void correlate(const Conv2DGeometry& g, bool forward, const float* source, const float* filter,
               float* out) {
  const AxisSize row_size = rows_of(g);
  const AxisSize col_size = cols_of(g);
  const int height = forward ? g.out_height : g.in_height;
  const int width = forward ? g.out_width : g.in_width;
  const int source_width = forward ? g.in_width : g.out_width;
  const int channels = g.in_channels;
  const size_t row_taps = static_cast<size_t>(height) * g.kernel_height;
  const size_t col_taps = static_cast<size_t>(width) * g.kernel_width;
  const size_t window = static_cast<size_t>(g.kernel_height) * g.kernel_width;
  auto* const terms = static_cast<Term*>(scratch_bytes(
      ScratchUse::kPatches, window * sizeof(Term) + (row_taps + col_taps) * sizeof(Tap) +
                                static_cast<size_t>(height + width) * sizeof(int)));
  auto* const taps = reinterpret_cast<Tap*>(terms + window);
  auto* const counts = reinterpret_cast<int*>(taps + row_taps + col_taps);
  const Axis rows = meet(row_size, forward, taps, counts);
  const Axis cols = meet(col_size, forward, taps + row_taps, counts + height);

  const ptrdiff_t source_step =
      static_cast<ptrdiff_t>(forward ? g.in_height : g.out_height) * source_width * channels;
  for (int n = 0; n < g.batch; ++n, source += source_step) {
    for (int i = 0; i < height; ++i) {
      for (int j = 0; j < width; ++j, out += channels) {
        int count = 0;
        for (int r = 0; r < rows.count[i]; ++r) {
          const Tap row = rows.begin(i)[r];
          for (int c = 0; c < cols.count[j]; ++c) {
            const Tap col = cols.begin(j)[c];
            terms[count++] = {
                (static_cast<ptrdiff_t>(row.source) * source_width + col.source) * channels,
                (static_cast<ptrdiff_t>(row.tap) * g.kernel_width + col.tap) * channels};
          }
        }
        sum_terms(channels, count, terms, source, filter, out);
      }
    }
  }
}

/// dw[c] += the sum over `count` cells side by side of x[c] * dy[c].
void add_products(int channels, int count, const float* x, ptrdiff_t x_step, const float* dy,
                  float* dw) {
  int c = 0;
  for (; c + kLanes <= channels; c += kLanes) {
    F32x4 total = load(dw + c);
    for (int i = 0; i < count; ++i) {
      total = madd(load(x + i * x_step + c), load(dy + static_cast<ptrdiff_t>(i) * channels + c),
                   total);
    }
    store(dw + c, total);
  }
  for (; c < channels; ++c) {
    float total = dw[c];
    for (int i = 0; i < count; ++i) {
      total += x[i * x_step + c] * dy[static_cast<ptrdiff_t>(i) * channels + c];
    }
    dw[c] = total;
  }
}

}  // namespace

void depthwise_forward(const Conv2DGeometry& g, const float* x, const float* w, float* y) {
  correlate(g, true, x, w, y);
}

void depthwise_backward_input(const Conv2DGeometry& g, const float* dy, const float* w, float* dx) {
  correlate(g, false, dy, w, dx);
}

void depthwise_backward_filter(const Conv2DGeometry& g, const float* x, const float* dy,
                               float* dw) {
  const ptrdiff_t channels = g.in_channels;
  const ptrdiff_t x_step = g.stride_width * channels;
  std::fill_n(dw, g.kernel_height * g.kernel_width * channels, 0.0f);
  for (int n = 0; n < g.batch; ++n) {
    for (int i = 0; i < g.out_height; ++i) {
      for (int ty = 0; ty < g.kernel_height; ++ty) {
        const int row = i * g.stride_height + ty * g.dilation_height - g.pad_top;
        if (row < 0 || row >= g.in_height) continue;
        for (int tx = 0; tx < g.kernel_width; ++tx) {
          // Outputs from `first` to `last` read this tap inside the image.
          const int offset = tx * g.dilation_width - g.pad_left;
          const int first = offset >= 0 ? 0 : (-offset + g.stride_width - 1) / g.stride_width;
          const int reach = g.in_width - offset;
          const int last = reach <= 0 ? 0 : std::min(g.out_width, (reach - 1) / g.stride_width + 1);
          if (first >= last) continue;
          const ptrdiff_t in_cell = (static_cast<ptrdiff_t>(n) * g.in_height + row) * g.in_width +
                                    first * g.stride_width + offset;
          const ptrdiff_t out_cell =
              (static_cast<ptrdiff_t>(n) * g.out_height + i) * g.out_width + first;
          add_products(g.in_channels, last - first, x + in_cell * channels, x_step,
                       dy + out_cell * channels, dw + (ty * g.kernel_width + tx) * channels);
        }
      }
    }
  }
}

}  // namespace heddle::kernels

#include "kernels/depthwise.h"

#include <cmath>
#include <limits>

#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::expect_close;
using testing::Numbers;

struct Sizes {
  size_t x, w, y;
};

Sizes sizes_of(const Conv2DGeometry& g) {
  const size_t channels = g.in_channels;
  return {static_cast<size_t>(g.batch) * g.in_height * g.in_width * channels,
          static_cast<size_t>(g.kernel_height) * g.kernel_width * channels,
          static_cast<size_t>(g.batch) * g.out_height * g.out_width * channels};
}

/// Calls fn(x index, w index, y index) for all that meet.
template <typename Fn>
void for_each_product(const Conv2DGeometry& g, Fn fn) {
  size_t y = 0;
  for (int n = 0; n < g.batch; ++n) {
    for (int i = 0; i < g.out_height; ++i) {
      for (int j = 0; j < g.out_width; ++j) {
        for (int c = 0; c < g.in_channels; ++c, ++y) {
          for (int ty = 0; ty < g.kernel_height; ++ty) {
            for (int tx = 0; tx < g.kernel_width; ++tx) {
              const int row = i * g.stride_height + ty * g.dilation_height - g.pad_top;
              const int col = j * g.stride_width + tx * g.dilation_width - g.pad_left;
              if (row < 0 || col < 0 || row >= g.in_height || col >= g.in_width) continue;
              fn(((static_cast<size_t>(n) * g.in_height + row) * g.in_width + col) * g.in_channels +
                     c,
                 (static_cast<size_t>(ty) * g.kernel_width + tx) * g.in_channels + c, y);
            }
          }
        }
      }
    }
  }
}

void check(const Conv2DGeometry& g, Numbers& numbers) {
  const Sizes size = sizes_of(g);
  const std::vector<float> x = numbers.floats(size.x), w = numbers.floats(size.w),
                           dy = numbers.floats(size.y), bias = numbers.floats(g.in_channels);
  std::vector<double> expected(size.y), clipped(size.y), dx_expected(size.x), dw_expected(size.w);
  for_each_product(g, [&](size_t xi, size_t wi, size_t yi) {
    expected[yi] += static_cast<double>(x[xi]) * w[wi];
    dx_expected[xi] += static_cast<double>(dy[yi]) * w[wi];
    dw_expected[wi] += static_cast<double>(x[xi]) * dy[yi];
  });
  for (size_t i = 0; i < size.y; ++i) {
    clipped[i] = std::min(std::max(expected[i] + bias[i % g.in_channels], -0.25), 0.5);
  }
  std::vector<float> y(size.y, 7.0f), dx(size.x, 7.0f), dw(size.w, 7.0f);
  depthwise_forward(g, x.data(), w.data(), {}, y.data());
  expect_close(y, expected, 1e-5);
  depthwise_forward(g, x.data(), w.data(), {bias.data(), -0.25f, 0.5f}, y.data());
  expect_close(y, clipped, 1e-5);
  depthwise_backward_input(g, dy.data(), w.data(), dx.data());
  expect_close(dx, dx_expected, 1e-5);
  depthwise_backward_filter(g, x.data(), dy.data(), dw.data());
  expect_close(dw, dw_expected, 1e-4);
}

TEST(Depthwise, RandomGeometries) {
  Numbers numbers(53);
  for (int i = 0; i < 300; ++i) {
    Conv2DGeometry g;
    g.batch = numbers.between(1, 2);
    g.in_height = numbers.between(1, 9);
    g.in_width = numbers.between(1, 15);
    g.in_channels = numbers.between(1, 14);
    // Mostly the window that is fastest.
    const bool usual = i % 3 != 0;
    g.kernel_height = usual ? 3 : numbers.between(1, 5);
    g.kernel_width = usual ? 3 : numbers.between(1, 5);
    g.stride_height = numbers.between(1, usual ? 2 : 3);
    g.stride_width = numbers.between(1, usual ? 2 : 3);
    g.dilation_height = usual ? 1 : numbers.between(1, 3);
    g.dilation_width = usual ? 1 : numbers.between(1, 3);
    g.pad_top = numbers.between(0, 2);
    g.pad_left = numbers.between(0, 2);
    g.out_height = numbers.between(1, 9);
    g.out_width = numbers.between(1, 13);
    SCOPED_TRACE(::testing::Message()
                 << "image " << g.in_height << "x" << g.in_width << "x" << g.in_channels
                 << " window " << g.kernel_height << "x" << g.kernel_width << " stride "
                 << g.stride_height << "," << g.stride_width << " dilation " << g.dilation_height
                 << "," << g.dilation_width << " pad " << g.pad_top << "," << g.pad_left << " out "
                 << g.out_height << "x" << g.out_width);
    check(g, numbers);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Depthwise, CellsOutsideAreNotRead) {
  // Where a window reaches beyond its row, infinities at the end of the row before play no part.
  Conv2DGeometry g;
  g.in_height = g.out_height = 3;
  g.in_width = g.out_width = 8;
  g.in_channels = 4;
  g.kernel_height = g.kernel_width = 3;
  g.pad_top = g.pad_left = 1;
  const Sizes size = sizes_of(g);
  std::vector<float> x(size.x, 1.0f), w(size.w, 1.0f), y(size.y);
  for (int c = 0; c < 4; ++c) x[7 * 4 + c] = std::numeric_limits<float>::infinity();
  depthwise_forward(g, x.data(), w.data(), {}, y.data());
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 8; ++col) {
      const bool meets = row <= 1 && col >= 6;
      EXPECT_EQ(std::isinf(y[(row * 8 + col) * 4]), meets) << row << "," << col;
    }
  }
}

}  // namespace
}  // namespace heddle::kernels

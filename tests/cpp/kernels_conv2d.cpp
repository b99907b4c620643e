#include "kernels/conv2d.h"

#include "kernels/scratch.h"
#include "kernels/winograd.h"
#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::expect_close;
using testing::Numbers;

/// Calls fn(x index, w index, y index) for every product that the convolution sums.
template <typename Fn>
void for_each_product(const Conv2DGeometry& g, Fn fn) {
  for (int n = 0; n < g.batch; ++n) {
    for (int oy = 0; oy < g.out_height; ++oy) {
      for (int ox = 0; ox < g.out_width; ++ox) {
        for (int ky = 0; ky < g.kernel_height; ++ky) {
          for (int kx = 0; kx < g.kernel_width; ++kx) {
            const int iy = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
            const int ix = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
            if (iy < 0 || ix < 0 || iy >= g.in_height || ix >= g.in_width) continue;
            for (int c = 0; c < g.in_channels; ++c) {
              for (int o = 0; o < g.out_channels; ++o) {
                fn(((n * g.in_height + iy) * g.in_width + ix) * g.in_channels + c,
                   ((ky * g.kernel_width + kx) * g.in_channels + c) * g.out_channels + o,
                   ((n * g.out_height + oy) * g.out_width + ox) * g.out_channels + o);
              }
            }
          }
        }
      }
    }
  }
}

/// `scale` is what the gradient of the filter is compared by.
void check(const Conv2DGeometry& g, uint64_t seed, double tolerance = 2e-5, double scale = 1) {
  SCOPED_TRACE(::testing::Message()
               << g.batch << "x" << g.in_height << "x" << g.in_width << "x" << g.in_channels
               << " -> " << g.out_height << "x" << g.out_width << "x" << g.out_channels
               << " kernel " << g.kernel_height << "x" << g.kernel_width << " stride "
               << g.stride_height << "," << g.stride_width << " pad " << g.pad_top << ","
               << g.pad_left << " dilation " << g.dilation_height << "," << g.dilation_width);
  Numbers numbers(seed);
  const size_t x_size = static_cast<size_t>(g.batch) * g.in_height * g.in_width * g.in_channels;
  const size_t y_size = static_cast<size_t>(g.batch) * g.out_height * g.out_width * g.out_channels;
  const size_t w_size =
      static_cast<size_t>(g.kernel_height) * g.kernel_width * g.in_channels * g.out_channels;
  const auto x = numbers.floats(x_size), w = numbers.floats(w_size), dy = numbers.floats(y_size);
  const auto bias = numbers.floats(g.out_channels);

  // The results begin as numbers, so that what is not written is seen.
  std::vector<float> y = numbers.floats(y_size), dx = numbers.floats(x_size);
  std::vector<float> dw = numbers.floats(w_size), dw_sum = dw;
  std::vector<double> want_y(y_size), want_dx(x_size), want_dw(w_size);
  for (size_t i = 0; i < y_size; ++i) want_y[i] = bias[i % g.out_channels];
  for_each_product(g, [&](int xi, int wi, int yi) {
    want_y[yi] += double{x[xi]} * w[wi];
    want_dx[xi] += double{dy[yi]} * w[wi];
    want_dw[wi] += double{dy[yi]} * x[xi];
  });
  for (double& value : want_y) value = std::max(value, 0.0);
  std::vector<double> want_sum = want_dw;
  for (size_t i = 0; i < w_size; ++i) want_sum[i] += dw_sum[i];

  Epilogue epilogue;
  epilogue.bias = bias.data();
  epilogue.activation = Activation::kRelu;
  conv2d_forward(g, x.data(), w.data(), epilogue, y.data());
  expect_close(y, want_y, tolerance);
  conv2d_backward_input(g, dy.data(), w.data(), dx.data());
  expect_close(dx, want_dx, tolerance);
  conv2d_backward_filter(g, x.data(), dy.data(), dw.data());
  expect_close(dw, want_dw, tolerance, scale);
  conv2d_backward_filter(g, x.data(), dy.data(), dw_sum.data(), true);
  expect_close(dw_sum, want_sum, tolerance, scale);
}

/// Outputs of one axis when `pad` cells are added in all.
int out_size(int in, int kernel, int stride, int dilation, int pad) {
  const int room = in + pad - ((kernel - 1) * dilation + 1);
  return room < 0 ? 0 : room / stride + 1;
}

TEST(Conv2D, RandomGeometries) {
  Numbers numbers(11);
  for (int trial = 0; trial < 400; ++trial) {
    Conv2DGeometry g;
    g.batch = numbers.between(1, 3);
    g.in_height = numbers.between(1, 11);
    g.in_width = numbers.between(1, 11);
    g.in_channels = trial % 2 == 0 ? numbers.between(1, 4) : numbers.between(1, 12);
    g.out_channels = numbers.between(1, 19);
    g.kernel_height = numbers.between(1, 4);
    g.kernel_width = numbers.between(1, 4);
    g.stride_height = numbers.between(1, 3);
    g.stride_width = numbers.between(1, 3);
    g.dilation_height = numbers.between(1, 3);
    g.dilation_width = trial % 3 == 0 ? numbers.between(1, 3) : 1;
    g.pad_top = numbers.between(0, 3);
    g.pad_left = numbers.between(0, 3);
    g.out_height = out_size(g.in_height, g.kernel_height, g.stride_height, g.dilation_height,
                            g.pad_top + numbers.between(0, 3));
    g.out_width = out_size(g.in_width, g.kernel_width, g.stride_width, g.dilation_width,
                           g.pad_left + numbers.between(0, 3));
    check(g, 100 + trial);
    if (HasFatalFailure()) return;
  }
}

Conv2DGeometry square(int batch, int size, int in, int out, int kernel, int stride, int pad) {
  Conv2DGeometry g;
  g.batch = batch;
  g.in_height = g.in_width = size;
  g.in_channels = in;
  g.out_channels = out;
  g.kernel_height = g.kernel_width = kernel;
  g.stride_height = g.stride_width = stride;
  g.pad_top = g.pad_left = pad;
  g.out_height = g.out_width = out_size(size, kernel, stride, 1, 2 * pad);
  return g;
}

TEST(Conv2D, UsualLayers) {
  check(square(2, 28, 1, 32, 3, 1, 0), 1);
  check(square(2, 13, 32, 64, 3, 1, 0), 2);
  check(square(2, 14, 16, 24, 3, 1, 1), 3);
  check(square(3, 9, 8, 16, 1, 1, 0), 4);    // a plain product
  check(square(2, 9, 8, 16, 1, 2, 0), 5);    // with a stride it is not; three quarters of dx are 0
  check(square(1, 16, 3, 16, 7, 2, 3), 6);   // the stem of a ResNet
  check(square(1, 6, 300, 20, 3, 1, 1), 7);  // more depth than a group of panels
  check(square(8, 7, 3, 10, 3, 1, 1), 11);   // a small filter, summed over parts of the batch
  check(square(21, 6, 1, 5, 2, 2, 0), 12);   // parts that are not equal
}

// Enough tiles and channels for the transformed way, with tiles that reach beyond the grid, panels
// that are not full, images that share a block and blocks that are not full.
TEST(Conv2D, Winograd) {
  Numbers numbers(12);
  for (int trial = 0; trial < 24; ++trial) {
    Conv2DGeometry g;
    g.in_height = numbers.between(5, 14);
    g.in_width = numbers.between(5, 14);
    g.kernel_height = g.kernel_width = 3;
    g.in_channels = 16 + 4 * numbers.between(0, 3);
    g.out_channels = 16 + 4 * numbers.between(0, 3);
    g.pad_top = numbers.between(0, 2);
    g.pad_left = numbers.between(0, 2);
    g.out_height = g.in_height + g.pad_top - 2 + numbers.between(0, 2);
    g.out_width = g.in_width + g.pad_left - 2 + numbers.between(0, 2);
    g.batch = 96 / ((g.out_height + 3) / 4 * ((g.out_width + 3) / 4)) + numbers.between(1, 4);
    ASSERT_TRUE(winograd_pays({g.in_height, g.in_width, g.in_channels, g.out_height, g.out_width, 3,
                               3, 1, 1, 1, 1, g.pad_top, g.pad_left},
                              g.batch, g.out_channels));
    // What sums of so many products of numbers from -1 to 1 amount to.
    check(g, 900 + trial, 1e-4, std::sqrt(g.batch * g.out_height * g.out_width) / 3);
    if (HasFatalFailure()) return;
  }
}

// A last row or column of tiles with one row or column of cells is done directly.
TEST(Conv2D, WinogradWithoutTheLastCells) {
  for (const auto [height, width] : {std::pair(13, 13), {13, 12}, {12, 13}, {1, 400}, {400, 1}}) {
    Conv2DGeometry g;
    g.batch = 20;
    g.in_height = g.out_height = height;
    g.in_width = g.out_width = width;
    g.in_channels = g.out_channels = 16;
    g.kernel_height = g.kernel_width = 3;
    g.pad_top = g.pad_left = 1;
    ASSERT_TRUE(winograd_pays({height, width, 16, height, width, 3, 3, 1, 1, 1, 1, 1, 1}, 20, 16));
    check(g, 950, 1e-4, std::sqrt(g.batch * height * width) / 3);
  }
}

TEST(Conv2D, NothingToDo) {
  check(square(0, 5, 2, 3, 3, 1, 0), 8);
  check(square(2, 2, 2, 3, 3, 1, 0), 9);  // the kernel does not fit: no outputs, dx is 0
}

TEST(Conv2D, AllocatesOnlyTheFirstTime) {
  check(square(2, 9, 5, 7, 3, 2, 1), 10);
  const size_t growths = scratch_growths();
  check(square(2, 9, 5, 7, 3, 2, 1), 10);
  EXPECT_EQ(scratch_growths(), growths);
}

}  // namespace
}  // namespace heddle::kernels

#include "kernels/pool2d.h"

#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::expect_close;
using testing::Numbers;

void check(const Pool2DGeometry& g, Numbers& numbers) {
  const size_t x_size = static_cast<size_t>(g.batch) * g.in_height * g.in_width * g.channels;
  const size_t y_size = static_cast<size_t>(g.batch) * g.out_height * g.out_width * g.channels;
  // Few different values, so that maxima tie.
  std::vector<float> x(x_size);
  for (float& value : x) value = static_cast<float>(numbers.between(-3, 3));
  const std::vector<float> dy = numbers.floats(y_size);
  std::vector<double> max(y_size, -INFINITY), mean(y_size), dx_max(x_size), dx_mean(x_size);
  size_t at = 0;
  for (int n = 0; n < g.batch; ++n) {
    for (int oy = 0; oy < g.out_height; ++oy) {
      for (int ox = 0; ox < g.out_width; ++ox) {
        for (int c = 0; c < g.channels; ++c, ++at) {
          std::vector<size_t> cells;
          for (int ky = 0; ky < g.window_height; ++ky) {
            for (int kx = 0; kx < g.window_width; ++kx) {
              const int iy = oy * g.stride_height + ky - g.pad_top;
              const int ix = ox * g.stride_width + kx - g.pad_left;
              if (iy < 0 || ix < 0 || iy >= g.in_height || ix >= g.in_width) continue;
              cells.push_back(
                  ((static_cast<size_t>(n) * g.in_height + iy) * g.in_width + ix) * g.channels + c);
            }
          }
          size_t best = 0;
          for (const size_t cell : cells) {
            if (x[cell] > max[at]) {
              max[at] = x[cell];
              best = cell;
            }
            mean[at] += x[cell] / static_cast<double>(cells.size());
            dx_mean[cell] += dy[at] / static_cast<double>(cells.size());
          }
          if (!cells.empty()) dx_max[best] += dy[at];
        }
      }
    }
  }
  std::vector<float> y(y_size, 7.0f), dx(x_size, 7.0f);
  max_pool2d(g, x.data(), y.data());
  expect_close(y, max, 0);
  max_pool2d_backward(g, x.data(), y.data(), dy.data(), dx.data());
  expect_close(dx, dx_max, 1e-6);
  avg_pool2d(g, x.data(), y.data());
  expect_close(y, mean, 1e-6);
  avg_pool2d_backward(g, dy.data(), dx.data());
  expect_close(dx, dx_mean, 1e-6);
}

TEST(Pool2D, RandomGeometries) {
  Numbers numbers(31);
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE(trial);
    Pool2DGeometry g;
    g.batch = numbers.between(1, 3);
    g.in_height = numbers.between(1, 9);
    g.in_width = numbers.between(1, 9);
    g.channels = numbers.between(1, 11);
    g.window_height = numbers.between(1, 4);
    g.window_width = numbers.between(1, 4);
    g.stride_height = numbers.between(1, 4);
    g.stride_width = numbers.between(1, 4);
    g.pad_top = numbers.between(0, 2);
    g.pad_left = numbers.between(0, 2);
    g.out_height = numbers.between(1, 6);  // reaches beyond the image now and then
    g.out_width = numbers.between(1, 6);
    check(g, numbers);
    if (HasFatalFailure()) return;
  }
}

TEST(Pool2D, NanIsPassedOver) {
  Pool2DGeometry g;
  g.in_height = 1;
  g.in_width = 4;
  g.channels = g.out_height = g.out_width = 1;
  g.window_width = 4;
  const std::vector<float> x = {1, NAN, 3, 2}, dy = {5};
  std::vector<float> y(1), dx(4);
  max_pool2d(g, x.data(), y.data());
  EXPECT_EQ(y[0], 3);
  max_pool2d_backward(g, x.data(), y.data(), dy.data(), dx.data());
  EXPECT_EQ(dx, (std::vector<float>{0, 0, 5, 0}));
}

}  // namespace
}  // namespace heddle::kernels

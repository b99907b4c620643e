// Kernels that share their work among threads: the same numbers as on one thread, bit for bit,
// since they cut what they make and never a sum.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "kernels/conv2d.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/parallel.h"
#include "kernels/pool2d.h"
#include "kernels/reduce.h"
#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::Numbers;

/// Runs `work(out)` on one thread and on several; `size` floats have to be the same.
template <typename Work>
void expect_same(size_t size, const std::string& what, Work work) {
  std::vector<float> one(size, 7.0f);
  start_threads(1);
  work(one.data());
  for (int threads : {2, 3, 5}) {
    std::vector<float> several(size, 7.0f);
    start_threads(threads);
    work(several.data());
    EXPECT_EQ(std::memcmp(one.data(), several.data(), size * sizeof(float)), 0)
        << what << " on " << threads << " threads";
  }
  start_threads(1);
}

TEST(KernelsOnThreads, Products) {
  Numbers numbers(1);
  const struct {
    int m, n, k;
  } shapes[] = {{64, 64, 64},  {200, 90, 400}, {33, 517, 130}, {517, 33, 130}, {7, 1000, 64},
                {1, 900, 300}, {1, 3001, 700}, {130, 9, 900},  {96, 96, 1}};
  for (const auto& [m, n, k] : shapes) {
    const std::vector<float> a = numbers.floats(m * k), b = numbers.floats(k * n);
    const std::vector<float> bias = numbers.floats(n);
    for (bool turn_a : {false, true}) {
      for (bool turn_b : {false, true}) {
        const MatrixRef left{a.data(), turn_a ? 1 : k, turn_a ? m : 1};
        const MatrixRef right{b.data(), turn_b ? 1 : n, turn_b ? k : 1};
        for (Activation activation : {Activation::kRelu, Activation::kTanh}) {
          expect_same(static_cast<size_t>(m) * n, "product", [&](float* c) {
            gemm(m, n, k, left, right, c, n, {bias.data(), activation, false});
            gemm(m, n, k, left, right, c, n, {nullptr, Activation::kNone, true});
          });
        }
      }
    }
  }
}

TEST(KernelsOnThreads, ManyProducts) {
  Numbers numbers(2);
  for (int batch : {1, 3, 40}) {
    const int m = 37, n = 45, k = 60;
    const std::vector<float> a = numbers.floats(batch * m * k), b = numbers.floats(batch * k * n);
    expect_same(static_cast<size_t>(batch) * m * n, "products", [&](float* c) {
      gemm_batched(batch, m, n, k, {a.data(), k, 1}, m * k, {b.data(), n, 1}, k * n, c, n, m * n);
    });
  }
}

TEST(KernelsOnThreads, Convolutions) {
  Numbers numbers(3);
  for (int batch : {1, 2, 9}) {
    for (int channels : {1, 3, 20}) {
      for (int filters : {5, 40}) {
        for (int stride : {1, 2}) {
          Conv2DGeometry g{};
          g.batch = batch;
          g.in_height = 23;
          g.in_width = 19;
          g.in_channels = channels;
          g.kernel_height = g.kernel_width = 3;
          g.out_channels = filters;
          g.stride_height = g.stride_width = stride;
          g.dilation_height = g.dilation_width = 1;
          g.pad_top = g.pad_left = 1;
          g.out_height = (23 + 2 - 3) / stride + 1;
          g.out_width = (19 + 2 - 3) / stride + 1;
          const size_t in = static_cast<size_t>(batch) * 23 * 19 * channels;
          const size_t out = static_cast<size_t>(batch) * g.out_height * g.out_width * filters;
          const size_t filter = 9u * channels * filters;
          const std::vector<float> x = numbers.floats(in);
          const std::vector<float> w = numbers.floats(filter);
          const std::vector<float> dy = numbers.floats(out);
          expect_same(out, "forward", [&](float* y) {
            conv2d_forward(g, x.data(), w.data(), {nullptr, Activation::kRelu, false}, y);
          });
          expect_same(in, "to the image",
                      [&](float* dx) { conv2d_backward_input(g, dy.data(), w.data(), dx); });
          expect_same(filter, "to the filter", [&](float* dw) {
            conv2d_backward_filter(g, x.data(), dy.data(), dw, false);
            conv2d_backward_filter(g, x.data(), dy.data(), dw, true);
          });
        }
      }
    }
  }
}

TEST(KernelsOnThreads, Reductions) {
  Numbers numbers(4);
  const int dims[3] = {40, 70, 50};
  const std::vector<float> x = numbers.floats(40 * 70 * 50);
  for (int mask = 0; mask < 8; ++mask) {
    const bool reduced[3] = {(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0};
    size_t outputs = 1;
    for (int d = 0; d < 3; ++d) outputs *= reduced[d] ? 1 : dims[d];
    for (Reduction kind : {Reduction::kSum, Reduction::kMean, Reduction::kMax}) {
      expect_same(outputs, "reduction",
                  [&](float* y) { reduce(kind, DType::kFloat32, 3, dims, reduced, x.data(), y); });
    }
  }
  for (int cols : {1, 15, 50, 350}) {
    expect_same(cols, "sum of rows", [&](float* y) {
      sum_rows(140000 / cols, cols, x.data(), y, false);
      sum_rows(140000 / cols, cols, x.data(), y, true);
    });
  }
}

TEST(KernelsOnThreads, Pooling) {
  Numbers numbers(5);
  for (int batch : {1, 7}) {
    Pool2DGeometry g{};
    g.batch = batch;
    g.in_height = 50;
    g.in_width = 41;
    g.channels = 21;
    g.window_height = g.window_width = 3;
    g.stride_height = g.stride_width = 2;
    g.pad_top = g.pad_left = 1;
    g.out_height = 25;
    g.out_width = 21;
    const size_t in = static_cast<size_t>(batch) * 50 * 41 * 21;
    const size_t out = static_cast<size_t>(batch) * 25 * 21 * 21;
    const std::vector<float> x = numbers.floats(in), dy = numbers.floats(out);
    std::vector<float> y(out);
    max_pool2d(g, x.data(), y.data());
    expect_same(out, "maximum", [&](float* to) { max_pool2d(g, x.data(), to); });
    expect_same(out, "mean", [&](float* to) { avg_pool2d(g, x.data(), to); });
    expect_same(in, "to the maximum",
                [&](float* dx) { max_pool2d_backward(g, x.data(), y.data(), dy.data(), dx); });
    expect_same(in, "to the mean", [&](float* dx) { avg_pool2d_backward(g, dy.data(), dx); });
  }
}

TEST(KernelsOnThreads, ElementwiseChains) {
  Numbers numbers(6);
  Chain chain;
  chain.num_inputs = 2;
  chain.num_steps = 3;
  chain.num_outputs = 1;
  chain.inputs[0] = chain.inputs[1] = DType::kFloat32;
  chain.steps[0] = {Code::kAdd, {0, 1, 0}, {}};
  chain.steps[1] = {Code::kTanh, {2, 0, 0}, {}};
  chain.steps[2] = {Code::kMul, {3, 0, 0}, {}};
  chain.outputs[0].value = 4;
  const std::vector<float> x = numbers.floats(300 * 211), bias = numbers.floats(211);
  const int dims[2] = {300, 211}, x_strides[2] = {211, 1}, bias_strides[2] = {0, 1};
  const int* const strides[2] = {x_strides, bias_strides};
  const void* const inputs[2] = {x.data(), bias.data()};
  expect_same(x.size(), "chain", [&](float* y) {
    void* const outputs[1] = {y};
    run_chain(chain, 2, dims, strides, inputs, outputs);
  });
}

}  // namespace
}  // namespace heddle::kernels

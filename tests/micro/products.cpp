#include "kernels/conv2d.h"
#include "kernels/depthwise.h"
#include "kernels/gemm.h"
#include "kernels/pool2d.h"
#include "values.h"
#include "workloads.h"

namespace heddle::micro {
namespace {

using kernels::Conv2DGeometry;
using kernels::MatrixRef;

size_t area(int a, int b, int c = 1, int d = 1) {
  return static_cast<size_t>(a) * static_cast<size_t>(b) * static_cast<size_t>(c) *
         static_cast<size_t>(d);
}

std::string sizes(std::initializer_list<int> list) {
  std::string text;
  for (const int size : list) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

/// c [m, n] = a [m, k] times b [k, n], each as it lies or transposed.
Workload product(int m, int k, int n, bool a_transposed = false, bool b_transposed = false) {
  const Values a = random_values(area(m, k));
  const Values b = random_values(area(k, n));
  const Values c = random_values(area(m, n));
  const std::string flags = std::string(a_transposed ? " aT" : "") + (b_transposed ? " bT" : "");
  return {"product " + sizes({m, k, n}) + flags, 2.0 * m * k * n, "FLOP", [=] {
            const MatrixRef left =
                a_transposed ? MatrixRef{a->data(), 1, m} : MatrixRef{a->data(), k, 1};
            const MatrixRef right =
                b_transposed ? MatrixRef{b->data(), 1, k} : MatrixRef{b->data(), n, 1};
            kernels::gemm(m, n, k, left, right, c->data(), n);
          }};
}

/// A square image padded as by 'same', batch 1 unless said.
Conv2DGeometry geometry(int side, int channels, int filters, int size, int stride, int batch) {
  Conv2DGeometry g;
  g.batch = batch;
  g.in_height = g.in_width = side;
  g.in_channels = channels;
  g.out_height = g.out_width = (side + stride - 1) / stride;
  g.out_channels = filters;
  g.kernel_height = g.kernel_width = size;
  g.stride_height = g.stride_width = stride;
  g.pad_top = g.pad_left = ((g.out_height - 1) * stride + size - side) / 2;
  return g;
}

/// Forward, and the gradients for image and filter, with one set of arrays.
void add_convolution(std::vector<Workload>& list, bool depthwise, const Conv2DGeometry& g) {
  const int filters = depthwise ? g.in_channels : g.out_channels;
  const int terms = g.kernel_height * g.kernel_width * (depthwise ? 1 : g.in_channels);
  const Values x = random_values(area(g.batch, g.in_height, g.in_width, g.in_channels));
  const Values w = random_values(area(terms, filters));
  const Values y = random_values(area(g.batch, g.out_height, g.out_width, filters));
  const Values dx = random_values(x->size());
  const Values dw = random_values(w->size());
  const double flop = 2.0 * static_cast<double>(y->size()) * terms;
  const std::string name = std::string(depthwise ? "depthwise " : "convolution ") +
                           sizes({g.batch, g.in_height, g.in_width, g.in_channels, filters}) +
                           " k" + std::to_string(g.kernel_height) + " s" +
                           std::to_string(g.stride_height);
  list.push_back({name, flop, "FLOP", [=] {
                    if (depthwise) {
                      kernels::depthwise_forward(g, x->data(), w->data(), {}, y->data());
                    } else {
                      kernels::conv2d_forward(g, x->data(), w->data(), {}, y->data());
                    }
                  }});
  list.push_back({name + " to the image", flop, "FLOP", [=] {
                    if (depthwise) {
                      kernels::depthwise_backward_input(g, y->data(), w->data(), dx->data());
                    } else {
                      kernels::conv2d_backward_input(g, y->data(), w->data(), dx->data());
                    }
                  }});
  list.push_back({name + " to the filter", flop, "FLOP", [=] {
                    if (depthwise) {
                      kernels::depthwise_backward_filter(g, x->data(), y->data(), dw->data());
                    } else {
                      kernels::conv2d_backward_filter(g, x->data(), y->data(), dw->data());
                    }
                  }});
}

void add_pools(std::vector<Workload>& list, int batch, int side, int channels) {
  kernels::Pool2DGeometry g;
  g.batch = batch;
  g.in_height = g.in_width = side;
  g.channels = channels;
  g.out_height = g.out_width = side / 2;
  g.window_height = g.window_width = g.stride_height = g.stride_width = 2;
  const Values x = random_values(area(batch, side, side, channels));
  const Values y = random_values(area(batch, side / 2, side / 2, channels));
  const Values dx = random_values(x->size());
  const std::string name = " pool " + sizes({batch, side, side, channels});
  const double bytes = 4.0 * static_cast<double>(x->size() + y->size());
  list.push_back({"max" + name, bytes, "B", [=] { kernels::max_pool2d(g, x->data(), y->data()); }});
  list.push_back({"max" + name + " backward", 2 * bytes, "B", [=] {
                    kernels::max_pool2d(g, x->data(), y->data());
                    kernels::max_pool2d_backward(g, x->data(), y->data(), y->data(), dx->data());
                  }});
  list.push_back(
      {"average" + name, bytes, "B", [=] { kernels::avg_pool2d(g, x->data(), y->data()); }});
  list.push_back({"average" + name + " backward", bytes, "B",
                  [=] { kernels::avg_pool2d_backward(g, y->data(), dx->data()); }});
}

}  // namespace

std::vector<Workload> product_workloads() {
  std::vector<Workload> list;
  for (const int size : {64, 128, 256, 512}) list.push_back(product(size, size, size));
  list.push_back(product(256, 256, 256, true, false));
  list.push_back(product(256, 256, 256, false, true));
  list.push_back(product(32, 784, 128));
  list.push_back(product(784, 32, 128, true, false));
  list.push_back(product(1, 784, 128));
  list.push_back(product(8, 256, 256));
  list.push_back(product(256, 256, 1));
  list.push_back(product(7, 129, 65));
  add_convolution(list, false, geometry(56, 3, 32, 3, 2, 1));
  add_convolution(list, false, geometry(28, 1, 32, 3, 1, 4));
  add_convolution(list, false, geometry(13, 32, 64, 3, 1, 4));
  add_convolution(list, false, geometry(28, 32, 192, 1, 1, 1));
  add_convolution(list, true, geometry(56, 96, 96, 3, 2, 1));
  add_convolution(list, true, geometry(28, 144, 144, 3, 1, 1));
  add_pools(list, 4, 26, 32);
  return list;
}

}  // namespace heddle::micro

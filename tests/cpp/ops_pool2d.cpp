#include "ops/pool2d.h"

#include <limits>

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

struct Case {
  Shape x;
  Pool2DOptions options;
};

Pool2DOptions window(int h, int w, int stride_h, int stride_w, Padding padding = Padding::kValid,
                     Pads pads = {}) {
  return {h, w, stride_h, stride_w, padding, pads, false};
}

const std::vector<Case> kCases = {
    {{1, 4, 4, 1}, window(2, 2, 2, 2)},
    {{2, 5, 4, 3}, window(2, 2, 2, 2)},
    {{1, 5, 5, 2}, window(3, 3, 1, 1)},
    {{1, 5, 5, 2}, window(3, 2, 2, 1, Padding::kSame)},
    {{1, 4, 3, 1}, window(2, 2, 2, 2, Padding::kSame)},
    {{1, 7, 7, 1}, window(2, 2, 3, 3)},
    {{1, 4, 4, 1}, window(3, 3, 2, 2, Padding::kExplicit, {1, 2, 0, 1})},
    {{1, 2, 2, 5}, window(1, 1, 1, 1)},
    {{1, 3, 4, 1}, window(3, 4, 1, 1)},
};

/// Greatest element and mean of each window, by the definition.
void reference(const Tensor& x, const Pool2DOptions& o, std::vector<float>& greatest,
               std::vector<float>& means) {
  const Shape& in = x.shape();
  const Shape out = pool2d_shape(in, o, "test");
  int top = o.padding == Padding::kExplicit ? o.pads.top : 0;
  int left = o.padding == Padding::kExplicit ? o.pads.left : 0;
  if (o.padding == Padding::kSame) {
    top = std::max((out[1] - 1) * o.stride_h + o.window_h - in[1], 0) / 2;
    left = std::max((out[2] - 1) * o.stride_w + o.window_w - in[2], 0) / 2;
  }
  for (int b = 0; b < out[0]; ++b) {
    for (int i = 0; i < out[1]; ++i) {
      for (int j = 0; j < out[2]; ++j) {
        for (int c = 0; c < out[3]; ++c) {
          float best = -std::numeric_limits<float>::infinity();
          double sum = 0;
          int count = 0;
          for (int p = 0; p < o.window_h; ++p) {
            for (int q = 0; q < o.window_w; ++q) {
              const int h = i * o.stride_h - top + p;
              const int w = j * o.stride_w - left + q;
              if (h < 0 || w < 0 || h >= in[1] || w >= in[2]) continue;
              const float value = x.data()[((b * in[1] + h) * in[2] + w) * in[3] + c];
              best = std::max(best, value);
              sum += static_cast<double>(value);
              ++count;
            }
          }
          greatest.push_back(best);
          means.push_back(static_cast<float>(sum / count));
        }
      }
    }
  }
}

std::string describe(const Case& c) {
  return to_string(c.x) + " window " + std::to_string(c.options.window_h) + "," +
         std::to_string(c.options.window_w) + " strides " + std::to_string(c.options.stride_h) +
         "," + std::to_string(c.options.stride_w) + " padding " +
         std::to_string(static_cast<int>(c.options.padding));
}

TEST(Pool2D, MatchesTheDefinition) {
  Random random;
  std::vector<Case> cases = kCases;
  for (int i = 0; i < 20; ++i) {
    const auto padding = static_cast<Padding>(random.integer(0, 1));
    cases.push_back(
        {{random.integer(1, 2), random.integer(3, 9), random.integer(3, 9), random.integer(1, 19)},
         window(random.integer(1, 3), random.integer(1, 3), random.integer(1, 3),
                random.integer(1, 3), padding)});
  }
  for (const Case& c : cases) {
    SCOPED_TRACE(describe(c));
    const Tensor x = random.uniform(c.x);
    std::vector<float> greatest, means;
    reference(x, c.options, greatest, means);
    const Shape shape = pool2d_shape(c.x, c.options, "test");
    expect_values(max_pool(x, c.options), shape, greatest);
    expect_values(avg_pool(x, c.options), shape, means, 2e-6);
  }
}

TEST(Pool2D, Gradients) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(describe(c));
    check_gradient([&](const Tensors& x) { return max_pool(x[0], c.options); },
                   {random.distinct(c.x)});
    check_gradient([&](const Tensors& x) { return avg_pool(x[0], c.options); },
                   {random.uniform(c.x)});
    check_gradient([&](const Tensors& x) { return square(avg_pool(x[0], c.options)); },
                   {random.uniform(c.x)});
  }
}

TEST(Pool2D, FirstMaximumReceivesTheGradient) {
  const std::vector<float> values = {1, 3, 3, 3};
  const Tensor x = Tensor::from({1, 2, 2, 1}, values);
  const Function fn = as_function([](const Tensors& t) { return max_pool(t[0], Pool2DOptions{}); });
  const Tensor u = Tensor::full({1, 1, 1, 1}, 2);
  expect_values(gradients_of(fn, {x}, {u})[0], {1, 2, 2, 1}, {0, 2, 0, 0});
}

TEST(Pool2D, ChannelsFirstAndOneImage) {
  Random random;
  const Tensor x = random.distinct({2, 3, 4, 6});  // [batch, channels, height, width]
  Pool2DOptions last = window(2, 3, 2, 3);
  Pool2DOptions first = last;
  first.channels_first = true;
  const Tensor expected = transpose(max_pool(transpose(x, {0, 2, 3, 1}), last), {0, 3, 1, 2});
  expect_values(max_pool(x, first), {2, 3, 2, 2}, values_of(expected));
  check_gradient([&](const Tensors& t) { return avg_pool(t[0], first); }, {x});
  const Tensor image = random.uniform({4, 6, 2});
  expect_values(avg_pool(image, last), {2, 2, 2}, values_of(avg_pool(expand_dims(image), last)));
}

TEST(Pool2D, EmptyAndUnknownDimensions) {
  const Pool2DOptions options;
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  for (const Shape& shape : {Shape{0, 4, 4, 1}, Shape{1, 4, 4, 0}}) {
    check_gradient([&](const Tensors& x) { return max_pool(x[0], options); }, {t(shape)});
    check_gradient([&](const Tensors& x) { return avg_pool(x[0], options); }, {t(shape)});
  }
  EXPECT_EQ(pool2d_shape({kUnknown, 28, 29, 3}, options, "maxPool"), (Shape{kUnknown, 14, 14, 3}));
}

TEST(Pool2D, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  const Pool2DOptions options;
  expect_value_error([&] { max_pool(t({4, 4}), options); }, "[maxPool] x must have rank 4");
  expect_value_error([&] { avg_pool(t({1, 1, 4, 1}), options); },
                     "[avgPool] a window over 2 cells does not fit into 1");
  expect_value_error([&] { avg_pool(t({1, 4, 4, 1}), window(0, 2, 1, 1)); }, "[avgPool] window");
  expect_value_error(
      [&] { max_pool(t({1, 4, 4, 1}), window(2, 2, 1, 1, Padding::kExplicit, {2, 0, 0, 0})); },
      "[maxPool] padding must be smaller than the window [2,2]");
}

}  // namespace
}  // namespace heddle::test

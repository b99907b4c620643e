#include "ops/depthwise_conv2d.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

struct Case {
  Shape x, filter;
  Conv2DOptions options;
};

Conv2DOptions with(Padding padding, int stride_h = 1, int stride_w = 1, int dilation_h = 1,
                   int dilation_w = 1, Pads pads = {}) {
  return {stride_h, stride_w, padding, pads, dilation_h, dilation_w, false};
}

const std::vector<Case> kCases = {
    {{1, 3, 3, 1}, {2, 2, 1, 1}, with(Padding::kValid)},
    {{2, 4, 5, 3}, {3, 2, 3, 1}, with(Padding::kSame)},
    {{1, 5, 4, 2}, {2, 3, 2, 3}, with(Padding::kSame, 2, 2)},
    {{1, 6, 5, 2}, {2, 2, 2, 1}, with(Padding::kValid, 3, 2)},
    {{1, 5, 5, 2}, {2, 2, 2, 2}, with(Padding::kValid, 1, 1, 3, 2)},
    {{1, 6, 6, 1}, {3, 3, 1, 1}, with(Padding::kSame, 2, 3, 2, 2)},
    {{1, 3, 4, 2}, {2, 2, 2, 1}, with(Padding::kExplicit, 2, 1, 1, 1, {1, 0, 2, 1})},
    {{1, 1, 5, 2}, {1, 3, 2, 1}, with(Padding::kCausal, 1, 1, 1, 2)},
    {{2, 2, 2, 2}, {4, 3, 2, 1}, with(Padding::kSame)},
    {{0, 3, 3, 2}, {2, 2, 2, 1}, with(Padding::kValid)},
    {{1, 3, 3, 0}, {2, 2, 0, 1}, with(Padding::kValid)},
};

/// The convolution with a full filter that is zero between different channels.
Tensor by_conv2d(const Tensor& x, const Tensor& filter, const Conv2DOptions& options) {
  const Shape& f = filter.shape();
  const int multiplier = f[3];
  Tensor full = Tensor::full({f[0], f[1], f[2], f[2] * multiplier}, 0);
  for (int tap = 0; tap < f[0] * f[1]; ++tap) {
    for (int c = 0; c < f[2]; ++c) {
      for (int m = 0; m < multiplier; ++m) {
        full.data()[((tap * f[2] + c) * f[2] + c) * multiplier + m] =
            filter.data()[(tap * f[2] + c) * multiplier + m];
      }
    }
  }
  return conv2d(x, full, options);
}

TEST(DepthwiseConv2D, Values) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.x) + " " + to_string(c.filter));
    const Tensor x = random.uniform(c.x);
    const Tensor filter = random.uniform(c.filter);
    const Tensor y = depthwise_conv2d(x, filter, c.options);
    EXPECT_EQ(y.shape(), depthwise_conv2d_shape(c.x, c.filter, c.options));
    if (y.size() == 0) continue;
    expect_values(y, y.shape(), values_of(by_conv2d(x, filter, c.options)), 2e-6);
  }
}

TEST(DepthwiseConv2D, ManyChannels) {
  // Whole vectors, single vectors and what is left.
  Random random;
  for (int channels : {4, 7, 8, 13, 21}) {
    SCOPED_TRACE(channels);
    const Tensor x = random.uniform({2, 6, 7, channels});
    const Tensor filter = random.uniform({3, 3, channels, 1});
    const Conv2DOptions options = with(Padding::kSame, 2, 1);
    const Tensor y = depthwise_conv2d(x, filter, options);
    expect_values(y, y.shape(), values_of(by_conv2d(x, filter, options)), 4e-6);
    const Function ours =
        as_function([&](const Tensors& t) { return depthwise_conv2d(t[0], t[1], options); });
    const Tensors g = gradients_of(ours, {x, filter}, {Tensor::full(y.shape(), 0.5f)});
    const Function theirs = as_function([&](const Tensors& t) {
      const Tensor diagonal = Tensor::full({1, 1, channels, channels}, 0);
      for (int i = 0; i < channels; ++i) diagonal.data()[i * channels + i] = 1;
      return conv2d(t[0], mul(t[1], diagonal), options);
    });
    const Tensors expected = gradients_of(theirs, {x, filter}, {Tensor::full(y.shape(), 0.5f)});
    expect_near(g[0], values_of(expected[0]), 1e-5);
    expect_near(g[1], values_of(expected[1]), 1e-5);
  }
}

TEST(DepthwiseConv2D, Gradients) {
  Random random;
  for (const Case& c : kCases) {
    SCOPED_TRACE(to_string(c.x) + " " + to_string(c.filter));
    check_gradient([&](const Tensors& t) { return depthwise_conv2d(t[0], t[1], c.options); },
                   {random.uniform(c.x, -1, 1), random.uniform(c.filter, -1, 1)});
  }
}

TEST(DepthwiseConv2D, TakesBiasAndActivationAlong) {
  Random random;
  for (const bool six : {false, true}) {
    const auto f = [&](const Tensors& t) {
      const Tensor y = add(depthwise_conv2d(t[0], t[1], with(Padding::kSame, 2, 2)), t[2]);
      return Tensors{six ? relu6(y) : relu(y)};
    };
    const Tensors inputs{random.uniform({2, 7, 9, 6}, -3, 3), random.uniform({3, 3, 6, 1}, -3, 3),
                         random.uniform({6})};
    const Tensor eager = f(inputs)[0];
    Trace trace;
    Tensors traced;
    for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
    Program program(trace.finish(f(traced)));
    EXPECT_EQ(program.num_steps(), 1);
    program.run(inputs);
    expect_values(program.copy_output(0), eager.shape(), values_of(eager), 1e-5);
  }
}

TEST(DepthwiseConv2D, ChannelsFirstAndSingleImages) {
  Random random;
  Conv2DOptions options = with(Padding::kSame, 2, 1);
  const Tensor x = random.uniform({2, 4, 5, 3});
  const Tensor filter = random.uniform({2, 3, 3, 2});
  const Tensor y = depthwise_conv2d(x, filter, options);
  Conv2DOptions first = options;
  first.channels_first = true;
  const Tensor turned = depthwise_conv2d(transpose(x, {0, 3, 1, 2}), filter, first);
  EXPECT_EQ(turned.shape(), depthwise_conv2d_shape({2, 3, 4, 5}, filter.shape(), first));
  expect_values(transpose(turned, {0, 2, 3, 1}), y.shape(), values_of(y), 0);
  const Tensor one = slice(x, {1}, {1});
  expect_values(depthwise_conv2d(squeeze(one, {0}), filter, options), y.shape().slice(1),
                values_of(slice(y, {1}, {1})), 0);
  EXPECT_EQ(depthwise_conv2d_shape({kUnknown, kUnknown, 5, 3}, filter.shape(), options),
            (Shape{kUnknown, kUnknown, 5, 6}));
}

TEST(DepthwiseConv2D, Separable) {
  Random random;
  const Conv2DOptions options = with(Padding::kSame, 2, 2);
  check_gradient([&](const Tensors& t) { return separable_conv2d(t[0], t[1], t[2], options); },
                 {random.uniform({1, 3, 4, 2}, -1, 1), random.uniform({2, 2, 2, 2}, -1, 1),
                  random.uniform({1, 1, 4, 3}, -1, 1)});
}

TEST(DepthwiseConv2D, Groups) {
  Random random;
  for (const auto& [groups, in, out] :
       std::vector<std::array<int, 3>>{{2, 4, 6}, {3, 3, 6}, {1, 2, 3}, {4, 4, 4}}) {
    SCOPED_TRACE(groups);
    const Tensor x = random.uniform({1, 4, 3, in}, -1, 1);
    const Tensor filter = random.uniform({2, 2, in / groups, out}, -1, 1);
    // The full filter: zero between groups.
    Tensor full = Tensor::full({2, 2, in, out}, 0);
    for (int tap = 0; tap < 4; ++tap) {
      for (int i = 0; i < in; ++i) {
        for (int o = 0; o < out; ++o) {
          const int per_group = in / groups;
          if (i / per_group != o / (out / groups)) continue;
          full.data()[(tap * in + i) * out + o] =
              filter.data()[(tap * per_group + i % per_group) * out + o];
        }
      }
    }
    const Tensor y = grouped_conv2d(x, filter, groups);
    expect_values(y, {1, 3, 2, out}, values_of(conv2d(x, full)), 2e-6);
    Conv2DOptions first;
    first.channels_first = true;
    const Tensor turned = grouped_conv2d(transpose(x, {0, 3, 1, 2}), filter, groups, first);
    expect_values(transpose(turned, {0, 2, 3, 1}), y.shape(), values_of(y), 0);
    const int count = groups;
    check_gradient([&](const Tensors& t) { return grouped_conv2d(t[0], t[1], count); },
                   {x, filter});
  }
}

TEST(DepthwiseConv2D, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error([&] { depthwise_conv2d(t({1, 3, 3, 2}), t({2, 2, 3, 1})); },
                     "[depthwiseConv2d] the filter [2,2,3,1] is for 3 input channels, and x "
                     "[1,3,3,2] has 2");
  expect_value_error([&] { depthwise_conv2d(t({3, 3}), t({2, 2, 3, 1})); },
                     "[depthwiseConv2d] x must have rank 4");
  expect_value_error([&] { depthwise_conv2d(t({1, 3, 3, 1}), t({4, 1, 1, 1})); },
                     "[depthwiseConv2d] a window over 4 cells does not fit into 3");
  expect_value_error([&] { separable_conv2d(t({1, 3, 3, 1}), t({1, 1, 1, 1}), t({2, 1, 1, 1})); },
                     "[separableConv2d]");
  expect_value_error([&] { grouped_conv2d(t({1, 3, 3, 4}), t({1, 1, 4, 4}), 2); },
                     "[conv2d] with 2 groups");
  expect_value_error([&] { grouped_conv2d(t({1, 3, 3, 4}), t({1, 1, 2, 3}), 2); },
                     "[conv2d] with 2 groups");
}

}  // namespace
}  // namespace heddle::test

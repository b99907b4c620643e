#include "ops/conv2d.h"

#include "gradient_check.h"
#include "graph/autodiff.h"
#include "graph/program.h"
#include "ops/depthwise_conv2d.h"
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
  Conv2DOptions options;
  options.padding = padding;
  options.stride_h = stride_h;
  options.stride_w = stride_w;
  options.dilation_h = dilation_h;
  options.dilation_w = dilation_w;
  options.pads = pads;
  return options;
}

const std::vector<Case> kCases = {
    {{1, 3, 3, 1}, {2, 2, 1, 1}, with(Padding::kValid)},
    {{2, 4, 3, 2}, {3, 2, 2, 3}, with(Padding::kValid)},
    {{1, 4, 4, 2}, {3, 3, 2, 2}, with(Padding::kSame)},
    {{1, 5, 4, 1}, {2, 3, 1, 2}, with(Padding::kSame, 2, 2)},
    {{1, 5, 5, 1}, {2, 2, 1, 2}, with(Padding::kValid, 2, 1)},
    {{1, 5, 6, 1}, {2, 2, 1, 1}, with(Padding::kValid, 1, 1, 2, 3)},
    {{1, 4, 5, 1}, {3, 2, 1, 1}, with(Padding::kSame, 1, 1, 2, 2)},
    {{1, 3, 3, 1}, {3, 3, 1, 1}, with(Padding::kExplicit, 1, 1, 1, 1, {2, 1, 0, 3})},
    {{1, 3, 3, 2}, {2, 2, 2, 1}, with(Padding::kExplicit, 2, 1, 1, 1, {1, 0, 1, 1})},
    {{2, 2, 3, 3}, {1, 1, 3, 2}, with(Padding::kValid)},
    {{1, 5, 5, 2}, {1, 1, 2, 2}, with(Padding::kSame, 3, 2)},
    {{1, 1, 1, 2}, {3, 3, 2, 2}, with(Padding::kSame)},
};

/// The definition, in double.
std::vector<float> reference(const Tensor& x, const Tensor& filter, const Conv2DOptions& o) {
  const Shape& in = x.shape();
  const Shape& f = filter.shape();
  const Shape out = conv2d_shape(in, f, o);
  Pads pads = o.pads;
  if (o.padding == Padding::kValid) pads = {};
  if (o.padding == Padding::kSame) {
    const auto before = [](int cells, int windows, int stride, int window, int dilation) {
      return std::max((windows - 1) * stride + (window - 1) * dilation + 1 - cells, 0) / 2;
    };
    pads.top = before(in[1], out[1], o.stride_h, f[0], o.dilation_h);
    pads.left = before(in[2], out[2], o.stride_w, f[1], o.dilation_w);
  }
  std::vector<float> y;
  for (int b = 0; b < out[0]; ++b) {
    for (int i = 0; i < out[1]; ++i) {
      for (int j = 0; j < out[2]; ++j) {
        for (int c = 0; c < out[3]; ++c) {
          double sum = 0;
          for (int p = 0; p < f[0]; ++p) {
            for (int q = 0; q < f[1]; ++q) {
              const int h = i * o.stride_h - pads.top + p * o.dilation_h;
              const int w = j * o.stride_w - pads.left + q * o.dilation_w;
              if (h < 0 || w < 0 || h >= in[1] || w >= in[2]) continue;
              for (int k = 0; k < f[2]; ++k) {
                sum += static_cast<double>(x.data()[((b * in[1] + h) * in[2] + w) * in[3] + k]) *
                       static_cast<double>(filter.data()[((p * f[1] + q) * f[2] + k) * f[3] + c]);
              }
            }
          }
          y.push_back(static_cast<float>(sum));
        }
      }
    }
  }
  return y;
}

std::string describe(const Case& c) {
  return to_string(c.x) + " * " + to_string(c.filter) + " strides " +
         std::to_string(c.options.stride_h) + "," + std::to_string(c.options.stride_w) +
         " dilation " + std::to_string(c.options.dilation_h) + "," +
         std::to_string(c.options.dilation_w) + " padding " +
         std::to_string(static_cast<int>(c.options.padding));
}

Case random_case(Random& random, int size) {
  const auto padding = static_cast<Padding>(random.integer(0, 2));
  const int in = random.integer(1, size), out = random.integer(1, size);
  Case c{{random.integer(1, 2), random.integer(3, 2 + size), random.integer(3, 2 + size), in},
         {random.integer(1, 3), random.integer(1, 3), in, out},
         with(padding, random.integer(1, 2), random.integer(1, 2))};
  if (padding == Padding::kExplicit) {
    c.options.pads = {random.integer(0, 2), random.integer(0, 2), random.integer(0, 2),
                      random.integer(0, 2)};
  }
  return c;
}

TEST(Conv2D, MatchesTheDefinition) {
  Random random;
  std::vector<Case> cases = kCases;
  for (int i = 0; i < 30; ++i) cases.push_back(random_case(random, 9));
  cases.push_back({{2, 14, 14, 8}, {3, 3, 8, 16}, with(Padding::kSame)});
  cases.push_back({{3, 9, 7, 5}, {5, 3, 5, 33}, with(Padding::kSame, 2, 2)});
  for (const Case& c : cases) {
    SCOPED_TRACE(describe(c));
    const Tensor x = random.uniform(c.x);
    const Tensor filter = random.uniform(c.filter);
    expect_values(conv2d(x, filter, c.options), conv2d_shape(c.x, c.filter, c.options),
                  reference(x, filter, c.options), 1e-5);
  }
}

TEST(Conv2D, Gradients) {
  Random random;
  std::vector<Case> cases = kCases;
  for (int i = 0; i < 4; ++i) cases.push_back(random_case(random, 2));
  for (const Case& c : cases) {
    SCOPED_TRACE(describe(c));
    check_gradient([&](const Tensors& x) { return conv2d(x[0], x[1], c.options); },
                   {random.uniform(c.x, -1, 1), random.uniform(c.filter, -1, 1)});
  }
}

TEST(Conv2D, ChannelsFirst) {
  Random random;
  const Tensor x = random.uniform({2, 3, 4, 5});  // [batch, channels, height, width]
  const Tensor filter = random.uniform({2, 3, 3, 2});
  Conv2DOptions last = with(Padding::kSame, 2, 1);
  Conv2DOptions first = last;
  first.channels_first = true;
  const Tensor expected = transpose(conv2d(transpose(x, {0, 2, 3, 1}), filter, last), {0, 3, 1, 2});
  expect_values(conv2d(x, filter, first), {2, 2, 2, 5}, values_of(expected));
  EXPECT_EQ(conv2d_shape(x.shape(), filter.shape(), first), (Shape{2, 2, 2, 5}));
  check_gradient([&](const Tensors& t) { return conv2d(t[0], t[1], first); },
                 {random.uniform({1, 2, 3, 3}), random.uniform({2, 2, 2, 1})});
}

TEST(Conv2D, OneImageWithoutBatch) {
  Random random;
  const Tensor x = random.uniform({4, 5, 2});
  const Tensor filter = random.uniform({3, 3, 2, 4});
  const Tensor batched = conv2d(expand_dims(x, 0), filter);
  expect_values(conv2d(x, filter), {2, 3, 4}, values_of(batched));
}

TEST(Conv2D, EmptyDimensions) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  const auto fn = [](const Tensors& x) { return conv2d(x[0], x[1]); };
  expect_values(conv2d(t({0, 3, 3, 2}), t({2, 2, 2, 3})), {0, 2, 2, 3}, {});
  expect_values(conv2d(t({1, 3, 3, 2}), t({2, 2, 2, 0})), {1, 2, 2, 0}, {});
  expect_values(conv2d(t({1, 2, 2, 0}), t({2, 2, 0, 1})), {1, 1, 1, 1}, {0});
  check_gradient(fn, {t({0, 3, 3, 2}), t({2, 2, 2, 3})});
  check_gradient(fn, {t({1, 3, 3, 2}), t({2, 2, 2, 0})});
  check_gradient(fn, {t({1, 2, 2, 0}), t({2, 2, 0, 1})});
  const Conv2DOptions same = with(Padding::kSame);
  expect_values(conv2d(t({1, 0, 3, 1}), t({2, 2, 1, 1}), same), {1, 0, 3, 1}, {});
}

TEST(Conv2D, FusedIntoOneStep) {
  Random random;
  const Tensors inputs = {random.uniform({2, 5, 5, 3}), random.uniform({3, 3, 3, 4}),
                          random.uniform({4}), random.uniform({2, 5, 5, 4})};
  const auto conv = [](const Tensors& x) { return conv2d(x[0], x[1], with(Padding::kSame)); };
  const std::vector<Function> functions = {
      [&](const Tensors& x) { return Tensors{add(conv(x), x[2])}; },
      [&](const Tensors& x) { return Tensors{relu(add(conv(x), x[2]))}; },
      [&](const Tensors& x) { return Tensors{sigmoid(add(conv(x), x[2]))}; },
      [&](const Tensors& x) { return Tensors{tanh(conv(x))}; },
      [&](const Tensors& x) { return Tensors{relu6(add(add(conv(x), x[2]), x[3]))}; },
      [&](const Tensors& x) { return Tensors{add(x[3], conv(x))}; },
  };
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    Trace trace;
    Tensors traced;
    for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
    EXPECT_EQ(Program(trace.finish(functions[i](traced))).num_steps(), 1);
  }
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    check_program(functions[i], inputs, weights_for(functions[i](inputs)));
  }
  // One filter used twice: its two gradients are summed where the second is made.
  const Function shared = [&](const Tensors& x) {
    return Tensors{add(conv({x[0], x[1]}), conv({neg(x[0]), x[1]}))};
  };
  const Tensors two = {inputs[0], inputs[1]};
  check_program(shared, two, weights_for(shared(two)));
}

TEST(Conv2D, WhatMayBeAbsorbed) {
  Trace trace;
  const Tensor y = conv2d(trace.input({{1, 3, 3, 1}}), trace.input({{2, 2, 1, 2}}));
  const OpPtr plain = y.node().op;
  const OpPtr bias = plain->absorb_bias();
  const OpPtr sum = plain->absorb_sum();
  ASSERT_TRUE(bias && sum);
  EXPECT_TRUE(bias->absorb_activation(kernels::Activation::kRelu));
  EXPECT_FALSE(bias->absorb_activation(kernels::Activation::kRelu)->absorb_sum());
  EXPECT_TRUE(bias->absorb_sum()->in_place(3, 0));
  EXPECT_TRUE(sum->in_place(2, 0));
  EXPECT_FALSE(sum->in_place(0, 0));
  const Tensor dw = conv2d_backward_filter(trace.input({{1, 3, 3, 1}}), trace.input({{1, 2, 2, 2}}),
                                           {2, 2, 1, 2}, {});
  const OpPtr filter_sum = dw.node().op->absorb_sum();
  ASSERT_TRUE(filter_sum);
  EXPECT_TRUE(filter_sum->in_place(2, 0));
  EXPECT_FALSE(filter_sum->absorb_sum());
  EXPECT_FALSE(dw.node().op->absorb_bias());
}

TEST(Conv2D, ShapesOfUnknownSize) {
  EXPECT_EQ(conv2d_shape({kUnknown, 28, 28, 1}, {3, 3, 1, 32}, {}), (Shape{kUnknown, 26, 26, 32}));
  EXPECT_EQ(conv2d_shape({kUnknown, kUnknown, 5, 1}, {3, 3, 1, 2}, with(Padding::kSame, 2, 2)),
            (Shape{kUnknown, kUnknown, 3, 2}));
}

TEST(Conv2D, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error(
      [&] { conv2d(t({1, 3, 3, 2}), t({2, 2, 3, 1})); },
      "[conv2d] the filter [2,2,3,1] is for 3 input channels, and x [1,3,3,2] has 2");
  expect_value_error([&] { conv2d(t({3, 3}), t({2, 2, 3, 1})); }, "[conv2d] x must have rank 4");
  expect_value_error([&] { conv2d(t({1, 3, 3, 2}), t({2, 2, 2})); }, "[conv2d] x must have rank 4");
  expect_value_error([&] { conv2d(t({1, 3, 3, 1}), t({4, 2, 1, 1})); },
                     "[conv2d] a window over 4 cells does not fit into 3");
  expect_value_error([&] { conv2d(t({1, 3, 3, 1}), t({2, 2, 1, 1}), with(Padding::kValid, 0)); },
                     "[conv2d] window, stride and dilation must be 1 or more");
  expect_value_error(
      [&] {
        conv2d(t({1, 3, 3, 1}), t({2, 2, 1, 1}),
               with(Padding::kExplicit, 1, 1, 1, 1, {-1, 0, 0, 0}));
      },
      "[conv2d] padding must not be negative");
  expect_value_error(
      [&] { conv2d_backward_input(t({1, 3, 3, 1}), t({2, 2, 1, 1}), {1, 3, 3, 1}, {}); },
      "[conv2dBackwardInput] dy must have shape [1,2,2,1], got [1,3,3,1]");
}

/// In a trace, zeros that `pad` put around the images are the convolution's own padding: no copy,
/// and the same numbers and gradients.
TEST(Conv2D, ZerosAroundTheImagesAreItsPadding) {
  Random random;
  const Tensor x = random.uniform({2, 5, 6, 3});
  const auto check = [&](const Tensor& filter, const Conv2DOptions& options, float around,
                         bool depthwise, bool copies) {
    const auto f = [&](const Tensors& in) {
      const Tensor padded = pad(in[0], {0, 1, 0, 0}, {0, 2, 1, 0}, around);
      const Tensor y =
          depthwise ? depthwise_conv2d(padded, in[1], options) : conv2d(padded, in[1], options);
      return std::vector{y, square(y)};
    };
    Trace trace;
    const Tensors in{trace.input(x.spec()), trace.input(filter.spec())};
    Tensors outputs = f(in);
    const Tensors back = gradients(std::span(&outputs[1], 1), {}, in);
    outputs.insert(outputs.end(), back.begin(), back.end());
    Program program(trace.finish(outputs));
    EXPECT_EQ(program.describe().find("pad") != std::string::npos, copies) << program.describe();
    program.run(Tensors{x, filter});

    const Tape tape;
    const Tensor xw = tape.watch(x);
    const Tensor ww = tape.watch(filter);
    // A stop between the two: this one pads as it is written.
    const Tensor padded = identity(pad(xw, {0, 1, 0, 0}, {0, 2, 1, 0}, around));
    const Tensor y =
        depthwise ? depthwise_conv2d(padded, ww, options) : conv2d(padded, ww, options);
    const Tensor loss = square(y);
    const Tensors expected_back = gradients(std::span(&loss, 1), {}, Tensors{xw, ww});
    expect_near(program.copy_output(0), values_of(y), 1e-5);
    expect_near(program.copy_output(2), values_of(expected_back[0]), 1e-4);
    expect_near(program.copy_output(3), values_of(expected_back[1]), 1e-4);
  };
  const Tensor filter = random.uniform({3, 3, 3, 2});
  const Tensor window = random.uniform({3, 2, 3, 1});
  check(filter, with(Padding::kValid, 2, 2), 0, false, false);
  check(filter, with(Padding::kExplicit, 1, 2, 1, 1, {1, 0, 2, 1}), 0, false, false);
  check(filter, with(Padding::kSame, 2, 2), 0, false, true);
  check(filter, with(Padding::kValid), 0.5F, false, true);
  check(window, with(Padding::kValid, 2, 2), 0, true, false);
  check(window, with(Padding::kExplicit, 1, 1, 1, 2, {0, 1, 0, 2}), 0, true, false);
  check(window, with(Padding::kSame), 0, true, true);
}

}  // namespace
}  // namespace heddle::test

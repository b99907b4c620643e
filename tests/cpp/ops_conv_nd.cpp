#include "ops/conv_nd.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/pool_nd.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

TEST(Conv1D, Values) {
  const std::vector<float> signal = {1, 2, 3, 4, 5};
  const std::vector<float> taps = {1, 10, 100};
  const Tensor x = Tensor::from({1, 5, 1}, signal);
  const Tensor filter = Tensor::from({3, 1, 1}, taps);
  expect_values(conv1d(x, filter), {1, 3, 1}, {321, 432, 543});
  expect_values(conv1d(x, filter, {.padding = Padding::kSame}), {1, 5, 1},
                {210, 321, 432, 543, 54});
  expect_values(conv1d(x, filter, {.padding = Padding::kCausal}), {1, 5, 1},
                {100, 210, 321, 432, 543});
  expect_values(conv1d(x, filter, {.padding = Padding::kCausal, .dilation = 2}), {1, 5, 1},
                {100, 200, 310, 420, 531});
  expect_values(conv1d(x, filter, {.stride = 2}), {1, 2, 1}, {321, 543});
  expect_values(conv1d(x, filter, {.padding = Padding::kExplicit, .pad_before = 1}), {1, 4, 1},
                {210, 321, 432, 543});
  expect_values(conv1d(squeeze(x, {0}), filter), {3, 1}, {321, 432, 543});
  expect_values(conv1d(reshape(x, {1, 1, 5}), filter, {.channels_first = true}), {1, 1, 3},
                {321, 432, 543});
}

TEST(Conv1D, Gradients) {
  Random random;
  const auto check = [&](const Shape& shape, const Shape& window, const Conv1DOptions& options,
                         int groups = 1) {
    SCOPED_TRACE(to_string(shape) + " " + to_string(window));
    check_gradient([&](const Tensors& t) { return conv1d(t[0], t[1], options, groups); },
                   {random.uniform(shape, -1, 1), random.uniform(window, -1, 1)});
  };
  check({2, 5, 2}, {3, 2, 3}, {});
  check({1, 6, 2}, {2, 2, 2}, {.stride = 2, .padding = Padding::kSame});
  check({1, 5, 2}, {2, 2, 1}, {.padding = Padding::kCausal, .dilation = 2});
  check({1, 2, 5}, {2, 2, 1}, {.channels_first = true});
  check({1, 4, 4}, {2, 2, 4}, {}, 2);
  check({0, 5, 2}, {3, 2, 3}, {});
  for (const Conv1DOptions& options :
       {Conv1DOptions{.padding = Padding::kCausal}, Conv1DOptions{.stride = 2}}) {
    check_gradient([&](const Tensors& t) { return depthwise_conv1d(t[0], t[1], options); },
                   {random.uniform({2, 5, 2}, -1, 1), random.uniform({2, 2, 2}, -1, 1)});
    check_gradient([&](const Tensors& t) { return separable_conv1d(t[0], t[1], t[2], options); },
                   {random.uniform({1, 5, 2}, -1, 1), random.uniform({2, 2, 1}, -1, 1),
                    random.uniform({1, 2, 3}, -1, 1)});
  }
}

/// <x, conv(y)> = <transpose(x), y>: what makes it the transpose.
double dot_product(const Tensor& a, const Tensor& b) { return sum(mul(a, b)).item(); }

TEST(ConvTranspose, IsTheTransposeOfConv2D) {
  Random random;
  struct Case {
    Shape image, filter;  // of the convolution
    Conv2DOptions options;
  };
  for (const Case& c : {Case{{2, 4, 5, 2}, {3, 2, 2, 3}, {}},
                        Case{{1, 6, 6, 1}, {3, 3, 1, 2}, {2, 2, Padding::kSame}},
                        Case{{1, 5, 7, 2}, {2, 2, 2, 2}, {3, 2, Padding::kValid}},
                        Case{{1, 6, 5, 2}, {2, 3, 2, 1}, {1, 1, Padding::kSame, {}, 2, 2}}}) {
    SCOPED_TRACE(to_string(c.image) + to_string(c.filter));
    const Tensor y = random.uniform(c.image);
    const Tensor filter = random.uniform(c.filter);
    const Tensor forward = conv2d(y, filter, c.options);
    const Tensor x = random.uniform(forward.shape());
    const Tensor back = conv2d_transpose(x, filter, c.image, c.options);
    EXPECT_EQ(back.shape(), c.image);
    EXPECT_NEAR(dot_product(back, y), dot_product(x, forward), 1e-4);
    check_gradient(
        [&](const Tensors& t) { return conv2d_transpose(t[0], t[1], c.image, c.options); },
        {random.uniform(forward.shape(), -1, 1), random.uniform(c.filter, -1, 1)});
    Conv2DOptions first = c.options;
    first.channels_first = true;
    const Shape& s = c.image;
    const Tensor turned =
        conv2d_transpose(transpose(x, {0, 3, 1, 2}), filter, {s[0], s[3], s[1], s[2]}, first);
    expect_values(transpose(turned, {0, 2, 3, 1}), back.shape(), values_of(back), 0);
  }
  const std::vector<float> cells = {1, 2};
  const std::vector<float> taps = {1, 10, 100};
  const Tensor x = Tensor::from({1, 2, 1}, cells);
  const Tensor filter = Tensor::from({3, 1, 1}, taps);
  expect_values(conv1d_transpose(x, filter, {1, 4, 1}), {1, 4, 1}, {1, 12, 120, 200});
  expect_values(conv1d_transpose(squeeze(x, {0}), filter, {5, 1}, {.stride = 2}), {5, 1},
                {1, 10, 102, 20, 200});
  expect_values(conv2d_transpose(reshape(x, {1, 2, 1}), reshape(filter, {1, 3, 1, 1}), {1, 4, 1}),
                {1, 4, 1}, {1, 12, 120, 200});
  check_gradient([](const Tensors& t) { return conv1d_transpose(t[0], t[1], {1, 5, 2}, {}); },
                 {random.uniform({1, 3, 2}, -1, 1), random.uniform({3, 2, 2}, -1, 1)});
}

TEST(ConvTranspose, Sizes) {
  EXPECT_EQ(transposed_size(4, 3, 2, 1, Padding::kSame), 8);
  EXPECT_EQ(transposed_size(4, 3, 2, 1, Padding::kValid), 9);
  EXPECT_EQ(transposed_size(4, 2, 3, 1, Padding::kValid), 12);
  EXPECT_EQ(transposed_size(4, 3, 1, 2, Padding::kValid), 8);
  EXPECT_EQ(transposed_size(kUnknown, 3, 2, 1, Padding::kSame), kUnknown);
  // Each size leads back.
  for (int stride : {1, 2, 3}) {
    for (Padding padding : {Padding::kValid, Padding::kSame}) {
      const int size = transposed_size(4, 3, stride, 1, padding);
      EXPECT_EQ(place_windows(size, 3, stride, 1, padding, 0, 0, "test").out, 4);
    }
  }
}

/// conv3d by its definition. Channels last, valid, on an already padded volume.
std::vector<float> convolved(const Tensor& x, const Tensor& w, const Conv3DOptions& o,
                             const Shape& out, const std::array<int, 3>& pads) {
  const Shape& xs = x.shape();
  const Shape& ws = w.shape();
  std::vector<float> y;
  for (int n = 0; n < out[0]; ++n)
    for (int d = 0; d < out[1]; ++d)
      for (int h = 0; h < out[2]; ++h)
        for (int v = 0; v < out[3]; ++v)
          for (int q = 0; q < out[4]; ++q) {
            double total = 0;
            for (int i = 0; i < ws[0]; ++i)
              for (int j = 0; j < ws[1]; ++j)
                for (int k = 0; k < ws[2]; ++k) {
                  const int a = d * o.stride_d + i * o.dilation_d - pads[0];
                  const int b = h * o.stride_h + j * o.dilation_h - pads[1];
                  const int c = v * o.stride_w + k * o.dilation_w - pads[2];
                  if (a < 0 || b < 0 || c < 0 || a >= xs[1] || b >= xs[2] || c >= xs[3]) continue;
                  for (int p = 0; p < ws[3]; ++p) {
                    const int64_t from =
                        (((static_cast<int64_t>(n) * xs[1] + a) * xs[2] + b) * xs[3] + c) * xs[4] +
                        p;
                    const int64_t tap =
                        (((static_cast<int64_t>(i) * ws[1] + j) * ws[2] + k) * ws[3] + p) * ws[4] +
                        q;
                    total += static_cast<double>(x.data()[from]) * w.data()[tap];
                  }
                }
            y.push_back(static_cast<float>(total));
          }
  return y;
}

struct Case3D {
  Shape x, filter;
  Conv3DOptions options;
};

const std::vector<Case3D> kCases3D = {
    {{1, 3, 3, 3, 1}, {2, 2, 2, 1, 2}, {}},
    {{2, 3, 2, 4, 2}, {2, 2, 3, 2, 1}, {1, 1, 1, Padding::kSame}},
    {{1, 5, 4, 3, 1}, {3, 2, 2, 1, 2}, {2, 2, 1, Padding::kSame}},
    {{1, 5, 3, 4, 1}, {2, 2, 2, 1, 1}, {3, 1, 2, Padding::kValid}},
    {{1, 5, 4, 4, 1}, {2, 2, 2, 1, 1}, {1, 1, 1, Padding::kValid, 3, 2, 2}},
    {{0, 3, 3, 3, 1}, {2, 2, 2, 1, 2}, {}},
};

TEST(Conv3D, Values) {
  Random random;
  for (const Case3D& c : kCases3D) {
    SCOPED_TRACE(to_string(c.x) + to_string(c.filter));
    const Tensor x = random.uniform(c.x);
    const Tensor filter = random.uniform(c.filter);
    const Conv3DOptions& o = c.options;
    const auto pad = [&](int i, int stride, int dilation) {
      return place_windows(c.x[i], c.filter[i - 1], stride, dilation, o.padding, 0, 0, "test")
          .pad_before;
    };
    const Tensor y = conv3d(x, filter, o);
    EXPECT_EQ(y.shape(), conv3d_shape(c.x, c.filter, o));
    expect_near(y,
                convolved(x, filter, o, y.shape(),
                          {pad(1, o.stride_d, o.dilation_d), pad(2, o.stride_h, o.dilation_h),
                           pad(3, o.stride_w, o.dilation_w)}),
                4e-6);
    Conv3DOptions first = o;
    first.channels_first = true;
    const Tensor turned = conv3d(transpose(x, {0, 4, 1, 2, 3}), filter, first);
    expect_values(transpose(turned, {0, 2, 3, 4, 1}), y.shape(), values_of(y), 0);
  }
  EXPECT_EQ(conv3d(Tensor::full({3, 3, 3, 1}, 1), Tensor::full({2, 2, 2, 1, 4}, 1)).shape(),
            (Shape{2, 2, 2, 4}));
  EXPECT_EQ(conv3d_shape({kUnknown, 8, kUnknown, 8, 2}, {3, 3, 3, 2, 4}, {}),
            (Shape{kUnknown, 6, kUnknown, 6, 4}));
}

TEST(Conv3D, Gradients) {
  Random random;
  for (const Case3D& c : kCases3D) {
    SCOPED_TRACE(to_string(c.x) + to_string(c.filter));
    check_gradient([&](const Tensors& t) { return conv3d(t[0], t[1], c.options); },
                   {random.uniform(c.x, -0.5, 0.5), random.uniform(c.filter, -0.5, 0.5)});
  }
  check_gradient([&](const Tensors& t) { return conv3d(t[0], t[1], {}, 2); },
                 {random.uniform({1, 2, 2, 3, 4}, -1, 1), random.uniform({1, 2, 2, 2, 2}, -1, 1)});
}

TEST(Conv3D, Transpose) {
  Random random;
  for (const Case3D& c : kCases3D) {
    SCOPED_TRACE(to_string(c.x) + to_string(c.filter));
    const Tensor y = random.uniform(c.x);
    const Tensor filter = random.uniform(c.filter);
    const Tensor forward = conv3d(y, filter, c.options);
    const Tensor x = random.uniform(forward.shape(), -1, 1);
    const Tensor back = conv3d_transpose(x, filter, c.x, c.options);
    EXPECT_EQ(back.shape(), c.x);
    EXPECT_NEAR(dot_product(back, y), dot_product(x, forward), 1e-4);
    const Shape& s = c.x;
    Conv3DOptions first = c.options;
    first.channels_first = true;
    const Tensor turned = conv3d_transpose(transpose(x, {0, 4, 1, 2, 3}), filter,
                                           {s[0], s[4], s[1], s[2], s[3]}, first);
    expect_values(transpose(turned, {0, 2, 3, 4, 1}), back.shape(), values_of(back), 0);
  }
  const Case3D& c = kCases3D[2];
  const Shape from = conv3d_shape(c.x, c.filter, c.options);
  check_gradient([&](const Tensors& t) { return conv3d_transpose(t[0], t[1], c.x, c.options); },
                 {random.uniform(from, -1, 1), random.uniform(c.filter, -0.5, 0.5)});
}

TEST(PoolND, Values) {
  const std::vector<float> signal = {1, 5, 2, 4, 3};
  const Tensor x = Tensor::from({1, 5, 1}, signal);
  expect_values(max_pool1d(x, {2, 2}), {1, 2, 1}, {5, 4});
  expect_values(max_pool1d(x, {2, 2, Padding::kSame}), {1, 3, 1}, {5, 4, 3});
  expect_values(avg_pool1d(x, {3, 1, Padding::kSame}), {1, 5, 1},
                {3, 8.0f / 3, 11.0f / 3, 3, 3.5f});
  expect_values(avg_pool1d(reshape(x, {5, 1}), {5, 1}), {1, 1}, {3});
  expect_values(max_pool1d(reshape(x, {1, 1, 5}), {.window = 2, .channels_first = true}), {1, 1, 2},
                {5, 4});

  // Over volumes, by the definition.
  Random random;
  const Shape shape{2, 3, 4, 5, 2};
  const Tensor volume = random.distinct(shape);
  for (Padding padding : {Padding::kValid, Padding::kSame}) {
    const Pool3DOptions options{2, 3, 2, 2, 1, 3, padding};
    const Tensor greatest = max_pool3d(volume, options);
    const Tensor means = avg_pool3d(volume, options);
    const Shape out = pool3d_shape(shape, options, "test");
    ASSERT_EQ(greatest.shape(), out);
    const int windows[] = {2, 3, 2}, strides[] = {2, 1, 3};
    int begin[3];
    for (int i = 0; i < 3; ++i) {
      begin[i] =
          place_windows(shape[i + 1], windows[i], strides[i], 1, padding, 0, 0, "test").pad_before;
    }
    int64_t at = 0;
    for (int n = 0; n < out[0]; ++n)
      for (int d = 0; d < out[1]; ++d)
        for (int h = 0; h < out[2]; ++h)
          for (int w = 0; w < out[3]; ++w)
            for (int c = 0; c < out[4]; ++c, ++at) {
              float best = -1e9f, total = 0;
              int count = 0;
              for (int i = 0; i < 2; ++i)
                for (int j = 0; j < 3; ++j)
                  for (int k = 0; k < 2; ++k) {
                    const int a = d * 2 + i - begin[0], b = h + j - begin[1],
                              e = w * 3 + k - begin[2];
                    if (a < 0 || b < 0 || e < 0 || a >= 3 || b >= 4 || e >= 5) continue;
                    const float v = volume.data()[(((n * 3 + a) * 4 + b) * 5 + e) * 2 + c];
                    best = std::max(best, v);
                    total += v;
                    ++count;
                  }
              EXPECT_EQ(greatest.data()[at], best);
              EXPECT_NEAR(means.data()[at], total / static_cast<float>(count), 2e-5);
            }
    Pool3DOptions first = options;
    first.channels_first = true;
    const Tensor turned = max_pool3d(transpose(volume, {0, 4, 1, 2, 3}), first);
    expect_values(transpose(turned, {0, 2, 3, 4, 1}), out, values_of(greatest), 0);
  }
  EXPECT_EQ(pool3d_shape({kUnknown, 4, 4, 4, 3}, {}, "test"), (Shape{kUnknown, 2, 2, 2, 3}));
}

TEST(PoolND, Gradients) {
  Random random;
  for (Padding padding : {Padding::kValid, Padding::kSame}) {
    const Pool3DOptions volumes{2, 2, 2, 1, 2, 2, padding};
    check_gradient([&](const Tensors& t) { return max_pool3d(t[0], volumes); },
                   {random.distinct({1, 3, 3, 4, 2})});
    check_gradient([&](const Tensors& t) { return avg_pool3d(t[0], volumes); },
                   {random.uniform({1, 3, 3, 4, 2})});
    const Pool1DOptions sequences{3, 2, padding};
    check_gradient([&](const Tensors& t) { return max_pool1d(t[0], sequences); },
                   {random.distinct({2, 5, 2})});
    check_gradient([&](const Tensors& t) { return avg_pool1d(t[0], sequences); },
                   {random.uniform({2, 5, 2})});
    check_gradient([&](const Tensors& t) { return avg_pool1d(t[0], sequences); },
                   {random.uniform({0, 5, 2})});
  }
}

TEST(ConvND, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error([&] { conv1d(t({1, 5, 1, 1}), t({3, 1, 1})); }, "[conv1d] x must have rank 3");
  expect_value_error([&] { conv1d(t({1, 5, 2}), t({3, 1, 1})); }, "is for 1 input channels");
  expect_value_error([&] { conv2d_transpose(t({1, 3, 3, 1}), t({2, 2, 1, 1}), {1, 9, 4, 1}); },
                     "[conv2dTranspose] the convolution takes the output shape [1,9,4,1] to "
                     "[1,8,3,1], which must be the shape of x, [1,3,3,1]");
  expect_value_error([&] { conv1d_transpose(t({1, 3, 1}), t({2, 1, 1}), {1, 3}); },
                     "[conv1dTranspose]");
  expect_value_error([&] { conv3d(t({1, 3, 3, 1}), t({2, 2, 1, 1})); },
                     "[conv3d] x must have rank 5");
  expect_value_error([&] { conv3d(t({1, 3, 3, 3, 2}), t({2, 2, 2, 1, 1})); },
                     "[conv3d] the filter [2,2,2,1,1] is for 1 input channels");
  expect_value_error(
      [&] { conv3d_transpose(t({1, 3, 3, 3, 1}), t({2, 2, 2, 1, 1}), {1, 3, 4, 4, 1}); },
      "[conv3dTranspose]");
  expect_value_error([&] { max_pool3d(t({1, 2, 2, 2}), {.padding = Padding::kCausal}); },
                     "[maxPool3d] padding");
  expect_value_error([&] { avg_pool1d(t({1, 2, 1}), {3, 1}); }, "[avgPool1d] a window over 3");
}

}  // namespace
}  // namespace heddle::test

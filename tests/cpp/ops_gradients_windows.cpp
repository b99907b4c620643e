#include "gradient_cases.h"
#include "ops/conv_nd.h"
#include "ops/depthwise_conv2d.h"
#include "ops/image.h"
#include "ops/pool_nd.h"

namespace heddle::test {
namespace {

/// x with its dimensions in the order that the options ask for: [batch, spatial..., channels] or
/// [batch, channels, spatial...], at times without the batch.
Shape image_shape(int batch, const std::vector<int>& spatial, int channels, bool channels_first,
                  bool single) {
  Shape out;
  if (!single) out.push_back(batch);
  if (channels_first) out.push_back(channels);
  for (const int dim : spatial) out.push_back(dim);
  if (!channels_first) out.push_back(channels);
  return out;
}

Padding padding_of(Draw& draw, bool explicit_too) {
  return static_cast<Padding>(draw.integer(0, explicit_too ? 2 : 1));
}

Conv2DOptions conv2d_options(Draw& draw) {
  Conv2DOptions options;
  options.padding = padding_of(draw, true);
  if (options.padding == Padding::kExplicit) {
    options.pads = {draw.integer(0, 2), draw.integer(0, 2), draw.integer(0, 2), draw.integer(0, 2)};
  }
  if (draw.coin()) {
    options.stride_h = draw.integer(1, 2);
    options.stride_w = draw.integer(1, 2);
  } else {
    options.dilation_h = draw.integer(1, 2);
    options.dilation_w = draw.integer(1, 2);
  }
  options.channels_first = draw.coin();
  return options;
}

Conv1DOptions conv1d_options(Draw& draw) {
  Conv1DOptions options;
  options.padding = static_cast<Padding>(draw.integer(0, 3));
  if (options.padding == Padding::kExplicit) {
    options.pad_before = draw.integer(0, 2);
    options.pad_after = draw.integer(0, 2);
  }
  (draw.coin() ? options.stride : options.dilation) = draw.integer(1, 2);
  options.channels_first = draw.coin();
  return options;
}

Conv3DOptions conv3d_options(Draw& draw) {
  Conv3DOptions options;
  options.padding = padding_of(draw, false);
  int* const first = draw.coin() ? &options.stride_d : &options.dilation_d;
  *first = draw.integer(1, 2);
  options.stride_w = draw.integer(1, 2);
  options.channels_first = draw.coin();
  return options;
}

const std::vector<GradientCase> kConvolutions = {
    {"conv2d",
     [](Draw& draw) {
       const Conv2DOptions options = conv2d_options(draw);
       const int in = draw.size(2);
       const Shape image = image_shape(draw.size(2), {draw.integer(3, 4), draw.integer(3, 4)}, in,
                                       options.channels_first, draw.integer(0, 3) == 0);
       const Tensor x = draw.real(image);
       const Tensor filter = draw.real({draw.integer(1, 2), draw.integer(1, 2), in, draw.size(2)});
       return sample([options](const Tensors& t) { return conv2d(t[0], t[1], options); },
                     {x, filter});
     }},
    {"grouped_conv2d",
     [](Draw& draw) {
       const Conv2DOptions options = conv2d_options(draw);
       const int in = draw.integer(1, 2);
       const Shape image = image_shape(draw.size(2), {3, draw.integer(3, 4)}, in * 2,
                                       options.channels_first, false);
       const Tensor x = draw.real(image);
       const Tensor filter = draw.real({2, draw.integer(1, 2), in, 2 * draw.integer(1, 2)});
       const auto f = [options](const Tensors& t) {
         return grouped_conv2d(t[0], t[1], 2, options);
       };
       return sample(f, {x, filter});
     }},
    {"depthwise_conv2d",
     [](Draw& draw) {
       const Conv2DOptions options = conv2d_options(draw);
       const int in = draw.size(3);
       const Shape image = image_shape(draw.size(2), {3, draw.integer(3, 4)}, in,
                                       options.channels_first, draw.integer(0, 3) == 0);
       const Tensor x = draw.real(image);
       const Tensor filter = draw.real({draw.integer(1, 2), 2, in, draw.size(2)});
       return sample([options](const Tensors& t) { return depthwise_conv2d(t[0], t[1], options); },
                     {x, filter});
     }},
    {"separable_conv2d",
     [](Draw& draw) {
       const Conv2DOptions options = conv2d_options(draw);
       const int in = draw.integer(1, 2);
       const int multiplier = draw.integer(1, 2);
       const Tensor x =
           draw.real(image_shape(draw.size(2), {3, 3}, in, options.channels_first, false), -1, 1);
       const Tensor depthwise = draw.real({2, 2, in, multiplier}, -1, 1);
       const Tensor pointwise = draw.real({1, 1, in * multiplier, draw.size(2)}, -1, 1);
       const auto f = [options](const Tensors& t) {
         return separable_conv2d(t[0], t[1], t[2], options);
       };
       return sample(f, {x, depthwise, pointwise});
     }},
    {"conv2d_transpose",
     [](Draw& draw) {
       Conv2DOptions options = conv2d_options(draw);
       options.padding = padding_of(draw, false);
       const int in = draw.size(2);
       const int out = draw.integer(1, 2);
       const int batch = draw.size(2);
       const int h = draw.integer(1, 3);
       const int w = draw.integer(1, 3);
       const int kh = draw.integer(1, 2);
       const int kw = draw.integer(1, 2);
       const Shape shape = image_shape(
           batch,
           {transposed_size(h, kh, options.stride_h, options.dilation_h, options.padding),
            transposed_size(w, kw, options.stride_w, options.dilation_w, options.padding)},
           out, options.channels_first, false);
       const Tensor x = draw.real(image_shape(batch, {h, w}, in, options.channels_first, false));
       const Tensor filter = draw.real({kh, kw, out, in});
       const auto f = [=](const Tensors& t) {
         return conv2d_transpose(t[0], t[1], shape, options);
       };
       return sample(f, {x, filter});
     }},
    {"conv1d",
     [](Draw& draw) {
       const Conv1DOptions options = conv1d_options(draw);
       const int in = draw.size(3);
       const Shape sequence = image_shape(draw.size(2), {draw.integer(3, 5)}, in,
                                          options.channels_first, draw.integer(0, 3) == 0);
       const Tensor x = draw.real(sequence);
       const Tensor filter = draw.real({draw.integer(1, 2), in, draw.size()});
       return sample([options](const Tensors& t) { return conv1d(t[0], t[1], options); },
                     {x, filter});
     }},
    {"depthwise_conv1d",
     [](Draw& draw) {
       const Conv1DOptions options = conv1d_options(draw);
       const int in = draw.size(3);
       const Tensor x = draw.real(
           image_shape(draw.size(2), {draw.integer(3, 5)}, in, options.channels_first, false));
       const Tensor filter = draw.real({draw.integer(1, 2), in, draw.size(2)});
       return sample([options](const Tensors& t) { return depthwise_conv1d(t[0], t[1], options); },
                     {x, filter});
     }},
    {"conv1d_transpose",
     [](Draw& draw) {
       Conv1DOptions options = conv1d_options(draw);
       options.padding = padding_of(draw, false);
       const int in = draw.size(2);
       const int out = draw.integer(1, 2);
       const int batch = draw.size(2);
       const int length = draw.integer(1, 4);
       const int window = draw.integer(1, 3);
       const int longer =
           transposed_size(length, window, options.stride, options.dilation, options.padding);
       const Shape shape = image_shape(batch, {longer}, out, options.channels_first, false);
       const Tensor x = draw.real(image_shape(batch, {length}, in, options.channels_first, false));
       const auto f = [=](const Tensors& t) {
         return conv1d_transpose(t[0], t[1], shape, options);
       };
       return sample(f, {x, draw.real({window, out, in})});
     }},
    {"conv3d",
     [](Draw& draw) {
       const Conv3DOptions options = conv3d_options(draw);
       const int in = draw.size(2);
       const Shape volume = image_shape(draw.size(1), {3, draw.integer(2, 3), 3}, in,
                                        options.channels_first, draw.integer(0, 3) == 0);
       const Tensor x = draw.real(volume);
       const Tensor filter =
           draw.real({draw.integer(1, 2), draw.integer(1, 2), 2, in, draw.size(2)});
       return sample([options](const Tensors& t) { return conv3d(t[0], t[1], options); },
                     {x, filter});
     }},
    {"conv3d_transpose",
     [](Draw& draw) {
       Conv3DOptions options = conv3d_options(draw);
       options.dilation_d = 1;
       const int in = draw.integer(1, 2);
       const int batch = draw.size(1);
       const auto longer = [&](int length, int window, int stride) {
         return transposed_size(length, window, stride, 1, options.padding);
       };
       const Shape shape = image_shape(
           batch, {longer(2, 2, options.stride_d), longer(2, 1, 1), longer(2, 2, options.stride_w)},
           1, options.channels_first, false);
       const Tensor x = draw.real(image_shape(batch, {2, 2, 2}, in, options.channels_first, false));
       const auto f = [=](const Tensors& t) {
         return conv3d_transpose(t[0], t[1], shape, options);
       };
       return sample(f, {x, draw.real({2, 1, 2, 1, in})});
     }},
};

/// Pools of one, two and three dimensions.
GradientCase pool1d(const char* name, Tensor (*op)(const Tensor&, const Pool1DOptions&)) {
  return {name, [op](Draw& draw) {
            const Pool1DOptions options{.window = draw.integer(1, 3),
                                        .stride = draw.integer(1, 2),
                                        .padding = padding_of(draw, false),
                                        .channels_first = draw.coin()};
            const Tensor x = draw.values().distinct(
                image_shape(draw.size(2), {draw.integer(3, 5)}, draw.size(2),
                            options.channels_first, draw.integer(0, 3) == 0));
            return sample([=](const Tensors& t) { return op(t[0], options); }, {x});
          }};
}

GradientCase pool2d(const char* name, Tensor (*op)(const Tensor&, const Pool2DOptions&)) {
  return {name, [op](Draw& draw) {
            Pool2DOptions options{.window_h = draw.integer(1, 3),
                                  .window_w = draw.integer(1, 3),
                                  .stride_h = draw.integer(1, 2),
                                  .stride_w = draw.integer(1, 2),
                                  .padding = padding_of(draw, true),
                                  .channels_first = draw.coin()};
            if (options.padding == Padding::kExplicit) {
              options.pads = {
                  draw.integer(0, options.window_h - 1), draw.integer(0, options.window_h - 1),
                  draw.integer(0, options.window_w - 1), draw.integer(0, options.window_w - 1)};
            }
            const Tensor x = draw.values().distinct(
                image_shape(draw.size(2), {draw.integer(3, 4), 3}, draw.size(2),
                            options.channels_first, draw.integer(0, 3) == 0));
            return sample([=](const Tensors& t) { return op(t[0], options); }, {x});
          }};
}

GradientCase pool3d(const char* name, Tensor (*op)(const Tensor&, const Pool3DOptions&)) {
  return {name, [op](Draw& draw) {
            const Pool3DOptions options{.window_d = draw.integer(1, 2),
                                        .window_h = 2,
                                        .window_w = draw.integer(1, 3),
                                        .stride_d = draw.integer(1, 2),
                                        .stride_h = draw.integer(1, 2),
                                        .stride_w = 1,
                                        .padding = padding_of(draw, false),
                                        .channels_first = draw.coin()};
            const Tensor x = draw.values().distinct(
                image_shape(draw.size(1), {2, draw.integer(2, 3), 3}, draw.size(2),
                            options.channels_first, draw.integer(0, 3) == 0));
            return sample([=](const Tensors& t) { return op(t[0], options); }, {x});
          }};
}

const std::vector<GradientCase> kPools = {
    pool1d("max_pool1d", max_pool1d), pool1d("avg_pool1d", avg_pool1d),
    pool2d("max_pool", max_pool),     pool2d("avg_pool", avg_pool),
    pool3d("max_pool3d", max_pool3d), pool3d("avg_pool3d", avg_pool3d),
};

using Resize = Tensor (*)(const Tensor&, int, int, const ResizeOptions&);

GradientCase resize(const char* name, Resize op) {
  return {name, [op](Draw& draw) {
            const int mode = draw.integer(0, 2);
            const ResizeOptions options{.align_corners = mode == 1,
                                        .half_pixel_centers = mode == 2,
                                        .channels_first = draw.coin()};
            const Tensor x = draw.real(image_shape(
                draw.size(2), {draw.integer(1, 4), draw.integer(1, 3)}, draw.size(2),
                options.channels_first, !options.channels_first && draw.integer(0, 3) == 0));
            const int height = draw.integer(1, 5);
            const int width = draw.integer(1, 5);
            return sample([=](const Tensors& t) { return op(t[0], height, width, options); }, {x});
          }};
}

const std::vector<GradientCase> kImages = {
    resize("resize_bilinear", resize_bilinear),
    resize("resize_nearest", resize_nearest),
    {"crop_and_resize",
     [](Draw& draw) {
       const int batch = draw.integer(1, 2);
       const Tensor x = draw.real({batch, draw.integer(2, 3), draw.integer(2, 3), draw.size(2)});
       const int count = draw.size(2);
       const Tensor boxes = draw.real({count, 4}, -0.2, 1.2);
       const Tensor index = draw.values().indices({count}, batch);
       const int height = draw.integer(1, 3);
       const int width = draw.integer(1, 3);
       const bool bilinear = draw.coin();
       const auto f = [=](const Tensors& t) {
         return crop_and_resize(t[0], boxes, index, height, width, bilinear, 0.5F);
       };
       return sample(f, {x});
     }},
    {"transform_images",
     [](Draw& draw) {
       const int batch = draw.size(2);
       const Tensor x = draw.real({batch, draw.integer(2, 3), draw.integer(2, 3), draw.size(2)});
       Tensor transforms = copy_of(draw.real({draw.coin() ? batch : 1, 8}, -0.3, 0.3));
       for (int i = 0; i < transforms.shape()[0]; ++i) {
         float* const t = transforms.data() + static_cast<ptrdiff_t>(i) * 8;
         t[0] += 1;
         t[4] += 1;
         t[6] /= 8;
         t[7] /= 8;
       }
       const bool bilinear = draw.coin();
       const auto outside = static_cast<kernels::Outside>(draw.integer(0, 3));
       const int height = draw.integer(1, 4);
       const auto f = [=](const Tensors& t) {
         return transform_images(
             t[0], transforms,
             {.bilinear = bilinear, .outside = outside, .height = height, .width = 3});
       };
       return sample(f, {x});
     }},
};

class ConvolutionGradients : public GradientCases {};
TEST_P(ConvolutionGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, ConvolutionGradients, testing::ValuesIn(kConvolutions), name_of_case);

class PoolGradients : public GradientCases {};
TEST_P(PoolGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, PoolGradients, testing::ValuesIn(kPools), name_of_case);

class ImageGradients : public GradientCases {};
TEST_P(ImageGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, ImageGradients, testing::ValuesIn(kImages), name_of_case);

}  // namespace
}  // namespace heddle::test

#include "layers_testing.h"

namespace heddle {
namespace {

using test::apply_one;
using test::expect_round_trip;
using test::expect_value_error;
using test::expect_values;
using test::input;
using test::layer;
using test::output_shape;
using test::run_one;
using test::tensor;
using test::Tensors;

/// A 3x3 convolution written as loops in double: x [batch, h, w, in], kernel [kh, kw, in, out].
Tensor convolve(const Tensor& x, const Tensor& kernel, const Tensor& bias, int stride, int pad_top,
                int pad_left, int out_h, int out_w) {
  const int h = x.shape()[1];
  const int w = x.shape()[2];
  const int in = x.shape()[3];
  const int out = kernel.shape()[3];
  Tensor y = Tensor::empty({x.shape()[0], out_h, out_w, out}, DType::kFloat32);
  int64_t at = 0;
  for (int n = 0; n < x.shape()[0]; ++n) {
    for (int i = 0; i < out_h; ++i) {
      for (int j = 0; j < out_w; ++j) {
        for (int o = 0; o < out; ++o) {
          double sum = bias.data()[o];
          for (int di = 0; di < kernel.shape()[0]; ++di) {
            for (int dj = 0; dj < kernel.shape()[1]; ++dj) {
              const int row = i * stride - pad_top + di;
              const int col = j * stride - pad_left + dj;
              if (row < 0 || row >= h || col < 0 || col >= w) continue;
              for (int c = 0; c < in; ++c) {
                sum += static_cast<double>(x.data()[((n * h + row) * w + col) * in + c]) *
                       kernel.data()[((di * kernel.shape()[1] + dj) * in + c) * out + o];
              }
            }
          }
          y.data()[at++] = static_cast<float>(sum);
        }
      }
    }
  }
  return y;
}

Tensor to_channels_first(const Tensor& x) {
  const int h = x.shape()[1];
  const int w = x.shape()[2];
  const int c = x.shape()[3];
  Tensor y = Tensor::empty({x.shape()[0], c, h, w}, DType::kFloat32);
  int64_t at = 0;
  for (int n = 0; n < x.shape()[0]; ++n) {
    for (int k = 0; k < c; ++k) {
      for (int p = 0; p < h * w; ++p) y.data()[at++] = x.data()[(n * h * w + p) * c + k];
    }
  }
  return y;
}

TEST(Conv2D, ComputesAsLoops) {
  test::Random random;
  const Tensor x = random.uniform({2, 6, 7, 3});
  const Tensor weights[] = {random.uniform({3, 3, 3, 4}), random.uniform({4})};
  const auto conv = [&](const char* padding, int stride, const char* format) {
    const LayerPtr conv2d = layer("Conv2D", {{"filters", 4},
                                             {"kernelSize", 3},
                                             {"padding", padding},
                                             {"strides", stride},
                                             {"dataFormat", format}});
    const bool first = format == std::string("channelsFirst");
    apply_one(conv2d, {input(first ? Shape{3, 6, 7} : Shape{6, 7, 3})});
    conv2d->set_weights(weights);
    return run_one(conv2d, {first ? to_channels_first(x) : x});
  };
  const Tensor valid = convolve(x, weights[0], weights[1], 1, 0, 0, 4, 5);
  expect_values(conv("valid", 1, "channelsLast"), {2, 4, 5, 4}, test::values_of(valid), 1e-5);
  // "same" with stride 2 on 6 x 7: the odd cell of padding comes at the end.
  const Tensor same = convolve(x, weights[0], weights[1], 2, 0, 1, 3, 4);
  expect_values(conv("same", 2, "channelsLast"), {2, 3, 4, 4}, test::values_of(same), 1e-5);
  const Tensor first = to_channels_first(same);
  expect_values(conv("same", 2, "channelsFirst"), {2, 4, 3, 4}, test::values_of(first), 1e-5);
}

TEST(Conv2D, ShapesAndParameters) {
  const LayerPtr conv = layer("Conv2D", {{"filters", 32}, {"kernelSize", 3}});
  EXPECT_EQ(output_shape(conv, {28, 28, 1}), "[null,26,26,32]");
  EXPECT_EQ(conv->count_params(), 3 * 3 * 32 + 32);
  EXPECT_EQ(conv->weights()[0]->name(), conv->name() + "/kernel");
  EXPECT_EQ(output_shape(layer("Conv2D", {{"filters", 4},
                                          {"kernelSize", Config::Array{2, 3}},
                                          {"strides", 2},
                                          {"padding", "same"}}),
                         {9, 8, 2}),
            "[null,5,4,4]");
  EXPECT_EQ(output_shape(layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}, {"dilationRate", 2}}),
                         {9, 8, 2}),
            "[null,5,4,4]");
  EXPECT_EQ(
      output_shape(
          layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}, {"dataFormat", "channelsFirst"}}),
          {2, 9, 8}),
      "[null,4,7,6]");
  EXPECT_EQ(output_shape(layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}}), {kUnknown, 8, 2}),
            "[null,null,6,4]");
}

TEST(Conv2D, RefusesOtherChannels) {
  const LayerPtr conv = layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}, {"name", "conv"}});
  apply_one(conv, {input({8, 8, 3})});
  EXPECT_NO_THROW(apply_one(conv, {input({12, 5, 3})}));  // other sizes of image are fine
  expect_value_error([&] { apply_one(conv, {input({8, 8, 1})}); }, "'conv'");
  expect_value_error([&] { apply_one(conv, {input({8, 8})}); }, "rank 4");
  expect_value_error(
      [&] {
        apply_one(layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}}), {input({8, 8, kUnknown})});
      },
      "number of channels");
  expect_value_error([&] { layer("Conv2D", {{"filters", 4}}); },
                     "option 'kernelSize' must be a positive integer or an array of 2 of them");
  expect_value_error([&] { layer("Conv2D", {{"kernelSize", 3}}); }, "option 'filters'");
  expect_value_error(
      [&] { layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}, {"padding", "full"}}); },
      "one of 'valid', 'same'");
  expect_value_error(
      [&] { apply_one(layer("Conv2D", {{"filters", 4}, {"kernelSize", 9}}), {input({8, 8, 3})}); },
      "conv2d");
}

TEST(Conv2D, ConfigurationComesBack) {
  expect_round_trip(
      layer("Conv2D", {{"filters", 4},
                       {"kernelSize", Config::Array{2, 3}},
                       {"strides", 2},
                       {"padding", "same"},
                       {"activation", "relu"},
                       {"name", "it"}}),
      R"({"filters":4,"kernelInitializer":{"className":"VarianceScaling","config":{"scale":1,"mode":"fanAvg","distribution":"normal","seed":null}},)"
      R"("kernelRegularizer":null,"kernelConstraint":null,"kernelSize":[2,3],"strides":[2,2],"padding":"same",)"
      R"("dataFormat":"channelsLast","dilationRate":[1,1],"activation":"relu","useBias":true,)"
      R"("biasInitializer":{"className":"Zeros","config":{}},"biasRegularizer":null,"activityRegularizer":null,)"
      R"("biasConstraint":null,"name":"it","trainable":true})");
}

TEST(Conv2D, ConvolvesGroupsOfChannelsApart) {
  const Tensor x = tensor({1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  const LayerPtr conv = layer("Conv2D", {{"filters", 2}, {"kernelSize", 1}, {"groups", 2}});
  EXPECT_EQ(output_shape(conv, {1, 2, 4}), "[null,1,2,2]");
  // kernel [1, 1, channels of a group, filters]: the first filter sees channels 0 and 1
  const std::vector<Tensor> weights = {tensor({1, 1, 2, 2}, {1, 10, 2, 20}),
                                       tensor({2}, {0.5, -0.5})};
  conv->set_weights(weights);
  expect_values(run_one(conv, {x}), {1, 1, 2, 2}, {5.5, 109.5, 17.5, 229.5});
  expect_value_error([] { layer("Conv2D", {{"filters", 3}, {"kernelSize", 1}, {"groups", 2}}); },
                     "groups must divide filters");
  expect_value_error(
      [] {
        apply_one(layer("Conv2D", {{"filters", 2}, {"kernelSize", 1}, {"groups", 2}}),
                  {input({3, 3, 5})});
      },
      "got 5 channels");
}

TEST(Pooling2D, ComputesByHand) {
  const Tensor x = tensor({1, 3, 3, 1}, {1, 2, 3, 4, 9, 6, 7, 8, 5});
  expect_values(run_one(layer("MaxPooling2D"), {x}), {1, 1, 1, 1}, {9});
  expect_values(run_one(layer("AveragePooling2D"), {x}), {1, 1, 1, 1}, {4});
  expect_values(run_one(layer("MaxPooling2D", {{"strides", 1}}), {x}), {1, 2, 2, 1}, {9, 9, 9, 9});
  // Cells outside the image do not count.
  expect_values(run_one(layer("AveragePooling2D", {{"padding", "same"}}), {x}), {1, 2, 2, 1},
                {4, 4.5, 7.5, 5});
  expect_values(run_one(layer("MaxPooling2D", {{"padding", "same"}}), {x}), {1, 2, 2, 1},
                {9, 6, 8, 5});
  const Tensor two = tensor({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  expect_values(run_one(layer("MaxPooling2D", {{"dataFormat", "channelsFirst"}}), {two}),
                {1, 2, 1, 1}, {4, 8});
}

TEST(Pooling2D, ShapesErrorsAndConfiguration) {
  EXPECT_EQ(output_shape(layer("MaxPooling2D"), {8, 7, 3}), "[null,4,3,3]");
  EXPECT_EQ(
      output_shape(layer("MaxPooling2D", {{"poolSize", 3}, {"strides", 2}, {"padding", "same"}}),
                   {8, 7, 3}),
      "[null,4,4,3]");
  EXPECT_EQ(output_shape(layer("AveragePooling2D", {{"poolSize", Config::Array{2, 3}}}), {8, 7, 3}),
            "[null,4,2,3]");
  EXPECT_EQ(output_shape(layer("AveragePooling2D"), {kUnknown, 8, 3}), "[null,null,4,3]");
  expect_value_error([] { apply_one(layer("MaxPooling2D"), {input({8, 8})}); }, "rank 4");
  expect_value_error(
      [] { apply_one(layer("MaxPooling2D", {{"name", "pool"}}), {input({1, 8, 3})}); }, "pool");
  expect_value_error([] { layer("MaxPooling2D", {{"poolSize", 0}}); }, "option 'poolSize'");
  expect_round_trip(
      layer("MaxPooling2D", {{"poolSize", 3}, {"name", "it"}}),
      R"({"poolSize":[3,3],"padding":"valid","strides":[3,3],"dataFormat":"channelsLast","name":"it","trainable":true})");
  EXPECT_EQ(layer("AveragePooling2D")->class_name(), "AveragePooling2D");
}

}  // namespace
}  // namespace heddle

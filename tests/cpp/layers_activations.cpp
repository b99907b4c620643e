#include "layers/activations.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "layers_testing.h"

// The activations that Keras 3 has and TensorFlow.js has not. The others are in layers_shapes.cpp.

namespace heddle {
namespace {

using test::expect_error;
using test::expect_values;
using test::layer;
using test::output_shape;
using test::tensor;
using test::values_of;

TEST(KerasActivations, ComputeByHand) {
  const std::vector<float> x = {-7, -3, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 3, 7};
  const auto check = [&](const char* name, const std::function<double(double)>& f) {
    SCOPED_TRACE(name);
    std::vector<float> expected;
    for (const float v : x) expected.push_back(static_cast<float>(f(v)));
    expect_values(activation_named(name).apply(tensor({11}, x)), {11}, expected, 2e-6);
  };
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const auto hard_silu = [](double v) { return v * std::clamp(v / 6 + 0.5, 0.0, 1.0); };
  check("silu", [&](double v) { return v * sigmoid(v); });
  check("hardSilu", hard_silu);
  check("hardSwish", hard_silu);
  check("leakyRelu", [](double v) { return v < 0 ? 0.2 * v : v; });
  check("celu", [](double v) { return v < 0 ? std::expm1(v) : v; });
  check("exponential", [](double v) { return std::exp(v); });
  check("logSigmoid", [&](double v) { return std::log(sigmoid(v)); });
  check("squareplus", [](double v) { return (v + std::sqrt(v * v + 4)) / 2; });
  check("sparseplus",
        [](double v) { return v <= -1 ? 0 : (v >= 1 ? v : 0.25 * (v + 1) * (v + 1)); });
  check("tanhShrink", [](double v) { return v - std::tanh(v); });
  check("softShrink", [](double v) { return v > 0.5 ? v - 0.5 : (v < -0.5 ? v + 0.5 : 0); });
  check("hardShrink", [](double v) { return std::abs(v) > 0.5 ? v : 0; });
  check("hardTanh", [](double v) { return std::clamp(v, -1.0, 1.0); });
  check("threshold", [](double v) { return v > 0 ? v : 0; });
}

TEST(KerasActivations, SparsemaxProjectsEachRow) {
  const Activation& sparsemax = activation_named("sparsemax");
  // Row 1: tau = (1 + 0.8 - 1) / 2 = 0.4. Row 2: one wins. Row 3: ties share.
  expect_values(sparsemax.apply(tensor({3, 3}, {1, 0.8F, 0.1F, 5, 1, -1, 2, 2, 2})), {3, 3},
                {0.6F, 0.4F, 0, 1, 0, 0, 1.0F / 3, 1.0F / 3, 1.0F / 3}, 1e-6);
  // Adding the same to a whole row changes nothing. tau = (-5.25 - 5.5 - 1) / 2 = -5.875.
  expect_values(sparsemax.apply(tensor({1, 3}, {-6, -5.5F, -5.25F})), {1, 3}, {0, 0.375F, 0.625F},
                1e-6);
  // Far from where the set of those above zero changes.
  test::check_gradient([&](const test::Tensors& t) { return sparsemax.apply(t[0]); },
                       {tensor({2, 3}, {1, 0.5F, -0.75F, -2, 1.5F, 1.75F})});
  expect_error<ValueError>([&] { sparsemax.apply(Tensor::scalar(1)); }, "sparsemax");
}

TEST(KerasActivations, GluGatesHalfByTheOther) {
  const Activation& glu = activation_named("glu");
  expect_values(glu.apply(tensor({2, 4}, {1, 2, 0, 100, 3, 4, -100, 0})), {2, 2}, {0.5F, 2, 0, 2},
                1e-6);
  expect_error<ValueError>([&] { glu.apply(tensor({1, 3}, {1, 2, 3})); },
                           "glu halves the last axis, whose size must be even, got shape [1,3]");
  EXPECT_EQ(output_shape(layer("Activation", {{"activation", "glu"}}), {5, 6}), "[null,5,3]");
  expect_error<ValueError>([] { output_shape(layer("Activation", {{"activation", "glu"}}), {7}); },
                           "must be even");
  const LayerPtr dense = layer("Dense", {{"units", 6}, {"activation", "glu"}});
  EXPECT_EQ(output_shape(dense, {5, 2}), "[null,5,3]");
  EXPECT_EQ(test::run_one(dense, {Tensor::full({1, 5, 2}, 1)}).shape(), (Shape{1, 5, 3}));
  const LayerPtr conv = layer("Conv2D", {{"filters", 4}, {"kernelSize", 1}, {"activation", "glu"}});
  EXPECT_EQ(output_shape(conv, {5, 5, 2}), "[null,5,5,2]");
}

TEST(KerasActivations, HaveGradientsThatStayFinite) {
  test::Random random;
  for (const char* name :
       {"silu", "hardSilu", "leakyRelu", "celu", "glu", "logSigmoid", "squareplus", "sparseplus",
        "tanhShrink", "softShrink", "hardShrink", "hardTanh"}) {
    SCOPED_TRACE(name);
    const Activation& activation = activation_named(name);
    test::check_gradient([&](const test::Tensors& x) { return activation.apply(x[0]); },
                         {random.uniform_without({2, 6}, {0, -1, 1, -0.5, 0.5})});
    const Tape tape;
    const Tensor big = tape.watch(tensor({4}, {200, -200, 0, 90}));
    const Tensor y = activation.apply(big);
    const Tensor g = gradients(std::span(&y, 1), {}, std::span(&big, 1))[0];
    for (const float v : values_of(g)) EXPECT_TRUE(std::isfinite(v));
  }
}

TEST(KerasActivations, KeepTheirNames) {
  for (const char* name : {"silu", "swish", "hardSilu", "hardSwish", "celu", "elu", "threshold"}) {
    EXPECT_STREQ(activation_named(name).name, name);
  }
  // Keras's spelling finds them too.
  EXPECT_STREQ(activation_named("log_sigmoid").name, "logSigmoid");
}

}  // namespace
}  // namespace heddle

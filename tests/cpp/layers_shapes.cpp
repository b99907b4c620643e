#include <cmath>
#include <set>

#include "graph/program.h"
#include "layers/activations.h"
#include "layers_testing.h"
#include "ops/random.h"

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
using test::values_of;

TEST(InputLayer, HasOneCallWithoutInputs) {
  const SymbolicTensor x = test::input({3, 4});
  EXPECT_EQ(to_string(x.shape), "[null,3,4]");
  EXPECT_EQ(x.layer->class_name(), "InputLayer");
  EXPECT_EQ(x.layer->num_calls(), 1);
  EXPECT_TRUE(x.call().inputs.empty());
  EXPECT_TRUE(x.layer->built());
  expect_value_error([&] { apply_one(x.layer, {x}); }, "cannot be applied to anything");
}

TEST(InputLayer, IsNamedInputAndANumber) {
  const std::string first = test::input({1}).layer->name();
  const std::string second = test::input({1}).layer->name();
  EXPECT_EQ(first.substr(0, 5), "input");
  EXPECT_EQ(std::stoi(second.substr(5)), std::stoi(first.substr(5)) + 1);
  EXPECT_EQ(make_input(test::options({{"shape", Config::Array{1}}, {"name", "a"}})).layer->name(),
            "a");
}

TEST(InputLayer, OptionsAndConfiguration) {
  const SymbolicTensor fixed = make_input(
      test::options({{"batchShape", Config::Array{32, 8}}, {"dtype", "int32"}, {"name", "fixed"}}));
  EXPECT_EQ(to_string(fixed.shape), "[32,8]");
  EXPECT_EQ(fixed.dtype, DType::kInt32);
  expect_round_trip(fixed.layer,
                    R"({"batchInputShape":[32,8],"dtype":"int32","sparse":false,"name":"fixed"})");
  EXPECT_EQ(to_string(layer("InputLayer", {{"inputShape", Config::Array{4}}, {"batchSize", 2}})
                          ->output_at(0)
                          .shape),
            "[2,4]");
  expect_value_error([] { make_input(Config()); }, "needs the shape of one example");
  expect_value_error(
      [] {
        make_input(test::options(
            {{"shape", Config::Array{4}}, {"batchShape", Config::Array{Config(), 4}}}));
      },
      "not both");
  expect_value_error([] { make_input(test::options({{"shape", 4}})); }, "an array of at most");
}

TEST(Activations, ComputeByHand) {
  const std::vector<float> x = {-7, -2.5, -0.5, 0, 0.5, 2.5, 7};
  const auto check = [&](const char* name, const std::function<double(double)>& f) {
    SCOPED_TRACE(name);
    std::vector<float> expected;
    for (const float v : x) expected.push_back(static_cast<float>(f(v)));
    expect_values(activation_named(name).apply(tensor({7}, x)), {7}, expected, 2e-6);
  };
  const auto softplus = [](double v) { return std::log1p(std::exp(v)); };
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  check("linear", [](double v) { return v; });
  check("relu", [](double v) { return std::max(v, 0.0); });
  check("relu6", [](double v) { return std::min(std::max(v, 0.0), 6.0); });
  check("elu", [](double v) { return v < 0 ? std::expm1(v) : v; });
  check("selu", [](double v) {
    return v < 0 ? 1.7580993408473766 * std::expm1(v) : 1.0507009873554805 * v;
  });
  check("sigmoid", sigmoid);
  check("hardSigmoid", [](double v) { return std::clamp(0.2 * v + 0.5, 0.0, 1.0); });
  check("softplus", softplus);
  check("softsign", [](double v) { return v / (1 + std::abs(v)); });
  check("tanh", [](double v) { return std::tanh(v); });
  check("swish", [&](double v) { return v * sigmoid(v); });
  check("mish", [&](double v) { return v * std::tanh(softplus(v)); });
  check("gelu", [](double v) { return 0.5 * v * (1 + std::erf(v / std::sqrt(2))); });
  check("gelu_new", [](double v) {
    return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
  });
  double sum = 0;
  for (const float v : x) sum += std::exp(static_cast<double>(v));
  check("softmax", [&](double v) { return std::exp(v) / sum; });
  check("logSoftmax", [&](double v) { return v - std::log(sum); });
}

TEST(Activations, HaveGradientsThatStayFinite) {
  test::Random random;
  for (const char* name : {"elu", "selu", "hardSigmoid", "softsign", "swish", "mish", "gelu",
                           "gelu_new", "softplus", "logSoftmax"}) {
    SCOPED_TRACE(name);
    const Activation& activation = activation_named(name);
    test::check_gradient([&](const test::Tensors& x) { return activation.apply(x[0]); },
                         {random.uniform_without({2, 5}, {0, -2.5, 2.5})});
    // Where exp overflows, what is not used must not turn the gradient into NaN.
    const Tape tape;
    const Tensor big = tape.watch(tensor({4}, {200, -200, 0, 90}));
    const Tensor y = activation.apply(big);
    const Tensor g = gradients(std::span(&y, 1), {}, std::span(&big, 1))[0];
    for (const float v : values_of(g)) EXPECT_TRUE(std::isfinite(v));
  }
}

TEST(Activation, IsALayer) {
  const LayerPtr relu = layer("Activation", {{"activation", "relu"}, {"name", "it"}});
  EXPECT_EQ(output_shape(relu, {2, 3}), "[null,2,3]");
  expect_values(run_one(relu, {tensor({1, 3}, {-1, 0, 2})}), {1, 3}, {0, 0, 2});
  expect_round_trip(relu, R"({"activation":"relu","name":"it","trainable":true})");
  EXPECT_EQ(relu->count_params(), 0);
}

TEST(Flatten, MakesOneRowOfEachExample) {
  const LayerPtr flatten = layer("Flatten", {{"name", "it"}});
  EXPECT_EQ(output_shape(flatten, {3, 4, 2}), "[null,24]");
  expect_values(run_one(flatten, {tensor({2, 1, 2}, {1, 2, 3, 4})}), {2, 2}, {1, 2, 3, 4});
  expect_round_trip(flatten, R"({"name":"it","trainable":true})");
  expect_value_error([&] { apply_one(flatten, {input({3})}); }, "rank 3");
  expect_value_error([&] { apply_one(layer("Flatten"), {input({kUnknown, 3})}); },
                     "needs to know all dimensions");
  EXPECT_EQ(to_string(run_one(flatten, {Tensor::full({0, 2, 3}, 0)}).shape()), "[0,6]");
}

TEST(Flatten, PutsChannelsLast) {
  const LayerPtr flatten = layer("Flatten", {{"dataFormat", "channelsFirst"}, {"name", "it"}});
  // [1, 2 channels, 1, 2] -> [1, 1, 2, 2 channels]
  expect_values(run_one(flatten, {tensor({1, 2, 1, 2}, {1, 2, 3, 4})}), {1, 4}, {1, 3, 2, 4});
  expect_round_trip(flatten, R"({"dataFormat":"channelsFirst","name":"it","trainable":true})");
}

TEST(Reshape, FindsTheFreeDimension) {
  const auto reshape = [](const Config::Array& target) {
    return layer("Reshape", {{"targetShape", target}, {"name", "it"}});
  };
  EXPECT_EQ(output_shape(reshape({4, 6}), {3, 8}), "[null,4,6]");
  EXPECT_EQ(output_shape(reshape({2, -1}), {3, 8}), "[null,2,12]");
  EXPECT_EQ(output_shape(reshape({Config(), 3}), {3, 8}), "[null,8,3]");
  EXPECT_EQ(output_shape(reshape({Config(), 3}), {kUnknown, 8}), "[null,null,3]");
  expect_values(
      run_one(reshape({3, -1}), {tensor({2, 6}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})}),
      {2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  expect_round_trip(reshape({2, -1}), R"({"targetShape":[2,null],"name":"it","trainable":true})");
  expect_value_error([&] { apply_one(reshape({5, 5}), {input({3, 8})}); },
                     "Total size of new array must be unchanged");
  expect_value_error([&] { apply_one(reshape({5, -1}), {input({3, 8})}); }, "'it' (Reshape)");
  expect_value_error([&] { reshape({-1, -1}); }, "at most one unknown");
  expect_value_error([&] { layer("Reshape"); }, "option 'targetShape' must be");
}

TEST(Dropout, DropsTheShareItShouldInTrainingOnly) {
  const LayerPtr half = layer("Dropout", {{"rate", 0.3}, {"name", "it"}});
  const Tensor x = Tensor::full({200, 500}, 1);
  for (const float v : values_of(run_one(half, {x}))) ASSERT_EQ(v, 1);
  const std::vector<float> dropped = values_of(run_one(half, {x}, true));
  const auto kept = static_cast<double>(
      std::count_if(dropped.begin(), dropped.end(), [](float v) { return v != 0; }));
  // 100,000 draws: five standard deviations are 0.0073.
  EXPECT_NEAR(kept / 100000, 0.7, 0.0073);
  for (const float v : dropped) {
    if (v != 0) {
      ASSERT_NEAR(v, 1 / 0.7, 1e-6);
    }
  }
  EXPECT_NE(dropped, values_of(run_one(half, {x}, true)));  // each use its own mask
  expect_round_trip(half, R"({"rate":0.3,"name":"it","trainable":true})");
}

TEST(Dropout, PassesOnAtRatesZeroAndOne) {
  const Tensor x = tensor({1, 3}, {1, 2, 3});
  for (const double rate : {0.0, 1.0, 7.0, -1.0}) {
    expect_values(run_one(layer("Dropout", {{"rate", rate}}), {x}, true), {1, 3}, {1, 2, 3});
  }
  expect_value_error([] { layer("Dropout"); }, "option 'rate' must be a number");
}

TEST(Dropout, SeedsRepeatAndUsesDiffer) {
  const Tensor x = Tensor::full({10, 20}, 1);
  const auto masks = [&] {
    const LayerPtr dropout = layer("Dropout", {{"rate", 0.5}, {"seed", 5}});
    return std::pair(values_of(run_one(dropout, {x}, true)),
                     values_of(run_one(dropout, {x}, true)));
  };
  EXPECT_EQ(masks(), masks());
  EXPECT_NE(masks().first, masks().second);
}

TEST(Dropout, ACompiledStepDrawsANewMaskEachRun) {
  for (const bool seeded : {false, true}) {
    const LayerPtr dropout =
        seeded ? layer("Dropout", {{"rate", 0.5}, {"seed", 5}}) : layer("Dropout", {{"rate", 0.5}});
    Graph graph;
    {
      Trace trace;
      const Tensor x = trace.input({{64}});
      graph = trace.finish({run_one(dropout, {x}, true)});
    }
    Program program(graph);
    const std::vector<Tensor> input{Tensor::full({64}, 1)};
    program.run(input);
    const auto first = values_of(program.copy_output(0));
    program.run(input);
    EXPECT_NE(values_of(program.copy_output(0)), first) << (seeded ? "seeded" : "not seeded");
  }
}

TEST(Dropout, NoiseShapeDropsTogether) {
  const LayerPtr dropout =
      layer("Dropout", {{"rate", 0.5}, {"noiseShape", Config::Array{Config(), 1}}});
  const Tensor y = run_one(dropout, {Tensor::full({100, 4}, 1)}, true);
  std::set<float> rows;
  for (int row = 0; row < 100; ++row) {
    for (int i = 1; i < 4; ++i) EXPECT_EQ(y.data()[row * 4 + i], y.data()[row * 4]);
    rows.insert(y.data()[row * 4]);
  }
  EXPECT_EQ(rows, (std::set<float>{0, 2}));
  expect_value_error([&] { run_one(dropout, {Tensor::full({4}, 1)}, true); }, "noiseShape");
}

TEST(Dropout, DrawsAnewInEachRunOfAProgram) {
  const LayerPtr dropout = layer("Dropout", {{"rate", 0.5}});
  Trace trace;
  const Tensor x = trace.input({{20, 20}});
  Program program(trace.finish({run_one(dropout, {x}, true), run_one(dropout, {x}, true)}));
  const Tensor ones = Tensor::full({20, 20}, 1);
  program.run(std::span(&ones, 1));
  const std::vector<float> first = values_of(program.copy_output(0));
  EXPECT_NE(first, values_of(program.copy_output(1)));
  program.run(std::span(&ones, 1));
  EXPECT_NE(first, values_of(program.copy_output(0)));
}

}  // namespace
}  // namespace heddle

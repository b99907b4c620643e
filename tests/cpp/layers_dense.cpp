#include "layers_testing.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace heddle {
namespace {

using test::apply_one;
using test::expect_value_error;
using test::expect_values;
using test::input;
using test::layer;
using test::run_one;
using test::tensor;
using test::Tensors;

LayerPtr dense_of_two(const Config::Object& more = {}) {
  Config options = test::options({{"units", 2}});
  options.append(test::options(more));
  LayerPtr dense = make_layer("Dense", options);
  apply_one(dense, {input({3})});
  const Tensor weights[] = {tensor({3, 2}, {1, 2, 3, 4, 5, 6}), tensor({2}, {0.5, -20})};
  dense->set_weights(weights);
  return dense;
}

TEST(Dense, ComputesByHand) {
  const Tensor x = tensor({2, 3}, {1, 0, -1, 2, 1, 0.5});
  expect_values(run_one(dense_of_two(), {x}), {2, 2}, {-3.5, -24, 8, -9});
  expect_values(run_one(dense_of_two({{"activation", "relu"}}), {x}), {2, 2}, {0, 0, 8, 0});
}

TEST(Dense, WorksOnTheLastAxisOfAnyRank) {
  const LayerPtr dense = dense_of_two();
  expect_values(run_one(dense, {tensor({1, 2, 3}, {1, 0, -1, 2, 1, 0.5})}), {1, 2, 2},
                {-3.5, -24, 8, -9});
  expect_values(run_one(dense, {tensor({2, 1, 1, 3}, {1, 0, -1, 2, 1, 0.5})}), {2, 1, 1, 2},
                {-3.5, -24, 8, -9});
  EXPECT_EQ(test::output_shape(layer("Dense", {{"units", 4}}), {5, 6, 3}), "[null,5,6,4]");
  // A softmax is over the last axis at every rank.
  const Tensor y = run_one(layer("Dense", {{"units", 4}, {"activation", "softmax"}}),
                           {test::Random().uniform({2, 5, 3})});
  EXPECT_EQ(to_string(y.shape()), "[2,5,4]");
  test::expect_near(sum(y, {-1}), std::vector<float>(10, 1), 1e-6);
}

TEST(Dense, HasOneKernelAndOneBias) {
  const LayerPtr shared =
      layer("Dense", {{"units", 16}, {"activation", "relu"}, {"name", "shared"}});
  EXPECT_FALSE(shared->built());
  const SymbolicTensor a = apply_one(shared, {input({8})});
  const SymbolicTensor b = apply_one(shared, {input({8})});
  EXPECT_EQ(to_string(a.shape), "[null,16]");
  EXPECT_EQ(b.name(), "shared/shared_1");
  EXPECT_EQ(shared->num_calls(), 2);
  EXPECT_EQ(shared->count_params(), 144);
  ASSERT_EQ(shared->weights().size(), 2u);
  EXPECT_EQ(shared->weights()[0]->name(), "shared/kernel");
  EXPECT_EQ(shared->weights()[1]->name(), "shared/bias");
  EXPECT_EQ(to_string(shared->weights()[0]->shape()), "[8,16]");
  const Tensor x = test::Random().uniform({4, 8});
  EXPECT_EQ(test::values_of(run_one(shared, {x})), test::values_of(run_one(shared, {x})));
  EXPECT_EQ(layer("Dense", {{"units", 3}, {"useBias", false}})->weights().size(), 0u);
  const LayerPtr no_bias = layer("Dense", {{"units", 3}, {"useBias", false}});
  run_one(no_bias, {x});
  EXPECT_EQ(no_bias->count_params(), 24);
}

TEST(Dense, TakesItsInitializers) {
  const LayerPtr dense = layer(
      "Dense", {{"units", 2},
                {"kernelInitializer", test::options({{"className", "constant"},
                                                     {"config", test::options({{"value", 2}})}})},
                {"biasInitializer", "ones"}});
  expect_values(run_one(dense, {tensor({1, 3}, {1, 2, 3})}), {1, 2}, {13, 13});
}

TEST(Dense, RefusesOtherWidthsAndStillWorks) {
  const LayerPtr dense = layer("Dense", {{"units", 2}, {"name", "shared"}});
  apply_one(dense, {input({4})});
  for (const char* part : {"'shared'", "4", "10", "second layer"}) {
    expect_value_error([&] { apply_one(dense, {input({10})}); }, part);
    expect_value_error([&] { run_one(dense, {Tensor::full({1, 10}, 1)}); }, part);
  }
  EXPECT_EQ(dense->num_calls(), 1);
  EXPECT_NO_THROW(apply_one(dense, {input({4})}));
  EXPECT_NO_THROW(run_one(dense, {Tensor::full({1, 4}, 1)}));
  expect_value_error([&] { run_one(dense, {Tensor::full({4}, 1)}); }, "rank");
}

TEST(Dense, RefusesWhatItCannotBe) {
  expect_value_error([] { layer("Dense"); }, "option 'units' must be a positive integer");
  expect_value_error([] { layer("Dense", {{"units", 0}}); }, "got 0");
  expect_value_error([] { layer("Dense", {{"units", 2}, {"activation", "foo"}}); },
                     "Unknown activation: foo. Known activations: elu,");
  expect_value_error([] { layer("Dense", {{"units", 2}, {"kernelInitializer", "foo"}}); },
                     "Unknown initializer: foo");
  test::expect_error<NotImplementedError>(
      [] { layer("Dense", {{"units", 2}, {"kernelRegularizer", "l1l2"}}); }, "kernelRegularizer");
  expect_value_error([] { apply_one(layer("Dense", {{"units", 2}}), {input({5, kUnknown})}); },
                     "needs to know the last dimension");
  expect_value_error([] { apply_one(layer("Dense", {{"units", 2}}), {input({5}), input({5})}); },
                     "takes one input, got 2");
}

TEST(Dense, ConfigurationComesBack) {
  test::expect_round_trip(
      layer("Dense", {{"units", 5}, {"name", "it"}}),
      R"({"units":5,"activation":"linear","useBias":true,)"
      R"("kernelInitializer":{"className":"VarianceScaling","config":{"scale":1,"mode":"fanAvg","distribution":"normal","seed":null}},)"
      R"("biasInitializer":{"className":"Zeros","config":{}},)"
      R"("kernelRegularizer":null,"biasRegularizer":null,"activityRegularizer":null,)"
      R"("kernelConstraint":null,"biasConstraint":null,"name":"it","trainable":true})");
  const Config config = layer("Dense", {{"units", 2},
                                        {"activation", "tanh"},
                                        {"useBias", false},
                                        {"name", "it"},
                                        {"trainable", false},
                                        {"inputShape", Config::Array{7}}})
                            ->config();
  EXPECT_EQ(*config.find("activation")->as_text(), "tanh");
  EXPECT_FALSE(*config.find("useBias")->as_bool());
  EXPECT_FALSE(*config.find("trainable")->as_bool());
  EXPECT_EQ(to_string(*config.find("batchInputShape")), "[null,7]");
  EXPECT_EQ(*config.find("dtype")->as_text(), "float32");
}

TEST(Dense, GradientsReachKernelBiasAndInput) {
  // The layer as a function of its input, kernel and bias, against central differences.
  const LayerPtr dense = layer("Dense", {{"units", 3}, {"activation", "tanh"}});
  test::Random random;
  apply_one(dense, {input({2, 4})});
  const std::vector<VariablePtr> variables = dense->weights();
  const Tensors start = {random.uniform({3, 2, 4}), random.uniform({4, 3}), random.uniform({3})};
  const auto loss_at = [&](const Tensors& at) {
    variables[0]->assign(at[1]);
    variables[1]->assign(at[2]);
    return sum(square(run_one(dense, {at[0]})));
  };
  const Tape tape;
  const Tensor x = tape.watch(start[0]);
  variables[0]->assign(start[1]);
  variables[1]->assign(start[2]);
  const Tensor loss = sum(square(run_one(dense, {x})));
  Tensors gradients = heddle::gradients(std::span(&loss, 1), {}, std::span(&x, 1));
  for (const Tensor& g : variable_gradients(loss, variables)) gradients.push_back(g);
  ASSERT_EQ(gradients.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    for (int64_t i = 0; i < start[k].size(); ++i) {
      const auto value = [&](double offset) {
        Tensors at = {test::copy_of(start[0]), test::copy_of(start[1]), test::copy_of(start[2])};
        at[k].data()[i] += static_cast<float>(offset);
        return static_cast<double>(loss_at(at).item());
      };
      const double h = test::kStep;
      const double expected =
          (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h);
      EXPECT_NEAR(gradients[k].data()[i], expected, 1e-3 * std::max(1.0, std::abs(expected)))
          << "argument " << k << ", element " << i;
    }
  }
}

}  // namespace
}  // namespace heddle

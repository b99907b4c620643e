#include "training/metrics.h"

#include "layers_testing.h"

namespace heddle {
namespace {

using test::expect_value_error;
using test::expect_values;
using test::int_tensor;
using test::tensor;

Tensor measure(const char* name, const Tensor& targets, const Tensor& predictions) {
  return make_metric(name, predictions.shape(), "").function(targets, predictions);
}

TEST(Metrics, BinaryAccuracyCountsStrictlyAboveAHalf) {
  const Tensor predictions = tensor({2, 3}, {0.5f, 0.51f, 0.9f, 0.1f, 0.7f, 1});
  expect_values(measure("binaryAccuracy", tensor({2, 3}, {1, 1, 0, 0, 1, 1}), predictions), {2},
                {1.0f / 3, 1});
  Tensor bools = Tensor::full({2, 3}, 1, DType::kBool);
  expect_values(measure("binaryAccuracy", bools, predictions), {2}, {2.0f / 3, 2.0f / 3});
}

TEST(Metrics, CategoricalAccuracy) {
  const Tensor predictions = tensor({3, 3}, {0.2f, 0.7f, 0.1f, 0.5f, 0.3f, 0.2f, 0, 0, 1});
  expect_values(
      measure("categoricalAccuracy", tensor({3, 3}, {0, 1, 0, 0, 1, 0, 0, 0, 1}), predictions), {3},
      {1, 0, 1});
  expect_values(measure("sparseCategoricalAccuracy", int_tensor({3, 1}, {1, 1, 2}), predictions),
                {3}, {1, 0, 1});
  expect_values(measure("sparseCategoricalAccuracy", tensor({3}, {1, 1, 2}), predictions), {3},
                {1, 0, 1});
}

TEST(Metrics, PrecisionRecallAndR2) {
  const Tensor targets = tensor({6}, {1, 1, 1, 0, 0, 0});
  const Tensor predictions = tensor({6}, {1, 1, 0, 1, 0, 0});
  expect_values(measure("precision", targets, predictions), {}, {2.0f / 3});
  expect_values(measure("recall", targets, predictions), {}, {2.0f / 3});
  expect_values(measure("precision", targets, Tensor::full({6}, 0)), {}, {0});
  expect_values(measure("r2Score", tensor({4}, {1, 2, 3, 4}), tensor({4}, {1, 2, 3, 6})), {},
                {1 - 4 / 5.0f});
}

TEST(Metrics, AccuracyIsWhatSuitsOutputAndLoss) {
  const auto key_of = [](const Metric& metric) { return metric.key; };
  const Tensor predictions = tensor({2, 2}, {0.6f, 0.7f, 0.9f, 0.1f});
  const Shape two = {kUnknown, 2};
  const auto accuracy = [&](const char* loss, const Tensor& targets) {
    const Metric metric = make_metric("accuracy", two, loss);
    EXPECT_EQ(key_of(metric), "acc");
    return metric.function(targets, predictions);
  };
  const Tensor one_hot = tensor({2, 2}, {0, 1, 0, 1});
  expect_values(accuracy("categoricalCrossentropy", one_hot), {2}, {1, 0});
  expect_values(accuracy("meanSquaredError", one_hot), {2}, {1, 0});
  expect_values(accuracy("", one_hot), {2}, {1, 0});
  expect_values(accuracy("binaryCrossentropy", one_hot), {2}, {0.5f, 0});
  expect_values(accuracy("sparseCategoricalCrossentropy", int_tensor({2, 1}, {1, 0})), {2}, {1, 1});
  const Metric binary = make_metric("acc", {kUnknown, 1}, "meanSquaredError");
  EXPECT_EQ(binary.key, "acc");
  expect_values(binary.function(tensor({2, 1}, {1, 1}), tensor({2, 1}, {0.7f, 0.2f})), {2}, {1, 0});
}

TEST(Metrics, CrossentropyIsWhatSuitsOutputAndLoss) {
  const Tensor predictions = tensor({1, 2}, {0.25f, 0.75f});
  const Metric ce = make_metric("crossentropy", {kUnknown, 2}, "sparseCategoricalCrossentropy");
  EXPECT_EQ(ce.key, "ce");
  expect_values(ce.function(int_tensor({1, 1}, {1}), predictions), {1}, {-std::log(0.75f)});
  expect_values(make_metric("ce", {kUnknown, 2}, "").function(tensor({1, 2}, {1, 0}), predictions),
                {1}, {-std::log(0.25f)});
}

TEST(Metrics, KeepTheNameTheyWereGiven) {
  const Tensor targets = tensor({1, 2}, {0, 0});
  const Tensor predictions = tensor({1, 2}, {1, 3});
  for (const char* name : {"mse", "MSE", "meanSquaredError", "mean_squared_error"}) {
    const Metric metric = make_metric(name, predictions.shape(), "");
    EXPECT_EQ(metric.key, name);
    expect_values(metric.function(targets, predictions), {1}, {5});
  }
  expect_values(measure("mae", targets, predictions), {1}, {2});
  expect_value_error([] { make_metric("foo", {}, ""); }, "Unknown metric foo. Known metrics: acc");
}

}  // namespace
}  // namespace heddle

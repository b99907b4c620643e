#include "training/losses.h"

#include <cmath>

#include "layers_testing.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

using test::expect_near;
using test::expect_value_error;
using test::Random;
using test::tensor;
using test::Tensors;
using test::values_of;

constexpr int kRows = 6;
constexpr int kClasses = 5;

/// A loss of one row, in double.
using RowLoss = std::function<double(const std::vector<double>& y, const std::vector<double>& p)>;

void expect_loss(const char* name, const Tensor& targets, const Tensor& predictions,
                 const RowLoss& formula) {
  SCOPED_TRACE(name);
  std::vector<float> expected;
  for (int row = 0; row < kRows; ++row) {
    std::vector<double> y;
    std::vector<double> p;
    for (int i = 0; i < kClasses; ++i) {
      y.push_back(values_of(targets)[row * kClasses + i]);
      p.push_back(values_of(predictions)[row * kClasses + i]);
    }
    expected.push_back(static_cast<float>(formula(y, p)));
  }
  test::expect_values(make_loss(name)(targets, predictions), {kRows}, expected, 2e-5);
}

template <typename Term>
RowLoss mean_of(Term term) {
  return [term](const std::vector<double>& y, const std::vector<double>& p) {
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += term(y[i], p[i]);
    return sum / static_cast<double>(y.size());
  };
}

template <typename Term>
RowLoss sum_of(Term term) {
  return [term](const std::vector<double>& y, const std::vector<double>& p) {
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += term(y[i], p[i]);
    return sum;
  };
}

double squared(double x) { return x * x; }

double length(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum);
}

Tensor one_hot_rows() {
  std::vector<float> values(kRows * kClasses, 0);
  for (int row = 0; row < kRows; ++row) values[row * kClasses + (row * 3) % kClasses] = 1;
  return tensor({kRows, kClasses}, values);
}

TEST(Losses, FollowTheirFormulas) {
  Random random;
  const Tensor y = random.uniform({kRows, kClasses});
  const Tensor p = random.uniform({kRows, kClasses});
  const Tensor positive = random.uniform({kRows, kClasses}, 0.05, 0.95);
  const Tensor signs = sub(mul_constant(one_hot_rows(), 2), Tensor::scalar(1));
  expect_loss("meanSquaredError", y, p, mean_of([](double a, double b) { return squared(b - a); }));
  expect_loss("meanAbsoluteError", y, p,
              mean_of([](double a, double b) { return std::abs(b - a); }));
  expect_loss("meanAbsolutePercentageError", y, p, mean_of([](double a, double b) {
                return 100 * std::abs((a - b) / std::max(std::abs(a), 1e-7));
              }));
  expect_loss("meanSquaredLogarithmicError", y, p, mean_of([](double a, double b) {
                return squared(std::log1p(std::max(b, 1e-7)) - std::log1p(std::max(a, 1e-7)));
              }));
  expect_loss("hinge", signs, p,
              mean_of([](double a, double b) { return std::max(0.0, 1 - a * b); }));
  expect_loss("squaredHinge", signs, p,
              mean_of([](double a, double b) { return squared(std::max(0.0, 1 - a * b)); }));
  expect_loss("categoricalHinge", one_hot_rows(), p,
              [](const std::vector<double>& a, const std::vector<double>& b) {
                double right = 0;
                double wrong = -1e9;
                for (size_t i = 0; i < a.size(); ++i) {
                  right += a[i] * b[i];
                  wrong = std::max(wrong, (1 - a[i]) * b[i]);
                }
                return std::max(0.0, 1 + wrong - right);
              });
  expect_loss("logcosh", y, p,
              mean_of([](double a, double b) { return std::log(std::cosh(b - a)); }));
  expect_loss("kullbackLeiblerDivergence", positive, positive,
              [](const auto&, const auto&) { return 0.0; });
  expect_loss("kullbackLeiblerDivergence", one_hot_rows(), positive,
              sum_of([](double a, double b) { return a * std::log(std::max(a, 1e-7) / b); }));
  expect_loss("poisson", y, positive,
              mean_of([](double a, double b) { return b - a * std::log(b + 1e-7); }));
  expect_loss("cosineProximity", y, p,
              [](const std::vector<double>& a, const std::vector<double>& b) {
                double dot = 0;
                for (size_t i = 0; i < a.size(); ++i) dot += a[i] * b[i];
                return -dot / (length(a) * length(b));
              });
  expect_loss("binaryCrossentropy", one_hot_rows(), positive, mean_of([](double a, double b) {
                return -a * std::log(b) - (1 - a) * std::log(1 - b);
              }));
  expect_loss("categoricalCrossentropy", one_hot_rows(), positive,
              [](const std::vector<double>& a, const std::vector<double>& b) {
                double total = 0;
                double loss = 0;
                for (const double v : b) total += v;
                for (size_t i = 0; i < a.size(); ++i) loss -= a[i] * std::log(b[i] / total);
                return loss;
              });
}

TEST(Losses, SparseTargetsAreClassNumbersInAnyForm) {
  const Tensor predictions = Random().uniform({kRows, kClasses}, 0.05, 0.95);
  std::vector<int32_t> labels;
  std::vector<float> numbers;
  for (int row = 0; row < kRows; ++row) {
    labels.push_back((row * 3) % kClasses);
    numbers.push_back(static_cast<float>(labels.back()));
  }
  const LossFunction sparse = make_loss("sparseCategoricalCrossentropy");
  const std::vector<float> expected =
      values_of(make_loss("categoricalCrossentropy")(one_hot_rows(), predictions));
  test::expect_values(sparse(test::int_tensor({kRows}, labels), predictions), {kRows}, expected);
  test::expect_values(sparse(test::int_tensor({kRows, 1}, labels), predictions), {kRows}, expected);
  test::expect_values(sparse(tensor({kRows, 1}, numbers), predictions), {kRows}, expected);
  // [2, 3] positions of a sequence
  const Tensor sequence = reshape(predictions, {2, 3, kClasses});
  test::expect_values(sparse(test::int_tensor({2, 3}, labels), sequence), {2, 3}, expected);
  test::expect_values(sparse(test::int_tensor({2, 3, 1}, labels), sequence), {2, 3}, expected);
}

TEST(Losses, StayFiniteAtTheEnds) {
  const Tensor certain = tensor({2, 3}, {1, 0, 0, 0, 1, 0});
  const Tensor other = tensor({2, 3}, {1, 0, 0, 1, 0, 0});
  const float limit = -std::log(1e-7f);
  expect_near(make_loss("categoricalCrossentropy")(other, certain), {0, limit}, 1e-3);
  expect_near(make_loss("binaryCrossentropy")(other, certain), {0, 2 * limit / 3}, 2e-2);
}

/// A loss of softmax(logits) or sigmoid(logits) under a tape, where it is fused, and its gradient.
struct WithGradient {
  Tensor loss;
  Tensor gradient;
};
template <typename F>
WithGradient differentiate(F f, const Tensor& logits) {
  const Tape tape;
  const Tensor x = tape.watch(logits);
  const Tensor loss = f(x);
  return {loss, gradients(std::span(&loss, 1), {}, std::span(&x, 1))[0]};
}

/// Fused or not must agree to 1e-4 where probabilities are away from the clip.
void expect_fusion_agrees(const char* name, const Tensor& targets, const Tensor& logits,
                          Tensor (*activation)(const Tensor&)) {
  SCOPED_TRACE(name);
  const LossFunction loss = make_loss(name);
  const WithGradient fused =
      differentiate([&](const Tensor& x) { return loss(targets, activation(x)); }, logits);
  // An op in between hides where the probabilities come from.
  const WithGradient apart = differentiate(
      [&](const Tensor& x) { return loss(targets, mul_constant(activation(x), 1)); }, logits);
  expect_near(fused.loss, values_of(apart.loss), 1e-4);
  expect_near(fused.gradient, values_of(apart.gradient), 1e-4);
  EXPECT_EQ(to_string(fused.loss.shape()), to_string(apart.loss.shape()));
}

Tensor softmax_of(const Tensor& x) { return softmax(x); }

TEST(Losses, FusedEqualsUnfused) {
  const Tensor logits = Random().uniform({kRows, kClasses}, -4, 4);
  const Tensor labels = test::int_tensor({kRows, 1}, {0, 3, 1, 4, 2, 0});
  expect_fusion_agrees("categoricalCrossentropy", one_hot_rows(), logits, softmax_of);
  expect_fusion_agrees("sparseCategoricalCrossentropy", labels, logits, softmax_of);
  expect_fusion_agrees("binaryCrossentropy", one_hot_rows(), logits, sigmoid);
  // Positions of a sequence come through a reshape after the softmax.
  const auto reshaped = [](const Tensor& x) { return reshape(softmax(x), {2, 3, kClasses}); };
  expect_fusion_agrees("categoricalCrossentropy", reshape(one_hot_rows(), {2, 3, kClasses}), logits,
                       reshaped);
}

TEST(Losses, FusedIsExactWhereProbabilitiesAreClipped) {
  const Tensor targets = tensor({1, 2}, {0, 1});
  const WithGradient ce = differentiate(
      [&](const Tensor& x) { return make_loss("categoricalCrossentropy")(targets, softmax(x)); },
      tensor({1, 2}, {50, 0}));
  expect_near(ce.loss, {50}, 1e-5);
  expect_near(ce.gradient, {1, -1}, 1e-5);
  const WithGradient bce = differentiate(
      [&](const Tensor& x) { return make_loss("binaryCrossentropy")(targets, sigmoid(x)); },
      tensor({1, 2}, {60, -60}));
  expect_near(bce.loss, {60}, 1e-5);
  expect_near(bce.gradient, {0.5, -0.5}, 1e-5);
}

TEST(Losses, AFusedLossIsOneStepOfAProgram) {
  const auto describe = [](const char* name, Tensor (*activation)(const Tensor&)) {
    Trace trace;
    const Tensor targets = trace.input({{kRows, kClasses}});
    const Tensor logits = trace.input({{kRows, kClasses}});
    return Program(trace.finish({make_loss(name)(targets, activation(logits))})).describe();
  };
  const std::string ce = describe("categoricalCrossentropy", softmax_of);
  EXPECT_EQ(ce.find("softmaxCrossEntropy"), 0u) << ce;
  EXPECT_EQ(std::count(ce.begin(), ce.end(), '\n'), 1) << ce;
  // Another axis is another function: transposed back, it is not taken for a softmax of rows.
  const std::string columns =
      describe("categoricalCrossentropy", [](const Tensor& x) { return softmax(x, 0); });
  EXPECT_EQ(columns.find("softmaxCrossEntropy"), std::string::npos) << columns;
  // A sigmoid is fused: nothing of the clipped formula's quotient is left.
  const std::string bce = describe("binaryCrossentropy", sigmoid);
  EXPECT_LE(std::count(bce.begin(), bce.end(), '\n'), 2) << bce;
}

TEST(Losses, GradientsAgreeWithDifferences) {
  Random random;
  const Tensor targets = random.uniform({2, 3}, 0.1, 0.9);
  for (const char* name :
       {"meanSquaredError", "logcosh", "poisson", "cosineProximity", "kullbackLeiblerDivergence",
        "categoricalCrossentropy", "binaryCrossentropy", "meanSquaredLogarithmicError"}) {
    SCOPED_TRACE(name);
    const LossFunction loss = make_loss(name);
    test::check_gradient([&](const Tensors& x) { return loss(targets, x[0]); },
                         {random.uniform({2, 3}, 0.4, 0.6)});
  }
}

TEST(Losses, Names) {
  EXPECT_EQ(canonical_loss_name("mse"), "meanSquaredError");
  EXPECT_EQ(canonical_loss_name("MAE"), "meanAbsoluteError");
  EXPECT_EQ(canonical_loss_name("mean_squared_error"), "meanSquaredError");
  EXPECT_EQ(canonical_loss_name("CategoricalCrossentropy"), "categoricalCrossentropy");
  EXPECT_EQ(canonical_loss_name("sparse_categorical_crossentropy"),
            "sparseCategoricalCrossentropy");
  expect_value_error([] { make_loss("foo"); },
                     "Unknown loss foo. Known losses: binaryCrossentropy");
  expect_value_error([] { canonical_loss_name("foo"); }, "Unknown loss foo");
}

TEST(Losses, SayWhichTargetsTheyNeed) {
  const Tensor predictions = Tensor::full({4, 3}, 0.5f);
  expect_value_error(
      [&] { make_loss("categoricalCrossentropy")(Tensor::full({4, 1}, 1), predictions); },
      "use sparseCategoricalCrossentropy");
  expect_value_error(
      [&] { make_loss("sparseCategoricalCrossentropy")(Tensor::full({4, 3}, 1), predictions); },
      "use categoricalCrossentropy");
}

}  // namespace
}  // namespace heddle

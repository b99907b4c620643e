#include "ops/softmax.h"

#include <cmath>
#include <limits>

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/gather.h"

namespace heddle::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// log(sum(exp(row))) in double.
double log_sum_exp(const float* row, int cols) {
  double greatest = -std::numeric_limits<double>::infinity();
  for (int j = 0; j < cols; ++j) greatest = std::max(greatest, static_cast<double>(row[j]));
  double sum = 0;
  for (int j = 0; j < cols; ++j) sum += std::exp(static_cast<double>(row[j]) - greatest);
  return greatest + std::log(sum);
}

/// Rows of probabilities, as labels.
Tensor probabilities(Random& random, const Shape& shape) { return softmax(random.uniform(shape)); }

TEST(Softmax, Values) {
  Random random;
  for (const Shape& shape : {Shape{5}, Shape{2, 3}, Shape{2, 3, 17}, Shape{4, 1}, Shape{0, 3}}) {
    SCOPED_TRACE(to_string(shape));
    const Tensor x = random.uniform(shape, -5, 5);
    const int cols = shape[-1];
    std::vector<float> expected, logs;
    for (int64_t i = 0; i < x.size(); ++i) {
      const double log_y =
          static_cast<double>(x.data()[i]) - log_sum_exp(x.data() + i / cols * cols, cols);
      logs.push_back(static_cast<float>(log_y));
      expected.push_back(static_cast<float>(std::exp(log_y)));
    }
    expect_values(softmax(x), shape, expected, 2e-6);
    expect_values(log_softmax(x), shape, logs, 2e-6);
  }
  expect_values(softmax(Tensor::full({2, 0}, 1)), {2, 0}, {});
}

TEST(Softmax, LargeLogitsDoNotOverflow) {
  const std::vector<float> values = {1000, 1001, -1000};
  const auto e = static_cast<float>(1 / (1 + std::exp(1.0)));
  expect_values(softmax(Tensor::from({3}, values)), {3}, {e, 1 - e, 0});
  expect_values(log_softmax(Tensor::from({3}, values)), {3},
                {std::log(e), std::log(1 - e), -2001.3133f});
}

TEST(Softmax, OtherAxes) {
  const std::vector<float> values = {0, 0, 1, 3, 2, 5};
  const Tensor y = softmax(Tensor::from({3, 2}, values), 0);
  expect_values(softmax(Tensor::from({2, 3}, std::vector<float>{0, 1, 2, 0, 3, 5})), {2, 3},
                {y.data()[0], y.data()[2], y.data()[4], y.data()[1], y.data()[3], y.data()[5]});
  Random random;
  check_gradient([](const Tensors& x) { return softmax(x[0], 1); }, {random.uniform({2, 3, 2})});
  check_gradient([](const Tensors& x) { return log_softmax(x[0], 0); }, {random.uniform({3, 2})});
}

TEST(Softmax, Gradients) {
  Random random;
  for (const Shape& shape :
       {Shape{4}, Shape{2, 3}, Shape{2, 1, 3}, Shape{3, 1}, Shape{0, 3}, Shape{3, 0}}) {
    SCOPED_TRACE(to_string(shape));
    check_gradient([](const Tensors& x) { return softmax(x[0]); }, {random.uniform(shape)});
    check_gradient([](const Tensors& x) { return log_softmax(x[0]); }, {random.uniform(shape)});
  }
}

TEST(SoftmaxCrossEntropy, ValuesAndGradients) {
  Random random;
  for (const Shape& shape : {Shape{4}, Shape{2, 3}, Shape{2, 2, 3}, Shape{0, 3}, Shape{2, 0}}) {
    SCOPED_TRACE(to_string(shape));
    const Tensor logits = random.uniform(shape);
    const Tensor labels = probabilities(random, shape);
    const int cols = shape[-1];
    std::vector<float> expected(static_cast<size_t>(shape.slice(0, -1).size()));
    for (size_t row = 0; row < expected.size(); ++row) {
      const size_t begin = row * static_cast<size_t>(cols);
      double loss = 0;
      for (size_t j = begin; j < begin + static_cast<size_t>(cols); ++j) {
        loss -= static_cast<double>(labels.data()[j]) *
                (static_cast<double>(logits.data()[j]) - log_sum_exp(logits.data() + begin, cols));
      }
      expected[row] = static_cast<float>(loss);
    }
    expect_values(softmax_cross_entropy(logits, labels), shape.slice(0, -1), expected, 2e-6);
    // Labels that do not add up to 1 as well.
    check_gradient([](const Tensors& x) { return softmax_cross_entropy(x[0], x[1]); },
                   {logits, random.uniform(shape, 0, 1)});
  }
  // The gradient that training takes: labels are data.
  const Tensor labels = one_hot(random.indices({3}, 4), 4);
  check_gradient([&](const Tensors& x) { return softmax_cross_entropy(x[0], labels); },
                 {random.uniform({3, 4})});
}

TEST(SoftmaxCrossEntropy, Sparse) {
  Random random;
  for (const Shape& shape : {Shape{4}, Shape{2, 3}, Shape{2, 2, 3}, Shape{0, 3}}) {
    SCOPED_TRACE(to_string(shape));
    const Tensor logits = random.uniform(shape);
    const Tensor labels = random.indices(shape.slice(0, -1), shape[-1]);
    const Tensor dense = softmax_cross_entropy(logits, one_hot(labels, shape[-1]));
    expect_values(sparse_softmax_cross_entropy(logits, labels), shape.slice(0, -1),
                  values_of(dense), 1e-6);
    check_gradient([](const Tensors& x) { return sparse_softmax_cross_entropy(x[0], x[1]); },
                   {logits, labels});
  }
  const Tensor logits = random.uniform({2, 3});
  const std::vector<int32_t> wrong = {1, 3};
  const Tensor loss = sparse_softmax_cross_entropy(logits, Tensor::from({2}, wrong));
  EXPECT_FALSE(std::isnan(loss.data()[0]));
  EXPECT_TRUE(std::isnan(loss.data()[1]));
  // Class numbers may come as float32, as data often does.
  const std::vector<float> as_floats = {1, 2};
  const std::vector<int32_t> as_ints = {1, 2};
  expect_values(sparse_softmax_cross_entropy(logits, Tensor::from({2}, as_floats)), {2},
                values_of(sparse_softmax_cross_entropy(logits, Tensor::from({2}, as_ints))));
}

TEST(SoftmaxCrossEntropy, LossAndItsGradientTogether) {
  // A gradient penalty: the loss and the softmax that its gradient keeps are both differentiated.
  Random random;
  const Tensor sparse_labels = random.indices({2}, 3);
  const auto penalised = [](const auto& cross_entropy) {
    return [cross_entropy](const Tensors& x) {
      const Tape tape;
      const Tensors in = {tape.watch(x[0])};
      const Tensors loss = {cross_entropy(in[0])};
      return Tensors{loss[0], square(gradients(loss, {}, in)[0])};
    };
  };
  const Tensor labels = probabilities(random, {2, 3});
  check_gradient(penalised([&](const Tensor& x) { return softmax_cross_entropy(x, labels); }),
                 {random.uniform({2, 3})});
  check_gradient(
      penalised([&](const Tensor& x) { return sparse_softmax_cross_entropy(x, sparse_labels); }),
      {random.uniform({2, 3})});
}

TEST(SoftmaxCrossEntropy, ExtremeLogits) {
  const std::vector<float> values = {1000, 0, -1000, 500, 500, -kInf};
  const std::vector<float> labels = {1, 0, 0, 0.5f, 0.5f, 0};
  const Tensor loss =
      softmax_cross_entropy(Tensor::from({2, 3}, values), Tensor::from({2, 3}, labels));
  expect_values(loss, {2}, {0, static_cast<float>(std::log(2.0))});
}

TEST(SigmoidCrossEntropy, ValuesAndGradients) {
  Random random;
  for (const auto& [a, b] : std::vector<std::pair<Shape, Shape>>{
           {{5}, {5}}, {{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 1}}, {{0}, {0}}}) {
    SCOPED_TRACE(to_string(a) + to_string(b));
    check_gradient([](const Tensors& x) { return sigmoid_cross_entropy(x[0], x[1]); },
                   {random.uniform(a, -4, 4), random.uniform(b, 0, 1)});
  }
  // At 0, where the terms of the usual formula have kinks; and far out, without overflow.
  const std::vector<float> logits = {0, 0, 0, 100, -100, 100, -20};
  const std::vector<float> labels = {0, 1, 0.25f, 1, 0, 0, 0};
  const Tensor x = Tensor::from({7}, logits);
  const Tensor z = Tensor::from({7}, labels);
  const auto log2 = static_cast<float>(std::log(2.0));
  expect_values(sigmoid_cross_entropy(x, z), {7},
                {log2, log2, log2, 0, 0, 100, static_cast<float>(std::exp(-20.0))}, 1e-9);
  const Function fn = as_function([&](const Tensors& t) { return sigmoid_cross_entropy(t[0], z); });
  expect_values(gradients_of(fn, {x}, {Tensor::full({7}, 1)})[0], {7},
                {0.5f, -0.5f, 0.25f, 0, 0, 1, static_cast<float>(std::exp(-20.0))}, 1e-7);
  // Labels that are true or false.
  const Tensor truth = cast(Tensor::from({7}, labels), DType::kBool);
  EXPECT_EQ(sigmoid_cross_entropy(x, truth).dtype(), DType::kFloat32);
}

TEST(SoftmaxCrossEntropy, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error([&] { softmax(t({2, 3}), 2); }, "[softmax] axis 2");
  expect_value_error([&] { log_softmax(t({})); }, "[logSoftmax] axis -1");
  expect_value_error([&] { softmax_cross_entropy(t({2, 3}), t({2, 4})); },
                     "[softmaxCrossEntropy] labels must have shape [2,3]");
  expect_value_error([&] { softmax_cross_entropy(t({}), t({})); }, "[softmaxCrossEntropy] logits");
  expect_value_error([&] { sparse_softmax_cross_entropy(t({2, 3}), t({2, 3})); },
                     "[sparseSoftmaxCrossEntropy] labels must have shape [2]");
}

}  // namespace
}  // namespace heddle::test

#include "kernels/softmax.h"

#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::expect_close;
using testing::Numbers;

/// log softmax of one row in double.
std::vector<double> log_softmax_of(const float* x, int cols) {
  double max = x[0], sum = 0;
  for (int i = 0; i < cols; ++i) max = std::max(max, double{x[i]});
  for (int i = 0; i < cols; ++i) sum += std::exp(x[i] - max);
  std::vector<double> y(cols);
  for (int i = 0; i < cols; ++i) y[i] = x[i] - max - std::log(sum);
  return y;
}

class Softmax : public ::testing::TestWithParam<int> {
 protected:
  const int rows = 5;
  const int cols = GetParam();
  Numbers numbers{static_cast<uint64_t>(GetParam())};
  const std::vector<float> x = numbers.floats(static_cast<size_t>(rows) * cols, -20, 20);
  const std::vector<float> dy = numbers.floats(x.size());
  std::vector<float> y = std::vector<float>(x.size()), dx = y;
  std::vector<double> logs = all_logs();

  std::vector<double> all_logs() const {
    std::vector<double> result;
    for (int r = 0; r < rows; ++r) {
      const std::vector<double> row = log_softmax_of(x.data() + r * cols, cols);
      result.insert(result.end(), row.begin(), row.end());
    }
    return result;
  }
};

TEST_P(Softmax, ForwardAndBackward) {
  std::vector<double> want(x.size()), want_dx(x.size());
  for (size_t i = 0; i < x.size(); ++i) want[i] = std::exp(logs[i]);
  for (int r = 0; r < rows; ++r) {
    double dot = 0;
    for (int i = r * cols; i < (r + 1) * cols; ++i) dot += want[i] * dy[i];
    for (int i = r * cols; i < (r + 1) * cols; ++i) want_dx[i] = want[i] * (dy[i] - dot);
  }
  softmax(rows, cols, x.data(), y.data());
  expect_close(y, want, 1e-6, 0.1);
  softmax_backward(rows, cols, y.data(), dy.data(), dx.data());
  expect_close(dx, want_dx, 2e-6);
  std::vector<float> in_place = x;
  softmax(rows, cols, in_place.data(), in_place.data());
  EXPECT_EQ(in_place, y);
}

TEST_P(Softmax, LogForwardAndBackward) {
  std::vector<double> want_dx(x.size());
  for (int r = 0; r < rows; ++r) {
    double sum = 0;
    for (int i = r * cols; i < (r + 1) * cols; ++i) sum += dy[i];
    for (int i = r * cols; i < (r + 1) * cols; ++i) want_dx[i] = dy[i] - std::exp(logs[i]) * sum;
  }
  log_softmax(rows, cols, x.data(), y.data());
  expect_close(y, logs, 1e-6);
  log_softmax_backward(rows, cols, y.data(), dy.data(), dx.data());
  expect_close(dx, want_dx, 1e-5);
}

TEST_P(Softmax, CrossEntropy) {
  // Labels that need not sum to 1, some of them 0.
  std::vector<float> labels = numbers.floats(x.size(), 0, 1);
  for (size_t i = 0; i < labels.size(); i += 2) labels[i] = 0;
  const std::vector<float> dloss = numbers.floats(rows);
  std::vector<double> want_loss(rows), want_dx(x.size());
  for (int r = 0; r < rows; ++r) {
    double weight = 0;
    for (int i = r * cols; i < (r + 1) * cols; ++i) weight += labels[i];
    for (int i = r * cols; i < (r + 1) * cols; ++i) {
      want_loss[r] -= labels[i] * logs[i];
      want_dx[i] = dloss[r] * (std::exp(logs[i]) * weight - labels[i]);
    }
  }
  std::vector<float> loss(rows);
  softmax_cross_entropy(rows, cols, x.data(), labels.data(), loss.data(), y.data());
  expect_close(loss, want_loss, 2e-6);
  softmax_cross_entropy_backward(rows, cols, y.data(), labels.data(), dloss.data(), dx.data());
  expect_close(dx, want_dx, 1e-5);
  // Without probabilities the loss is the same.
  std::vector<float> alone(rows);
  softmax_cross_entropy(rows, cols, x.data(), labels.data(), alone.data(), nullptr);
  EXPECT_EQ(alone, loss);
}

TEST_P(Softmax, SparseCrossEntropy) {
  std::vector<int32_t> labels(rows);
  for (int32_t& label : labels) label = numbers.between(0, cols - 1);
  const std::vector<float> dloss = numbers.floats(rows);
  std::vector<double> want_loss(rows), want_dx(x.size());
  for (int r = 0; r < rows; ++r) {
    want_loss[r] = -logs[r * cols + labels[r]];
    for (int i = 0; i < cols; ++i) {
      want_dx[r * cols + i] = dloss[r] * (std::exp(logs[r * cols + i]) - (i == labels[r]));
    }
  }
  std::vector<float> loss(rows);
  sparse_softmax_cross_entropy(rows, cols, x.data(), labels.data(), loss.data(), y.data());
  expect_close(loss, want_loss, 2e-6);
  sparse_softmax_cross_entropy_backward(rows, cols, y.data(), labels.data(), dloss.data(),
                                        dx.data());
  expect_close(dx, want_dx, 2e-6);
  labels[1] = cols;  // outside
  sparse_softmax_cross_entropy(rows, cols, x.data(), labels.data(), loss.data(), nullptr);
  EXPECT_TRUE(std::isnan(loss[1]));
  EXPECT_FALSE(std::isnan(loss[0]));
}

INSTANTIATE_TEST_SUITE_P(Widths, Softmax, ::testing::Values(1, 2, 4, 7, 10, 33, 1000));

TEST(SoftmaxEdges, LargeLogitsDoNotOverflow) {
  const std::vector<float> x = {1e30f, 0, -1e30f, 88};
  std::vector<float> y(4);
  softmax(1, 4, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{1, 0, 0, 0}));
}

TEST(SoftmaxEdges, ImpossibleClassesTakeNoPart) {
  const float none = -std::numeric_limits<float>::infinity();
  const std::vector<float> x = {none, 0, 0, none}, labels = {0, 1, 0, 0};
  std::vector<float> loss(1), probs(4);
  softmax_cross_entropy(1, 4, x.data(), labels.data(), loss.data(), probs.data());
  EXPECT_NEAR(loss[0], std::log(2.0), 1e-6);
  EXPECT_EQ(probs, (std::vector<float>{0, 0.5f, 0.5f, 0}));
}

}  // namespace
}  // namespace heddle::kernels

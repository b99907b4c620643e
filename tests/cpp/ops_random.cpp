#include "ops/random.h"

#include <cmath>
#include <set>

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "tensor/random.h"

namespace heddle::test {
namespace {

double mean_of(const std::vector<float>& v) {
  double sum = 0;
  for (float x : v) sum += static_cast<double>(x);
  return sum / static_cast<double>(v.size());
}

double deviation_of(const std::vector<float>& v) {
  const double mean = mean_of(v);
  double sum = 0;
  for (float x : v) sum += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean);
  return std::sqrt(sum / static_cast<double>(v.size()));
}

TEST(RandomOps, Distributions) {
  set_random_seed(7);
  constexpr int kCount = 40000;
  // Means lie within five standard errors.
  const auto uniform = values_of(random_uniform({kCount}, -1, 3));
  EXPECT_NEAR(mean_of(uniform), 1, 5 * 1.155 / std::sqrt(kCount));
  EXPECT_NEAR(deviation_of(uniform), 4 / std::sqrt(12.0), 0.02);
  EXPECT_GE(*std::min_element(uniform.begin(), uniform.end()), -1);
  EXPECT_LT(*std::max_element(uniform.begin(), uniform.end()), 3);
  const auto normal = values_of(random_normal({kCount}, 2, 0.5f));
  EXPECT_NEAR(mean_of(normal), 2, 5 * 0.5 / std::sqrt(kCount));
  EXPECT_NEAR(deviation_of(normal), 0.5, 0.01);
  const auto truncated = values_of(truncated_normal({kCount}, 0, 1));
  EXPECT_NEAR(mean_of(truncated), 0, 5 * 0.88 / std::sqrt(kCount));
  EXPECT_NEAR(deviation_of(truncated), 0.8796, 0.015);
  EXPECT_LE(*std::max_element(truncated.begin(), truncated.end()), 2);
  EXPECT_GE(*std::min_element(truncated.begin(), truncated.end()), -2);
  const Tensor whole = random_uniform({1000}, 2, 5, DType::kInt32);
  EXPECT_EQ(whole.dtype(), DType::kInt32);
  const auto numbers = values_of(whole);
  EXPECT_EQ(std::set<float>(numbers.begin(), numbers.end()), (std::set<float>{2, 3, 4}));
  expect_values(random_uniform({0, 3}, 0, 1), {0, 3}, {});
}

TEST(RandomOps, Gamma) {
  set_random_seed(11);
  constexpr int kCount = 40000;
  for (const auto& [alpha, beta] :
       std::vector<std::pair<float, float>>{{0.5f, 1}, {1, 2}, {4, 0.5f}, {30, 3}}) {
    SCOPED_TRACE(alpha);
    const auto values = values_of(random_gamma({kCount}, alpha, beta));
    const double mean = static_cast<double>(alpha / beta);
    const double deviation = std::sqrt(static_cast<double>(alpha)) / static_cast<double>(beta);
    EXPECT_NEAR(mean_of(values), mean, 5 * deviation / std::sqrt(kCount));
    EXPECT_NEAR(deviation_of(values), deviation, 0.06 * deviation);
    EXPECT_GE(*std::min_element(values.begin(), values.end()), 0);
  }
  EXPECT_EQ(values_of(random_gamma({9}, 2, 1, 5)), values_of(random_gamma({9}, 2, 1, 5)));
  expect_value_error([] { random_gamma({2}, 0); }, "[randomGamma] alpha and beta");
  expect_value_error([] { random_gamma({2}, 1, -1); }, "[randomGamma]");
}

TEST(RandomOps, SeedsOfTheEngineAndOfTheOp) {
  set_random_seed(1);
  const auto first = values_of(random_uniform({8}, 0, 1));
  const auto second = values_of(random_uniform({8}, 0, 1));
  EXPECT_NE(first, second);
  set_random_seed(1);
  EXPECT_EQ(values_of(random_uniform({8}, 0, 1)), first);
  EXPECT_EQ(values_of(random_uniform({8}, 0, 1)), second);
  set_random_seed(2);
  EXPECT_NE(values_of(random_uniform({8}, 0, 1)), first);
  // A seed of its own gives the same numbers whatever came before.
  const auto own = values_of(random_normal({8}, 0, 1, 42));
  set_random_seed(3);
  EXPECT_EQ(values_of(random_normal({8}, 0, 1, 42)), own);
  EXPECT_NE(values_of(random_normal({8}, 0, 1, 43)), own);
  EXPECT_EQ(random_seed(), 3u);
}

TEST(RandomOps, ProgramsDrawAnewInEachRunAndForEachOp) {
  set_random_seed(5);
  Trace trace;
  const Tensor a = random_uniform({6}, 0, 1);
  const Tensor b = random_uniform({6}, 0, 1);
  const Tensor own = random_uniform({6}, 0, 1, DType::kFloat32, 9);
  EXPECT_TRUE(a.traced());
  Program program(trace.finish({a, b, own}));
  std::set<std::vector<float>> seen;
  std::vector<std::vector<float>> runs;
  for (int run = 0; run < 3; ++run) {
    program.run({});
    seen.insert(values_of(program.copy_output(0)));
    seen.insert(values_of(program.copy_output(1)));
    runs.push_back(values_of(program.copy_output(2)));
  }
  EXPECT_EQ(seen.size(), 6u);  // all different
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
  // The same seed and the same order of runs: the same numbers again.
  set_random_seed(5);
  program.run({});
  EXPECT_TRUE(seen.contains(values_of(program.copy_output(0))));
}

TEST(Dropout, MasksAndScales) {
  set_random_seed(11);
  constexpr int kCount = 20000;
  const Tensor x = Tensor::full({kCount}, 3);
  const auto y = values_of(dropout(x, 0.25f));
  int zeros = 0;
  for (float v : y) {
    if (v == 0) {
      ++zeros;
    } else {
      EXPECT_FLOAT_EQ(v, 4);  // 3 / (1 - 0.25)
    }
  }
  EXPECT_NEAR(zeros, 0.25 * kCount, 5 * std::sqrt(kCount * 0.25 * 0.75));
  EXPECT_NE(values_of(dropout(x, 0.25f)), y);  // called twice: two masks
  EXPECT_EQ(values_of(dropout(x, 0.5f, {}, 3)), values_of(dropout(x, 0.5f, {}, 3)));
  expect_values(dropout(x, 0), {kCount}, values_of(x));
  expect_values(dropout(Tensor::full({0, 2}, 1), 0.5f), {0, 2}, {});
}

TEST(Dropout, NoiseShapeDrawsOncePerBroadcastDimension) {
  const Tensor x = Tensor::full({4, 50}, 1);
  const auto y = values_of(dropout(x, 0.5f, {1, 50}, 1));
  for (size_t i = 50; i < y.size(); ++i) EXPECT_EQ(y[i], y[i % 50]);
  EXPECT_EQ(std::set<float>(y.begin(), y.end()), (std::set<float>{0, 2}));
}

TEST(Dropout, Gradients) {
  Random random;
  // With a seed the mask is the same in every evaluation, so differences make sense.
  check_gradient([](const Tensors& x) { return dropout(square(x[0]), 0.5f, {}, 4); },
                 {random.uniform({3, 4})});
  check_gradient([](const Tensors& x) { return dropout(x[0], 0.3f, {3, 1}, 4); },
                 {random.uniform({3, 4})});
  // Without one, forward and backward of a Program's run see the same mask.
  Trace trace;
  const Tensor x = trace.input({{40}});
  const Tensor y = dropout(x, 0.5f);
  const Tensors ys = {y}, xs = {x};
  const Tensors gradient = gradients(ys, {}, xs);
  Program program(trace.finish({y, gradient[0]}));
  const Tensors ones = {Tensor::full({40}, 1)};
  std::set<std::vector<float>> masks;
  for (int run = 0; run < 3; ++run) {
    program.run(ones);
    EXPECT_EQ(values_of(program.copy_output(0)), values_of(program.copy_output(1)));
    masks.insert(values_of(program.copy_output(0)));
  }
  EXPECT_EQ(masks.size(), 3u);
}

TEST(RandomOps, DrawsOfASeedFollowTheirStream) {
  const auto draw = [](bool normal, int stream) {
    return values_of(random_draw(normal, {2000}, 2, 3, 7, Tensor::scalar(stream, DType::kInt32)));
  };
  EXPECT_EQ(draw(false, 1), draw(false, 1));
  EXPECT_NE(draw(false, 1), draw(false, 2));
  for (const float x : draw(false, 3)) EXPECT_TRUE(x >= 2 && x < 3);
  double sum = 0;
  for (const float x : draw(true, 3)) sum += x;
  EXPECT_NEAR(sum / 2000, 2, 0.3);  // more than four standard errors
}

TEST(RandomOps, Misuse) {
  const Tensor x = Tensor::full({2, 3}, 1);
  expect_value_error([&] { dropout(x, 1); }, "[dropout] rate must be in [0, 1), got 1");
  expect_value_error([&] { dropout(x, -0.5f); }, "[dropout] rate");
  expect_value_error([&] { dropout(x, 0.5f, {4}); }, "[dropout]");
  expect_value_error([&] { dropout(x, 0.5f, {5, 2, 3}); },
                     "[dropout] noiseShape [5,2,3] must broadcast to the shape of x [2,3]");
  expect_value_error([&] { random_uniform({2}, 1, 0); }, "[randomUniform] the range");
  expect_value_error([&] { random_uniform({2}, 1, 1.5f, DType::kInt32); }, "[randomUniform]");
  expect_value_error([&] { random_uniform({2}, 0, 1, DType::kBool); }, "[randomUniform] dtype");
  expect_value_error([&] { random_normal({-1}, 0, 1); }, "[randomNormal] shape");
}

}  // namespace
}  // namespace heddle::test

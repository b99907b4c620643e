#include "tensor/random.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "kernels_testing.h"

namespace heddle {
namespace {

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

Moments moments(const std::vector<float>& x) {
  Moments m;
  for (const float value : x) m.mean += value / static_cast<double>(x.size());
  for (const float value : x) {
    const double d = value - m.mean;
    m.variance += d * d / x.size();
    m.skewness += d * d * d / x.size();
    m.kurtosis += d * d * d * d / x.size();
  }
  m.skewness /= std::pow(m.variance, 1.5);
  m.kurtosis /= m.variance * m.variance;
  return m;
}

constexpr int kCount = 200000;
const RandomStream kStream{1234, 5};

TEST(Random, PhiloxMatchesThePaper) {
  // Known answers of Random123 (kat_vectors): counter and key all zeros, all ones, and digits of
  // pi.
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox({0, 0}, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~uint64_t{0}, ~uint64_t{0}}, ~uint64_t{0}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x299f31d0a4093822, 0x0370734413198a2e}, 0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, FillingInPiecesIsFillingAtOnce) {
  std::vector<float> whole(101), pieces(101);
  const auto check = [&](auto fill) {
    fill(0, 101, whole.data());
    for (int at = 0, n = 1; at < 101; at += n, n = std::min(n + 2, 101 - at)) {
      fill(at, n, pieces.data() + at);
      if (at + n == 101) break;
    }
    EXPECT_EQ(whole, pieces);
  };
  check([](int at, int n, float* out) { fill_uniform(kStream, at, n, -1, 1, out); });
  check([](int at, int n, float* out) { fill_normal(kStream, at, n, 0, 1, out); });
  check([](int at, int n, float* out) { fill_truncated_normal(kStream, at, n, 0, 1, out); });
  check([](int at, int n, float* out) { fill_bernoulli_mask(kStream, at, n, 0.5f, 2, out); });
}

TEST(Random, TheSameOnEveryMachine) {
  // Written down once; they must come out of every compiler and every engine.
  float x[4];
  const auto bits = [&](int i) {
    uint32_t word;
    std::memcpy(&word, &x[i], sizeof word);
    return word;
  };
  fill_uniform({42, 7}, 0, 4, 0, 1, x);
  const std::array<uint32_t, 4> uniform = {bits(0), bits(1), bits(2), bits(3)};
  fill_normal({42, 7}, 0, 4, 0, 1, x);
  const std::array<uint32_t, 4> normal = {bits(0), bits(1), bits(2), bits(3)};
  fill_truncated_normal({42, 7}, 0, 4, 0, 1, x);
  const std::array<uint32_t, 4> truncated = {bits(0), bits(1), bits(2), bits(3)};
  EXPECT_EQ(uniform, (std::array<uint32_t, 4>{0x3ecfdcde, 0x3f655410, 0x3ed8fd94, 0x3eaae730}));
  EXPECT_EQ(normal, (std::array<uint32_t, 4>{0x3f8856dc, 0xbf514953, 0xbf28902f, 0x3f9101c0}));
  EXPECT_EQ(truncated, (std::array<uint32_t, 4>{0xbe68525f, 0x3f95009a, 0xbe3bb64b, 0xbed14923}));
}

TEST(Random, Uniform) {
  std::vector<float> x(kCount);
  fill_uniform(kStream, 0, kCount, -2, 3, x.data());
  EXPECT_GE(*std::min_element(x.begin(), x.end()), -2.0f);
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 3.0f);
  const Moments m = moments(x);
  EXPECT_NEAR(m.mean, 0.5, 0.02);
  EXPECT_NEAR(m.variance, 25.0 / 12, 0.02);
  // A width that swallows the low end's digits must not reach the high end either.
  fill_uniform(kStream, 0, kCount, 1e7f, 1e7f + 1, x.data());
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 1e7f + 1);
}

TEST(Random, Normal) {
  std::vector<float> x(kCount);
  fill_normal(kStream, 0, kCount, 1, 2, x.data());
  const Moments m = moments(x);
  EXPECT_NEAR(m.mean, 1, 0.02);
  EXPECT_NEAR(m.variance, 4, 0.05);
  EXPECT_NEAR(m.skewness, 0, 0.03);
  EXPECT_NEAR(m.kurtosis, 3, 0.06);
  // The two of a pair are independent.
  double product = 0;
  for (int i = 0; i < kCount; i += 2) product += (x[i] - 1.0) * (x[i + 1] - 1.0);
  EXPECT_NEAR(product / (kCount / 2.0), 0, 0.05);
}

TEST(Random, TruncatedNormal) {
  std::vector<float> x(kCount);
  fill_truncated_normal(kStream, 0, kCount, 0, 1, x.data());
  EXPECT_GE(*std::min_element(x.begin(), x.end()), -2.0f);
  EXPECT_LE(*std::max_element(x.begin(), x.end()), 2.0f);
  EXPECT_GT(*std::max_element(x.begin(), x.end()), 1.99f);
  const Moments m = moments(x);
  EXPECT_NEAR(m.mean, 0, 0.01);
  EXPECT_NEAR(m.variance, 0.7737, 0.005);
  const auto within = [&](float z) {
    return std::count_if(x.begin(), x.end(), [&](float v) { return std::abs(v) < z; }) /
           static_cast<double>(kCount);
  };
  EXPECT_NEAR(within(1), 0.682689 / 0.954500, 0.005);
  EXPECT_NEAR(within(0.5), 0.382925 / 0.954500, 0.005);
}

TEST(Random, BernoulliMask) {
  std::vector<float> x(kCount);
  fill_bernoulli_mask(kStream, 0, kCount, 0.8f, 1.25f, x.data());
  EXPECT_NEAR(moments(x).mean, 1, 0.01);
  EXPECT_TRUE(std::all_of(x.begin(), x.end(), [](float v) { return v == 0 || v == 1.25f; }));
  fill_bernoulli_mask(kStream, 0, kCount, 1, 1, x.data());
  EXPECT_EQ(std::count(x.begin(), x.end(), 1.0f), kCount);
  fill_bernoulli_mask(kStream, 0, kCount, 0, 1, x.data());
  EXPECT_EQ(std::count(x.begin(), x.end(), 0.0f), kCount);
}

TEST(Random, Randint) {
  std::vector<int32_t> x(kCount);
  fill_randint(kStream, 0, kCount, -3, 4, x.data());
  std::vector<int> seen(7);
  for (const int32_t value : x) {
    ASSERT_TRUE(value >= -3 && value < 4);
    ++seen[value + 3];
  }
  for (const int count : seen) EXPECT_NEAR(count, kCount / 7.0, 600);
  fill_randint(kStream, 0, kCount, INT32_MIN, INT32_MAX, x.data());
  EXPECT_LT(*std::min_element(x.begin(), x.end()), INT32_MIN / 100 * 99);
  EXPECT_GT(*std::max_element(x.begin(), x.end()), INT32_MAX / 100 * 99);
}

TEST(Random, ShuffledIndices) {
  std::vector<int32_t> order(100);
  std::vector<int> first(4);
  for (uint64_t stream = 0; stream < 4000; ++stream) {
    shuffled_indices({9, stream}, 4, order.data());
    ++first[order[0]];
  }
  for (const int count : first) EXPECT_NEAR(count, 1000, 120);
  shuffled_indices(kStream, 100, order.data());
  std::vector<int32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(sorted[i], i);
  EXPECT_NE(order, sorted);
}

TEST(Random, StreamsDiffer) {
  EXPECT_NE(philox({1, 0}, 0), philox({1, 1}, 0));
  EXPECT_NE(philox({1, 0}, 0), philox({2, 0}, 0));
  EXPECT_NE(philox({1, 0}, 0), philox({1, 0}, 1));
}

}  // namespace
}  // namespace heddle

#include "kernels/simd.h"

#include "kernels/simd_math.h"
#include "kernels_testing.h"

namespace heddle::simd {
namespace {

using kernels::testing::ulps;

/// The worst error of fn over [low, high], in units in the last place.
template <typename Fn, typename Reference>
double worst(float low, float high, Fn fn, Reference reference) {
  double result = 0;
  const int steps = 200000;
  for (int i = 0; i <= steps; ++i) {
    const float x = low + (high - low) * (static_cast<float>(i) / steps);
    result = std::max(result, ulps(fn(splat(x))[i % 4], reference(static_cast<double>(x))));
  }
  return result;
}

const float kInfinity = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(SimdMath, Exp) {
  const auto reference = [](double x) { return std::exp(x); };
  EXPECT_LE(worst(-87, 88.72f, exp, reference), 2);
  EXPECT_LE(worst(-1, 1, exp, reference), 2);
  EXPECT_LE(worst(-103, -87, exp, reference), 2);  // subnormal results
  EXPECT_EQ(exp(splat(0.0f))[0], 1.0f);
  EXPECT_EQ(exp(splat(88.8f))[0], kInfinity);
  EXPECT_EQ(exp(splat(1e30f))[0], kInfinity);
  EXPECT_EQ(exp(splat(-kInfinity))[0], 0.0f);
  EXPECT_TRUE(std::isnan(exp(splat(kNan))[0]));
}

TEST(SimdMath, Log) {
  const auto reference = [](double x) { return std::log(x); };
  EXPECT_LE(worst(1e-6f, 4, log, reference), 2);
  EXPECT_LE(worst(1, 1e6f, log, reference), 2);
  EXPECT_LE(worst(0.99f, 1.01f, log, reference), 2);
  EXPECT_LE(worst(1e-45f, 1e-38f, log, reference), 2);
  EXPECT_LE(worst(1e30f, 3e38f, log, reference), 2);
  EXPECT_EQ(log(splat(1.0f))[0], 0.0f);
  EXPECT_EQ(log(splat(0.0f))[0], -kInfinity);
  EXPECT_EQ(log(splat(kInfinity))[0], kInfinity);
  EXPECT_TRUE(std::isnan(log(splat(-1.0f))[0]));
  EXPECT_TRUE(std::isnan(log(splat(kNan))[0]));
}

TEST(SimdMath, Expm1AndLog1p) {
  const auto expm1_of = [](double x) { return std::expm1(x); };
  const auto log1p_of = [](double x) { return std::log1p(x); };
  EXPECT_LE(worst(-10, 10, expm1, expm1_of), 4);
  EXPECT_LE(worst(-1e-3f, 1e-3f, expm1, expm1_of), 4);
  EXPECT_LE(worst(-0.999f, 10, log1p, log1p_of), 4);
  EXPECT_LE(worst(-1e-5f, 1e-5f, log1p, log1p_of), 4);
  EXPECT_EQ(log1p(splat(kInfinity))[0], kInfinity);
  EXPECT_EQ(log1p(splat(-1.0f))[0], -kInfinity);
  EXPECT_EQ(expm1(splat(-kInfinity))[0], -1.0f);
  EXPECT_EQ(expm1(splat(kInfinity))[0], kInfinity);
}

TEST(SimdMath, SigmoidTanhSoftplus) {
  const auto sigmoid_of = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto tanh_of = [](double x) { return std::tanh(x); };
  const auto softplus_of = [](double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  };
  EXPECT_LE(worst(-87, 20, sigmoid, sigmoid_of), 4);
  EXPECT_LE(worst(-1, 1, sigmoid, sigmoid_of), 4);
  EXPECT_LE(worst(-10, 10, tanh, tanh_of), 4);
  EXPECT_LE(worst(-0.7f, 0.7f, tanh, tanh_of), 4);
  EXPECT_LE(worst(-1e-6f, 1e-6f, tanh, tanh_of), 4);
  EXPECT_LE(worst(-80, 80, softplus, softplus_of), 4);
  EXPECT_EQ(sigmoid(splat(-kInfinity))[0], 0.0f);
  EXPECT_EQ(sigmoid(splat(kInfinity))[0], 1.0f);
  EXPECT_EQ(tanh(splat(-kInfinity))[0], -1.0f);
  EXPECT_EQ(tanh(splat(kInfinity))[0], 1.0f);
  EXPECT_TRUE(std::isnan(tanh(splat(kNan))[0]));
  EXPECT_TRUE(std::isnan(sigmoid(splat(kNan))[0]));
}

TEST(Simd, MinAndMaxOfNan) {
  const F32x4 nan = splat(kNan), one = splat(1.0f);
  EXPECT_TRUE(std::isnan(min(nan, one)[0]) && std::isnan(min(one, nan)[0]));
  EXPECT_TRUE(std::isnan(max(nan, one)[0]) && std::isnan(max(one, nan)[0]));
  EXPECT_TRUE(std::isnan(max_keep(nan, one)[0]));
  EXPECT_EQ(max_keep(one, nan)[0], 1.0f);
  EXPECT_TRUE(std::isnan(min_keep(nan, one)[0]));
  EXPECT_EQ(min_keep(one, nan)[0], 1.0f);
}

TEST(Simd, ToIntSaturates) {
  const I32x4 got = to_int(F32x4{kNan, 3e9f, -3e9f, -1.75f});
  EXPECT_EQ(got[0], 0);
  EXPECT_EQ(got[1], INT32_MAX);
  EXPECT_EQ(got[2], INT32_MIN);
  EXPECT_EQ(got[3], -1);
}

TEST(Simd, PartialLoadsTouchNothingElse) {
  for (int count = 1; count < kLanes; ++count) {
    std::vector<float> from(count), to(count);
    for (int i = 0; i < count; ++i) from[i] = static_cast<float>(i + 1);
    const F32x4 v = load_partial(from.data(), count);
    for (int i = 0; i < kLanes; ++i) EXPECT_EQ(v[i], i < count ? from[i] : 0.0f);
    store_partial(to.data(), v, count);
    EXPECT_EQ(from, to);
  }
}

}  // namespace
}  // namespace heddle::simd

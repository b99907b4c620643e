#include "kernels/simd.h"

#include <bit>

#include "kernels/simd_math.h"
#include "kernels_testing.h"

namespace heddle::simd {
namespace {

using kernels::testing::ulps;

/// The worst error of fn over all finite numbers, in units in the last place: every exponent, both
/// signs, 2048 mantissas each, which differ from one exponent to the next.
template <typename Fn>
double worst(Fn fn, double (*reference)(double)) {
  double result = 0;
  constexpr uint32_t kStep = (1u << 12) - 3;
  for (uint32_t number = 0; number < 0x7f800000u; number += 4 * kStep) {
    for (const uint32_t sign : {0u, 0x80000000u}) {
      F32x4 x;
      for (uint32_t i = 0; i < 4; ++i) {
        const uint32_t finite = std::min(number + i * kStep, 0x7f7fffffu);
        x[static_cast<int>(i)] = std::bit_cast<float>(finite | sign);
      }
      const F32x4 y = fn(x);
      for (int i = 0; i < 4; ++i) {
        result = std::max(result, ulps(y[i], reference(static_cast<double>(x[i]))));
      }
    }
  }
  return result;
}

const float kInfinity = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

/// What a function gives for -infinity, -0, 0 and infinity; NaN must stay NaN.
template <typename Fn>
void expect_ends(Fn fn, float at_minus_infinity, float at_minus_zero, float at_zero,
                 float at_infinity) {
  const F32x4 y = fn(F32x4{-kInfinity, -0.0f, 0.0f, kInfinity});
  const float want[] = {at_minus_infinity, at_minus_zero, at_zero, at_infinity};
  for (int i = 0; i < 4; ++i) {
    if (std::isnan(want[i])) {
      EXPECT_TRUE(std::isnan(y[i])) << i;
    } else {
      EXPECT_EQ(y[i], want[i]) << i;
      EXPECT_EQ(std::signbit(y[i]), std::signbit(want[i])) << i;
    }
  }
  EXPECT_TRUE(std::isnan(fn(splat(kNan))[0]));
}

TEST(SimdMath, Exp) {
  EXPECT_LE(worst(exp, [](double x) { return std::exp(x); }), 2);
  expect_ends(exp, 0, 1, 1, kInfinity);
  EXPECT_EQ(exp(splat(88.8f))[0], kInfinity);
}

TEST(SimdMath, Log) {
  EXPECT_LE(worst(log, [](double x) { return std::log(x); }), 2);
  expect_ends(log, kNan, -kInfinity, -kInfinity, kInfinity);
  EXPECT_EQ(log(splat(1.0f))[0], 0.0f);
}

TEST(SimdMath, Expm1) {
  EXPECT_LE(worst(expm1, [](double x) { return std::expm1(x); }), 4);
  expect_ends(expm1, -1, -0.0f, 0, kInfinity);
}

TEST(SimdMath, Log1p) {
  EXPECT_LE(worst(log1p, [](double x) { return std::log1p(x); }), 4);
  expect_ends(log1p, kNan, -0.0f, 0, kInfinity);
  EXPECT_EQ(log1p(splat(-1.0f))[0], -kInfinity);
}

TEST(SimdMath, Softplus) {
  EXPECT_LE(worst(softplus,
                  [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }),
            4);
  const float log2 = std::log(2.0f);
  expect_ends(softplus, 0, log2, log2, kInfinity);
}

TEST(SimdMath, Sigmoid) {
  EXPECT_LE(worst(sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }), 4);
  expect_ends(sigmoid, 0, 0.5f, 0.5f, 1);
}

TEST(SimdMath, Tanh) {
  EXPECT_LE(worst(tanh, [](double x) { return std::tanh(x); }), 4);
  expect_ends(tanh, -1, -0.0f, 0, 1);
}

TEST(SimdMath, Erf) {
  EXPECT_LE(worst(erf, [](double x) { return std::erf(x); }), 4);
  expect_ends(erf, -1, -0.0f, 0, 1);
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

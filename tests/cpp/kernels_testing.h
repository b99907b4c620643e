#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

/// Numbers and comparisons for the kernel tests.
namespace heddle::kernels::testing {

/// Small pseudo-random numbers that need nothing of the library under test (xorshift64*, Vigna
/// 2016).
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}

  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545F4914F6CDD1Du) >> 32);
  }
  /// From low to high, both included.
  int between(int low, int high) {
    return low + static_cast<int>(next() % static_cast<uint32_t>(high - low + 1));
  }
  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(next() >> 8) * 0x1p-24f;
  }
  std::vector<float> floats(size_t count, float low = -1, float high = 1) {
    std::vector<float> values(count);
    for (float& value : values) value = uniform(low, high);
    return values;
  }

 private:
  uint64_t state_;
};

/// |got - want| <= tolerance * (scale + |want|) everywhere; NaN equals NaN.
inline void expect_close(const std::vector<float>& got, const std::vector<double>& want,
                         double tolerance, double scale = 1) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(want[i]) && std::isnan(got[i])) continue;
    if (static_cast<double>(got[i]) == want[i]) continue;  // infinities
    ASSERT_LE(std::abs(got[i] - want[i]), tolerance * (scale + std::abs(want[i])))
        << "at " << i << ": got " << got[i] << ", want " << want[i];
  }
}

/// The distance in units in the last place of the wanted value, as float32.
inline double ulps(float got, double want) {
  const float rounded = static_cast<float>(want);
  if (got == rounded || (std::isnan(got) && std::isnan(rounded))) return 0;
  if (std::isinf(got) || std::isinf(rounded) || std::isnan(got) || std::isnan(rounded)) return 1e9;
  const float magnitude = std::max(std::abs(rounded), std::numeric_limits<float>::min());
  const double unit = std::nextafter(magnitude, INFINITY) - magnitude;
  return std::abs(got - want) / unit;
}

}  // namespace heddle::kernels::testing

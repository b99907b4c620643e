#include "tensor/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

// Every number here is the same on every machine: sums and products are rounded one by one, never
// fused, and log and sin are made from them.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#include "kernels/simd_math.h"

namespace heddle {
namespace {

using simd::F32x4;
using simd::splat;

constexpr int kWords = 4;
using Block = std::array<uint32_t, kWords>;

/// The product's upper half in `high`, the lower returned.
uint32_t multiply(uint32_t a, uint32_t b, uint32_t& high) {
  const uint64_t product = static_cast<uint64_t>(a) * b;
  high = static_cast<uint32_t>(product >> 32);
  return static_cast<uint32_t>(product);
}

/// [0, 1), 24 bits.
float uniform(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

/// (0, 1], fine near 0.
float uniform_above_zero(uint32_t word) { return (static_cast<float>(word) + 0.5f) * 0x1p-32f; }

/// sin(2 pi turns) for turns in [0, 1.5), within 1e-6.
F32x4 sin_turns(F32x4 turns) {
  turns = turns - simd::round(turns);  // [-1/2, 1/2]
  const F32x4 half =
      simd::from_bits((simd::bits(turns) & simd::splat(INT32_MIN)) | simd::bits(splat(0.5f)));
  const F32x4 folded = simd::select(simd::abs(turns) > splat(0.25f), half - turns, turns);
  const F32x4 x = folded * splat(6.28318530717958648f);
  const F32x4 z = x * x;
  F32x4 p = splat(-2.3889859e-8f);  // minimax on [-pi/2, pi/2] (A. Mineiro's coefficients of sin)
  p = p * z + splat(2.7525562e-6f);
  p = p * z + splat(-1.9840874e-4f);
  p = p * z + splat(8.3333310e-3f);
  p = p * z + splat(-1.6666667e-1f);
  return x + x * z * p;
}

/// The inverse of the error function for |x| <= 0.96 (M. Giles, "Approximating the erfinv
/// function", 2010, the central branch).
F32x4 erfinv(F32x4 x) {
  const F32x4 w = -simd::log<false>((splat(1.0f) - x) * (splat(1.0f) + x)) - splat(2.5f);
  F32x4 p = splat(2.81022636e-8f);
  p = p * w + splat(3.43273939e-7f);
  p = p * w + splat(-3.5233877e-6f);
  p = p * w + splat(-4.39150654e-6f);
  p = p * w + splat(2.1858087e-4f);
  p = p * w + splat(-1.25372503e-3f);
  p = p * w + splat(-4.17768164e-3f);
  p = p * w + splat(2.46640727e-1f);
  p = p * w + splat(1.50140941f);
  return p * x;
}

/// out[i] = lane (first + i) % 4 of make(block (first + i) / 4), for i in [0, count).
template <typename T, typename Make>
void fill_lanes(RandomStream stream, uint64_t first, int64_t count, T* out, Make make) {
  uint64_t block = first / kWords;
  int lane = static_cast<int>(first % kWords);
  while (count > 0) {
    const auto values = make(philox(stream, block++));
    const int64_t n = std::min<int64_t>(kWords - lane, count);
    for (int64_t i = 0; i < n; ++i) out[i] = values[lane + i];
    out += n;
    count -= n;
    lane = 0;
  }
}

}  // namespace

std::array<uint32_t, 4> philox(RandomStream stream, uint64_t block) {
  Block c = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
             static_cast<uint32_t>(stream.stream), static_cast<uint32_t>(stream.stream >> 32)};
  uint32_t key0 = static_cast<uint32_t>(stream.seed);
  uint32_t key1 = static_cast<uint32_t>(stream.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    uint32_t high0, high1;
    const uint32_t low0 = multiply(0xD2511F53u, c[0], high0);
    const uint32_t low1 = multiply(0xCD9E8D57u, c[2], high1);
    c = {high1 ^ c[1] ^ key0, low1, high0 ^ c[3] ^ key1, low0};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

void fill_uniform(RandomStream stream, uint64_t first, int64_t count, float low, float high,
                  float* out) {
  const float width = high - low;
  const float last = std::nextafter(high, low);  // rounding must not reach `high`
  fill_lanes(stream, first, count, out, [&](const Block& words) {
    std::array<float, kWords> values;
    for (int i = 0; i < kWords; ++i) {
      const float value = low + uniform(words[i]) * width;
      values[i] = value < high || high <= low ? value : last;
    }
    return values;
  });
}

void fill_normal(RandomStream stream, uint64_t first, int64_t count, float mean, float stddev,
                 float* out) {
  fill_lanes(stream, first, count, out, [&](const Block& words) {
    // Two pairs: each has one radius and one angle, and gives r cos and r sin.
    const float u0 = uniform_above_zero(words[0]), u2 = uniform_above_zero(words[2]);
    const float t1 = uniform(words[1]), t3 = uniform(words[3]);
    const F32x4 radius = simd::sqrt(splat(-2.0f) * simd::log<false>(F32x4{u0, u0, u2, u2}));
    const F32x4 z = radius * sin_turns(F32x4{t1 + 0.25f, t1, t3 + 0.25f, t3});
    return z * splat(stddev) + splat(mean);
  });
}

void fill_truncated_normal(RandomStream stream, uint64_t first, int64_t count, float mean,
                           float stddev, float* out) {
  // erf(x) of a normal within two standard deviations is uniform over +-erf(sqrt 2).
  constexpr float kErfSqrt2 = 0.954499736f;
  constexpr float kSqrt2 = 1.41421356f;
  fill_lanes(stream, first, count, out, [&](const Block& words) {
    F32x4 x;
    for (int i = 0; i < kWords; ++i) {
      // Odd multiples of 2^-24: symmetric about 0 and never at either end.
      const float u = static_cast<float>(static_cast<int32_t>(words[i] >> 8 | 1u) - (1 << 23));
      x[i] = u * 0x1p-23f * kErfSqrt2;
    }
    F32x4 z = splat(kSqrt2) * erfinv(x);
    z = simd::min_keep(simd::max_keep(z, splat(-2.0f)), splat(2.0f));
    return z * splat(stddev) + splat(mean);
  });
}

void fill_bernoulli_mask(RandomStream stream, uint64_t first, int64_t count, float keep,
                         float scale, float* out) {
  // Compared as whole numbers: exact for keep = 0 and keep = 1.
  const float clamped = std::clamp(keep, 0.0f, 1.0f);
  const uint32_t threshold = static_cast<uint32_t>(clamped * 0x1p24f);
  fill_lanes(stream, first, count, out, [&](const Block& words) {
    std::array<float, kWords> values;
    for (int i = 0; i < kWords; ++i) values[i] = (words[i] >> 8) < threshold ? scale : 0.0f;
    return values;
  });
}

void fill_gamma(RandomStream stream, uint64_t first, int64_t count, float alpha, float beta,
                float* out) {
  // Each element has blocks of its own to try: more than 95 of 100 attempts succeed.
  constexpr uint64_t kAttempts = 256;
  constexpr double kTurn = 6.283185307179586;
  const double shape = alpha < 1 ? alpha + 1.0 : static_cast<double>(alpha);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (int64_t i = 0; i < count; ++i) {
    double value = d;
    for (uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
      const uint64_t at = (first + static_cast<uint64_t>(i)) * kAttempts + attempt;
      const Block words = philox(stream, at);
      const auto above_zero = [&](int word) {
        return static_cast<double>(uniform_above_zero(words[word]));
      };
      const double normal = std::sqrt(-2 * std::log(above_zero(0))) *
                            std::cos(kTurn * static_cast<double>(uniform(words[1])));
      const double cube = std::pow(1 + c * normal, 3);
      if (cube <= 0) continue;
      const double bound = 0.5 * normal * normal + d * (1 - cube + std::log(cube));
      if (std::log(above_zero(2)) >= bound) continue;
      value = d * cube;
      // Below 1, the shape above is brought down again.
      if (alpha < 1) value *= std::pow(above_zero(3), 1 / static_cast<double>(alpha));
      break;
    }
    out[i] = static_cast<float>(value / static_cast<double>(beta));
  }
}

void fill_randint(RandomStream stream, uint64_t first, int64_t count, int32_t low, int32_t high,
                  int32_t* out) {
  const uint64_t range = static_cast<uint64_t>(static_cast<int64_t>(high) - low);
  for (int64_t i = 0; i < count; ++i) {
    // 64 random bits per number: each block serves two. The bias is below 2^-32.
    const uint64_t at = first + static_cast<uint64_t>(i);
    const Block words = philox(stream, at / 2);
    const uint32_t top = words[at % 2 * 2], bottom = words[at % 2 * 2 + 1];
    const uint64_t scaled = (top * range + ((bottom * range) >> 32)) >> 32;
    out[i] = static_cast<int32_t>(low + static_cast<int64_t>(scaled));
  }
}

void shuffled_indices(RandomStream stream, int32_t count, int32_t* out) {
  std::iota(out, out + count, 0);
  for (int32_t i = count - 1; i > 0; --i) {
    int32_t j;
    fill_randint(stream, static_cast<uint64_t>(i), 1, 0, i + 1, &j);
    std::swap(out[i], out[j]);
  }
}

}  // namespace heddle

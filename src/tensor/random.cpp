#include "tensor/random.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

// Every number here is the same on every machine: sums and products are rounded one by one, never
// fused, and log and sin are made from them.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

namespace heddle {
namespace {

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

uint32_t bits(float x) {
  uint32_t word;
  std::memcpy(&word, &x, sizeof word);
  return word;
}

float from_bits(uint32_t word) {
  float x;
  std::memcpy(&x, &word, sizeof x);
  return x;
}

/// The natural logarithm of a normal number (Cephes' polynomial), within 2 units in the last place.
float log_of(float x) {
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
  const int32_t offset = static_cast<int32_t>(bits(x) - 0x3f3504f3u);
  const float e = static_cast<float>(offset >> 23);
  const float m = from_bits((static_cast<uint32_t>(offset) & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  const float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float y = p * m * z;
  y = e * -2.12194440e-4f + y;
  y = z * -0.5f + y;
  return e * 0.693359375f + (m + y);
}

/// sin(2 pi turns) for turns in [0, 1.5), within 1e-6.
float sin_turns(float turns) {
  turns = turns - std::nearbyint(turns);  // [-1/2, 1/2]
  if (std::abs(turns) > 0.25f) turns = std::copysign(0.5f, turns) - turns;
  const float x = turns * 6.28318530717958648f;
  const float z = x * x;
  float p = -2.3889859e-8f;
  p = p * z + 2.7525562e-6f;
  p = p * z - 1.9840874e-4f;
  p = p * z + 8.3333310e-3f;
  p = p * z - 1.6666667e-1f;
  return x + x * z * p;
}

/// The inverse of the error function for |x| <= 0.96 (M. Giles, "Approximating the erfinv
/// function", 2010, the central branch).
float erfinv(float x) {
  const float w = -log_of((1.0f - x) * (1.0f + x)) - 2.5f;
  float p = 2.81022636e-8f;
  p = p * w + 3.43273939e-7f;
  p = p * w - 3.5233877e-6f;
  p = p * w - 4.39150654e-6f;
  p = p * w + 2.1858087e-4f;
  p = p * w - 1.25372503e-3f;
  p = p * w - 4.17768164e-3f;
  p = p * w + 2.46640727e-1f;
  p = p * w + 1.50140941f;
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
    std::array<float, kWords> values;
    for (int pair = 0; pair < kWords; pair += 2) {
      const float radius = std::sqrt(-2.0f * log_of(uniform_above_zero(words[pair])));
      const float turns = uniform(words[pair + 1]);
      values[pair] = radius * sin_turns(turns + 0.25f) * stddev + mean;
      values[pair + 1] = radius * sin_turns(turns) * stddev + mean;
    }
    return values;
  });
}

void fill_truncated_normal(RandomStream stream, uint64_t first, int64_t count, float mean,
                           float stddev, float* out) {
  // erf(x) of a normal within two standard deviations is uniform over +-erf(sqrt 2).
  constexpr float kErfSqrt2 = 0.954499736f;
  constexpr float kSqrt2 = 1.41421356f;
  fill_lanes(stream, first, count, out, [&](const Block& words) {
    std::array<float, kWords> values;
    for (int i = 0; i < kWords; ++i) {
      // Odd multiples of 2^-23: symmetric about 0 and never at either end.
      const float u = static_cast<float>(static_cast<int32_t>(words[i] >> 8 | 1u) - (1 << 23));
      const float z = kSqrt2 * erfinv(u * 0x1p-23f * kErfSqrt2);
      values[i] = std::clamp(z, -2.0f, 2.0f) * stddev + mean;
    }
    return values;
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
  constexpr float kTurn = 6.2831853f;
  const double shape = alpha < 1 ? alpha + 1.0 : static_cast<double>(alpha);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (int64_t i = 0; i < count; ++i) {
    double value = d;
    for (uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
      const uint64_t at = (first + static_cast<uint64_t>(i)) * kAttempts + attempt;
      const Block words = philox(stream, at);
      const auto above_zero = [&](int word) { return uniform_above_zero(words[word]); };
      // The functions of doubles come with 10 KB of tables: those of floats are as good, with the
      // logarithm of what is near 1 from its distance to 1.
      const double normal =
          std::sqrt(-2 * std::log(above_zero(0))) * std::cos(kTurn * uniform(words[1]));
      const float step = static_cast<float>(c * normal);
      if (step <= -1) continue;
      const double base = 1.0 + step;
      const double cube = base * base * base;
      const double bound = 0.5 * normal * normal + d * (1 - cube + 3.0 * std::log1p(step));
      if (std::log(above_zero(2)) >= bound) continue;
      value = d * cube;
      // Below 1, the shape above is brought down again.
      if (alpha < 1) value *= std::pow(above_zero(3), 1 / alpha);
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

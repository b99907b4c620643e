#pragma once

#include <array>
#include <cstdint>

namespace heddle {

/// One run of random numbers, named by a seed and a stream number. Philox4x32-10 (Salmon et al.,
/// "Parallel random numbers: as easy as 1, 2, 3", 2011) is a function of (key, counter) without
/// state: element i of a stream is the same whoever asks for it, in whatever order, natively and in
/// WebAssembly.
struct RandomStream {
  uint64_t seed = 0;
  uint64_t stream = 0;

  bool operator==(const RandomStream&) const = default;
};

/// Four random 32-bit words for (seed, stream, block).
std::array<uint32_t, 4> philox(RandomStream stream, uint64_t block);

// Each of these writes elements [first, first + count) of the stream to out[0, count): filling in
// pieces gives the same numbers as filling at once.

/// Uniform over [low, high).
void fill_uniform(RandomStream stream, uint64_t first, int64_t count, float low, float high,
                  float* out);

/// Normal with mean and standard deviation (Box & Muller 1958).
void fill_normal(RandomStream stream, uint64_t first, int64_t count, float mean, float stddev,
                 float* out);

/// Normal, held to within two standard deviations of the mean (by the inverse of its distribution
/// function, so nothing is drawn twice). As in Keras, stddev is that of the normal before it is
/// cut.
void fill_truncated_normal(RandomStream stream, uint64_t first, int64_t count, float mean,
                           float stddev, float* out);

/// `scale` with probability `keep`, else 0: a dropout mask has scale = 1 / keep.
void fill_bernoulli_mask(RandomStream stream, uint64_t first, int64_t count, float keep,
                         float scale, float* out);

/// The gamma distribution of shape alpha > 0 and rate beta > 0 (mean alpha / beta; Marsaglia &
/// Tsang 2000).
void fill_gamma(RandomStream stream, uint64_t first, int64_t count, float alpha, float beta,
                float* out);

/// Whole numbers, uniform over [low, high); low < high.
void fill_randint(RandomStream stream, uint64_t first, int64_t count, int32_t low, int32_t high,
                  int32_t* out);

/// out[0, count) = the numbers 0 to count - 1 in random order (Fisher & Yates 1938).
void shuffled_indices(RandomStream stream, int32_t count, int32_t* out);

}  // namespace heddle

#pragma once

#include <cstdint>
#include <optional>

#include "ops/op.h"

namespace heddle {

/// The seed of the engine: all random numbers that were given no seed of their own follow from it
/// and from the order of the calls.
uint64_t random_seed();
void set_random_seed(uint64_t seed);

/// A number that has not been given out since the seed was set: the number of a Program's run, or
/// the stream of one eager random op.
uint64_t next_random_run();

/// Uniform in [low, high). With a `seed`, always the same numbers; without, new ones at each call
/// and in each run of a Program. For int32 the values are whole numbers in [low, high).
Tensor random_uniform(const Shape& shape, float low, float high, DType dtype = DType::kFloat32,
                      std::optional<uint64_t> seed = {});
/// Normal with `mean` and standard deviation `stddev`.
Tensor random_normal(const Shape& shape, float mean, float stddev,
                     std::optional<uint64_t> seed = {});
/// Normal, drawn again where further than two standard deviations from the mean.
Tensor truncated_normal(const Shape& shape, float mean, float stddev,
                        std::optional<uint64_t> seed = {});
/// The gamma distribution of shape alpha and rate beta: mean alpha / beta. (TensorFlow.js
/// multiplies by beta where it says that it divides.)
Tensor random_gamma(const Shape& shape, float alpha, float beta = 1,
                    std::optional<uint64_t> seed = {});
/// Sets each element to 0 with probability `rate`, in [0, 1), and multiplies the others by
/// 1 / (1 - rate) (Srivastava et al. 2014). `noise_shape` broadcasts to the shape of x: one draw
/// serves a whole broadcast dimension; empty means the shape of x. With a `seed`, an int32 scalar
/// `stream` chooses among the masks of that seed: what counts it up has a new mask each time.
Tensor dropout(const Tensor& x, float rate, const Shape& noise_shape = {},
               std::optional<uint64_t> seed = {}, const Tensor& stream = {});

/// Normal with mean a and standard deviation b, or else uniform in [a, b): the numbers of stream
/// `stream`, an int32 scalar, under a seed. What counts it up has new numbers each time.
Tensor random_draw(bool normal, const Shape& shape, float a, float b, uint64_t seed,
                   const Tensor& stream);

}  // namespace heddle

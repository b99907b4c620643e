#include "ops/random.h"

#include <cmath>
#include <utility>

#include "ops/elementwise.h"
#include "tensor/random.h"

namespace heddle {
namespace {

struct Generator {
  uint64_t seed = 0;
  uint64_t runs = 0;
};

Generator& generator() {
  static Generator instance;
  return instance;
}

/// Streams of one run: each random op of a Program has its own among these.
constexpr uint64_t kStreamsPerRun = 65536;

enum class Distribution : uint8_t { kUniform, kNormal, kTruncatedNormal, kGamma, kMask };

/// A tensor of random numbers. Its stream is number `run * 65536 + offset`: in a Program `offset`
/// tells the random ops of the trace apart and `run` changes from run to run; run at once, `run` is
/// 0 and `offset` new at each call. With a seed of its own there is one stream only, number 0 under
/// that seed, so the same seed gives the same numbers always (as in TensorFlow.js), also in each
/// run of a Program; unless an int32 scalar comes as an input, which is the stream's number then.
class RandomSource : public Op {
 public:
  RandomSource(Distribution distribution, const TensorSpec& spec, float a, float b,
               std::optional<uint64_t> seed)
      : distribution_(distribution), spec_(spec), a_(a), b_(b), seed_(seed) {
    if (seed_) return;
    TraceState* trace = context().trace;
    offset_ = trace != nullptr ? trace->random_ops++ : next_random_run() * kStreamsPerRun;
  }

  const char* name() const override {
    switch (distribution_) {
      case Distribution::kUniform:
        return "randomUniform";
      case Distribution::kNormal:
        return "randomNormal";
      case Distribution::kTruncatedNormal:
        return "truncatedNormal";
      case Distribution::kGamma:
        return "randomGamma";
      default:
        return "dropout";
    }
  }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> /*inputs*/) const override {
    return {spec_};
  }

  bool deterministic() const override { return seed_.has_value(); }

  void run(const RunContext& run, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const uint64_t drawn = inputs.empty() ? 0 : static_cast<uint32_t>(*inputs[0].i32());
    const RandomStream stream = seed_ ? RandomStream{*seed_, drawn}
                                      : RandomStream{run.seed, run.run * kStreamsPerRun + offset_};
    const View& out = outputs[0];
    switch (distribution_) {
      case Distribution::kUniform:
        if (out.dtype() == DType::kInt32) {
          fill_randint(stream, 0, out.size(), static_cast<int32_t>(a_), static_cast<int32_t>(b_),
                       out.i32());
        } else {
          fill_uniform(stream, 0, out.size(), a_, b_, out.f32());
        }
        break;
      case Distribution::kNormal:
        fill_normal(stream, 0, out.size(), a_, b_, out.f32());
        break;
      case Distribution::kTruncatedNormal:
        fill_truncated_normal(stream, 0, out.size(), a_, b_, out.f32());
        break;
      case Distribution::kGamma:
        fill_gamma(stream, 0, out.size(), a_, b_, out.f32());
        break;
      case Distribution::kMask:
        fill_bernoulli_mask(stream, 0, out.size(), a_, b_, out.f32());
        break;
    }
  }

 private:
  Distribution distribution_;
  TensorSpec spec_;
  float a_;
  float b_;
  std::optional<uint64_t> seed_;
  uint64_t offset_ = 0;
};

Tensor random(Distribution distribution, const TensorSpec& spec, float a, float b,
              std::optional<uint64_t> seed, const Tensor& stream = {}) {
  OpPtr op = std::make_shared<RandomSource>(distribution, spec, a, b, seed);
  return stream.defined() ? heddle::apply(std::move(op), {stream})
                          : apply_source(std::move(op), false);
}

}  // namespace

uint64_t random_seed() { return generator().seed; }

void set_random_seed(uint64_t seed) { generator() = {seed, 0}; }

uint64_t next_random_run() { return ++generator().runs; }

Tensor random_uniform(const Shape& shape, float low, float high, DType dtype,
                      std::optional<uint64_t> seed) {
  if (dtype == DType::kBool) {
    fail<ValueError>("[randomUniform] dtype must be float32 or int32, got bool");
  }
  // Above 2^31 a float32 does not fit into int32.
  const bool fits = low >= -2147483648.0f && high < 2147483648.0f;
  const bool ordered = dtype == DType::kInt32 ? std::trunc(low) < std::trunc(high) : low <= high;
  if (!ordered || (dtype == DType::kInt32 && !fits)) {
    fail<ValueError>("[randomUniform] the range [{}, {}) has no {} in it", low, high,
                     name_of(dtype));
  }
  return random(Distribution::kUniform, {shape, dtype}, low, high, seed);
}

Tensor random_normal(const Shape& shape, float mean, float stddev, std::optional<uint64_t> seed) {
  return random(Distribution::kNormal, {shape, DType::kFloat32}, mean, stddev, seed);
}

Tensor truncated_normal(const Shape& shape, float mean, float stddev,
                        std::optional<uint64_t> seed) {
  return random(Distribution::kTruncatedNormal, {shape, DType::kFloat32}, mean, stddev, seed);
}

Tensor random_gamma(const Shape& shape, float alpha, float beta, std::optional<uint64_t> seed) {
  if (!(alpha > 0 && beta > 0)) {
    fail<ValueError>("[randomGamma] alpha and beta must be above 0, got {} and {}", alpha, beta);
  }
  return random(Distribution::kGamma, {shape, DType::kFloat32}, alpha, beta, seed);
}

Tensor dropout(const Tensor& x, float rate, const Shape& noise_shape, std::optional<uint64_t> seed,
               const Tensor& stream) {
  if (!(rate >= 0 && rate < 1)) {
    fail<ValueError>("[dropout] rate must be in [0, 1), got {}", rate);
  }
  const Shape& shape = noise_shape.rank() == 0 ? x.shape() : noise_shape;
  if (broadcast(shape, x.shape(), "dropout") != x.shape()) {
    fail<ValueError>("[dropout] noiseShape {} must broadcast to the shape of x {}", shape,
                     x.shape());
  }
  Tensor in = cast(x, DType::kFloat32);
  if (rate == 0) return in;
  const float keep = 1 - rate;
  return mul(in,
             random(Distribution::kMask, {shape, DType::kFloat32}, keep, 1 / keep, seed, stream));
}

Tensor random_draw(bool normal, const Shape& shape, float a, float b, uint64_t seed,
                   const Tensor& stream) {
  return random(normal ? Distribution::kNormal : Distribution::kUniform, {shape, DType::kFloat32},
                a, b, seed, stream);
}

}  // namespace heddle

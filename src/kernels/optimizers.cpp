#include "kernels/optimizers.h"

#include <limits>

#include "kernels/parallel.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::splat;
using simd::store;

constexpr int kGrain = 16384;

/// Values too small to move a parameter, as zeros. Where gradients have ceased (a relu that no
/// longer opens), moments shrink for ever, and a processor takes a hundred times longer over
/// subnormal numbers; WebAssembly cannot switch them off.
inline F32x4 flush(F32x4 v, float negligible) {
  return simd::select(simd::abs(v) < splat(negligible), splat(0.0f), v);
}

/// Of first moments and velocities: far enough above the least normal number, 1.2e-38, for what is
/// made of them to be normal too.
constexpr float kNegligible = 1e-30f;
/// Of second moments, which are squares.
constexpr float kNegligibleSquare = std::numeric_limits<float>::min();

}  // namespace

void sgd_update(int n, float learning_rate, const float* grad, float* param) {
  parallel_for(n, kGrain, [=](int begin, int end) {
    const F32x4 rate = splat(learning_rate);
    int i = begin;
    for (; i + kLanes <= end; i += kLanes)
      store(param + i, load(param + i) - rate * load(grad + i));
    for (; i < end; ++i) param[i] -= learning_rate * grad[i];
  });
}

void sgd_momentum_update(int n, float learning_rate, float momentum, bool nesterov,
                         const float* grad, float* velocity, float* param) {
  parallel_for(n, kGrain, [=](int begin, int end) {
    const F32x4 rate = splat(learning_rate), keep = splat(momentum);
    const auto step = [&](F32x4 g, F32x4& v, F32x4& p) {
      v = flush(keep * v + g, kNegligible);
      p -= rate * (nesterov ? g + keep * v : v);
    };
    int i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      F32x4 v = load(velocity + i), p = load(param + i);
      step(load(grad + i), v, p);
      store(velocity + i, v);
      store(param + i, p);
    }
    for (; i < end; ++i) {
      F32x4 v{velocity[i]}, p{param[i]};
      step(F32x4{grad[i]}, v, p);
      velocity[i] = v[0];
      param[i] = p[0];
    }
  });
}

void adam_update(int n, const AdamStep& adam, const float* grad, float* m, float* v, float* param) {
  // The corrections of both moments are the same for all parameters: they are taken out of the
  // loop.
  const float correction1 = 1.0f - adam.beta1_power;
  const float correction2 = 1.0f - adam.beta2_power;
  parallel_for(n, kGrain, [=](int begin, int end) {
    const F32x4 beta1 = splat(adam.beta1), beta2 = splat(adam.beta2);
    const F32x4 rest1 = splat(1.0f - adam.beta1), rest2 = splat(1.0f - adam.beta2);
    const F32x4 rate = splat(adam.learning_rate / correction1);
    const F32x4 scale2 = splat(1.0f / correction2), epsilon = splat(adam.epsilon);
    const auto step = [&](F32x4 g, F32x4& first, F32x4& second, F32x4& p) {
      first = flush(beta1 * first + rest1 * g, kNegligible);
      second = flush(beta2 * second + rest2 * (g * g), kNegligibleSquare);
      p -= rate * first / (simd::sqrt(second * scale2) + epsilon);
    };
    int i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      F32x4 first = load(m + i), second = load(v + i), p = load(param + i);
      step(load(grad + i), first, second, p);
      store(m + i, first);
      store(v + i, second);
      store(param + i, p);
    }
    for (; i < end; ++i) {
      F32x4 first{m[i]}, second{v[i]}, p{param[i]};
      step(F32x4{grad[i]}, first, second, p);
      m[i] = first[0];
      v[i] = second[0];
      param[i] = p[0];
    }
  });
}

}  // namespace heddle::kernels

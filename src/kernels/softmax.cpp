#include "kernels/softmax.h"

#include <cmath>
#include <cstddef>

#include "kernels/parallel.h"
#include "kernels/simd_math.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::splat;
using simd::store;

constexpr int kGrain = 64;

/// e^x of one number, by the very function that the vectors use.
float exp1(float x) { return simd::exp(splat(x))[0]; }

/// NaN if any is.
float row_max(int n, const float* x) {
  float result = -INFINITY;
  int i = 0;
  if (n >= kLanes) {
    F32x4 best = load(x);
    for (i = kLanes; i + kLanes <= n; i += kLanes) best = simd::max(best, load(x + i));
    const F32x4 other = __builtin_shufflevector(best, best, 2, 3, 0, 1);
    best = simd::max(best, other);
    best = simd::max(best, __builtin_shufflevector(best, best, 1, 0, 3, 2));
    result = best[0];
  }
  for (; i < n; ++i) result = x[i] > result || x[i] != x[i] ? x[i] : result;
  return result;
}

float row_sum(int n, const float* x) {
  F32x4 total{};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) total += load(x + i);
  float result = simd::sum(total);
  for (; i < n; ++i) result += x[i];
  return result;
}

/// y = exp(x - shift); returns the sum. y may be null.
float exp_row(int n, float shift, const float* x, float* y) {
  const F32x4 by = splat(shift);
  F32x4 total{};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const F32x4 e = simd::exp(load(x + i) - by);
    if (y) store(y + i, e);
    total += e;
  }
  float result = simd::sum(total);
  for (; i < n; ++i) {
    const float e = exp1(x[i] - shift);
    if (y) y[i] = e;
    result += e;
  }
  return result;
}

void scale_row(int n, float factor, float* y) {
  const F32x4 by = splat(factor);
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store(y + i, load(y + i) * by);
  for (; i < n; ++i) y[i] *= factor;
}

/// What is subtracted from every logit of a row before exp: its maximum, unless that is infinite
/// (all -infinity would give NaN where the log-sum is simply -infinity).
float shift_of(float max) { return max == -INFINITY ? 0.0f : max; }

}  // namespace

void softmax(int rows, int cols, const float* x, float* y) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const float* in = x + static_cast<ptrdiff_t>(r) * cols;
      float* out = y + static_cast<ptrdiff_t>(r) * cols;
      const float total = exp_row(cols, row_max(cols, in), in, out);
      scale_row(cols, 1.0f / total, out);
    }
  });
}

void softmax_backward(int rows, int cols, const float* y, const float* dy, float* dx) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      F32x4 dots{};
      int i = 0;
      for (; i + kLanes <= cols; i += kLanes) dots += load(y + at + i) * load(dy + at + i);
      float dot = simd::sum(dots);
      for (; i < cols; ++i) dot += y[at + i] * dy[at + i];
      const F32x4 mean = splat(dot);
      for (i = 0; i + kLanes <= cols; i += kLanes) {
        store(dx + at + i, load(y + at + i) * (load(dy + at + i) - mean));
      }
      for (; i < cols; ++i) dx[at + i] = y[at + i] * (dy[at + i] - dot);
    }
  });
}

void log_softmax(int rows, int cols, const float* x, float* y) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const float* in = x + static_cast<ptrdiff_t>(r) * cols;
      float* out = y + static_cast<ptrdiff_t>(r) * cols;
      const float max = row_max(cols, in);
      const float log_total = std::log(exp_row(cols, max, in, nullptr));
      // Two subtractions: max + log_total would lose digits when max is large.
      for (int i = 0; i < cols; ++i) out[i] = (in[i] - max) - log_total;
    }
  });
}

void log_softmax_backward(int rows, int cols, const float* y, const float* dy, float* dx) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const float total = row_sum(cols, dy + at);
      const F32x4 by = splat(total);
      int i = 0;
      for (; i + kLanes <= cols; i += kLanes) {
        store(dx + at + i, load(dy + at + i) - simd::exp(load(y + at + i)) * by);
      }
      for (; i < cols; ++i) dx[at + i] = dy[at + i] - exp1(y[at + i]) * total;
    }
  });
}

void softmax_cross_entropy(int rows, int cols, const float* logits, const float* labels,
                           float* loss, float* probs) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const float shift = shift_of(row_max(cols, logits + at));
      // The labels are read while the logits are still there: probs may take their place.
      float weighted = 0, weight = 0;
      for (int i = 0; i < cols; ++i) {
        const float label = labels[at + i];
        if (label == 0) continue;
        weighted += label * (logits[at + i] - shift);
        weight += label;
      }
      float* out = probs ? probs + at : nullptr;
      const float total = exp_row(cols, shift, logits + at, out);
      loss[r] = weight * std::log(total) - weighted;
      if (out) scale_row(cols, 1.0f / total, out);
    }
  });
}

void softmax_cross_entropy_backward(int rows, int cols, const float* probs, const float* labels,
                                    const float* dloss, float* dlogits) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const float weight = row_sum(cols, labels + at);
      const F32x4 weights = splat(weight), scale = splat(dloss[r]);
      int i = 0;
      for (; i + kLanes <= cols; i += kLanes) {
        store(dlogits + at + i, scale * (load(probs + at + i) * weights - load(labels + at + i)));
      }
      for (; i < cols; ++i) {
        dlogits[at + i] = dloss[r] * (probs[at + i] * weight - labels[at + i]);
      }
    }
  });
}

void sparse_softmax_cross_entropy(int rows, int cols, const float* logits, const int32_t* labels,
                                  float* loss, float* probs) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const float shift = shift_of(row_max(cols, logits + at));
      const bool inside = labels[r] >= 0 && labels[r] < cols;
      const float wanted = inside ? logits[at + labels[r]] - shift : NAN;
      float* out = probs ? probs + at : nullptr;
      const float total = exp_row(cols, shift, logits + at, out);
      loss[r] = std::log(total) - wanted;
      if (out) scale_row(cols, 1.0f / total, out);
    }
  });
}

void sparse_softmax_cross_entropy_backward(int rows, int cols, const float* probs,
                                           const int32_t* labels, const float* dloss,
                                           float* dlogits) {
  parallel_for(rows, kGrain, [&](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const F32x4 scale = splat(dloss[r]);
      int i = 0;
      for (; i + kLanes <= cols; i += kLanes) store(dlogits + at + i, load(probs + at + i) * scale);
      for (; i < cols; ++i) dlogits[at + i] = probs[at + i] * dloss[r];
      if (labels[r] >= 0 && labels[r] < cols) dlogits[at + labels[r]] -= dloss[r];
    }
  });
}

}  // namespace heddle::kernels

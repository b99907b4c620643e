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

/// Whole vectors: known when compiling, so that the loop over them has no branch inside.
struct AllLanes {};

/// Calls fn(offset, lanes) for each vector of a row, the last one perhaps of fewer lanes.
template <typename Fn>
void for_each_vector(int n, Fn fn) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) fn(i, AllLanes());
  if (i < n) fn(i, n - i);
}

/// The others are 0.
F32x4 load_lanes(const float* p, AllLanes) { return load(p); }
F32x4 load_lanes(const float* p, int lanes) { return simd::load_partial(p, lanes); }
void store_lanes(float* p, F32x4 v, AllLanes) { store(p, v); }
void store_lanes(float* p, F32x4 v, int lanes) { simd::store_partial(p, v, lanes); }
F32x4 first_lanes(F32x4 v, AllLanes) { return v; }
F32x4 first_lanes(F32x4 v, int lanes) {
  return simd::select(simd::I32x4{0, 1, 2, 3} < simd::splat(lanes), v, F32x4{});
}

/// The greatest number; -infinity if there is none. NaN plays no part: it comes back in the sum.
float row_max(int n, const float* x) {
  F32x4 best[2] = {splat(-INFINITY), splat(-INFINITY)};
  int i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    best[0] = simd::max_keep(best[0], load(x + i));
    best[1] = simd::max_keep(best[1], load(x + i + kLanes));
  }
  for (; i < n; ++i) best[0] = simd::max_keep(best[0], splat(x[i]));
  const F32x4 both = simd::max_keep(best[0], best[1]);
  float result = both[0];
  for (int lane = 1; lane < kLanes; ++lane) result = both[lane] > result ? both[lane] : result;
  return result;
}

float row_sum(int n, const float* x) {
  F32x4 total{};
  for_each_vector(n, [&](int i, auto lanes) { total += load_lanes(x + i, lanes); });
  return simd::sum(total);
}

/// y = exp(x - shift); returns the sum. y may be null.
float exp_row(int n, float shift, const float* x, float* y) {
  const F32x4 by = splat(shift);
  F32x4 total{};
  for_each_vector(n, [&](int i, auto lanes) {
    const F32x4 e = simd::exp_term(load_lanes(x + i, lanes) - by);
    if (y) store_lanes(y + i, e, lanes);
    total += first_lanes(e, lanes);
  });
  return simd::sum(total);
}

void scale_row(int n, float factor, float* y) {
  const F32x4 by = splat(factor);
  for_each_vector(
      n, [&](int i, auto lanes) { store_lanes(y + i, load_lanes(y + i, lanes) * by, lanes); });
}

/// What is subtracted from every logit of a row before exp: its maximum, unless that is infinite
/// (all -infinity would give NaN where the log-sum is simply -infinity).
float shift_of(float max) { return max == -INFINITY ? 0.0f : max; }

}  // namespace

void softmax(int rows, int cols, const float* x, float* y) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const float* in = x + static_cast<ptrdiff_t>(r) * cols;
      float* out = y + static_cast<ptrdiff_t>(r) * cols;
      const float total = exp_row(cols, row_max(cols, in), in, out);
      scale_row(cols, 1.0f / total, out);
    }
  });
}

void softmax_backward(int rows, int cols, const float* y, const float* dy, float* dx) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      F32x4 dots{};
      for_each_vector(cols, [&](int i, auto lanes) {
        dots += load_lanes(y + at + i, lanes) * load_lanes(dy + at + i, lanes);
      });
      const F32x4 mean = splat(simd::sum(dots));
      for_each_vector(cols, [&](int i, auto lanes) {
        const F32x4 centered = load_lanes(dy + at + i, lanes) - mean;
        store_lanes(dx + at + i, load_lanes(y + at + i, lanes) * centered, lanes);
      });
    }
  });
}

void log_softmax(int rows, int cols, const float* x, float* y) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const float* in = x + static_cast<ptrdiff_t>(r) * cols;
      float* out = y + static_cast<ptrdiff_t>(r) * cols;
      const float max = row_max(cols, in);
      const F32x4 log_total = splat(std::log(exp_row(cols, max, in, nullptr)));
      // Two subtractions: max + log_total would lose digits when max is large.
      for_each_vector(cols, [&](int i, auto lanes) {
        store_lanes(out + i, (load_lanes(in + i, lanes) - splat(max)) - log_total, lanes);
      });
    }
  });
}

void log_softmax_backward(int rows, int cols, const float* y, const float* dy, float* dx) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const F32x4 by = splat(row_sum(cols, dy + at));
      for_each_vector(cols, [&](int i, auto lanes) {
        const F32x4 share = simd::exp_term(load_lanes(y + at + i, lanes)) * by;
        store_lanes(dx + at + i, load_lanes(dy + at + i, lanes) - share, lanes);
      });
    }
  });
}

void softmax_cross_entropy(int rows, int cols, const float* logits, const float* labels,
                           float* loss, float* probs) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const float shift = shift_of(row_max(cols, logits + at));
      // The labels are read while the logits are still there: probs may take their place.
      F32x4 weights{}, sums{};
      for_each_vector(cols, [&](int i, auto lanes) {
        const F32x4 label = load_lanes(labels + at + i, lanes);
        const F32x4 product = label * (load_lanes(logits + at + i, lanes) - splat(shift));
        sums += simd::select(label == F32x4{}, F32x4{}, product);  // 0 times infinity counts as 0
        weights += label;
      });
      float* out = probs ? probs + at : nullptr;
      const float total = exp_row(cols, shift, logits + at, out);
      loss[r] = simd::sum(weights) * std::log(total) - simd::sum(sums);
      if (out) scale_row(cols, 1.0f / total, out);
    }
  });
}

void softmax_cross_entropy_backward(int rows, int cols, const float* probs, const float* labels,
                                    const float* dloss, float* dlogits) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const F32x4 weights = splat(row_sum(cols, labels + at)), scale = splat(dloss[r]);
      for_each_vector(cols, [&](int i, auto lanes) {
        const F32x4 wanted = load_lanes(labels + at + i, lanes);
        const F32x4 got = load_lanes(probs + at + i, lanes) * weights;
        store_lanes(dlogits + at + i, scale * (got - wanted), lanes);
      });
    }
  });
}

void sparse_softmax_cross_entropy(int rows, int cols, const float* logits, const int32_t* labels,
                                  float* loss, float* probs) {
  parallel_for(rows, kGrain, [=](int begin, int end) {
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
  parallel_for(rows, kGrain, [=](int begin, int end) {
    for (int r = begin; r < end; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * cols;
      const F32x4 scale = splat(dloss[r]);
      for_each_vector(cols, [&](int i, auto lanes) {
        store_lanes(dlogits + at + i, load_lanes(probs + at + i, lanes) * scale, lanes);
      });
      if (labels[r] >= 0 && labels[r] < cols) dlogits[at + labels[r]] -= dloss[r];
    }
  });
}

}  // namespace heddle::kernels

#include "kernels/normalize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::madd;
using simd::splat;
using simd::store;

/// About how many numbers are summed one by one before the sum goes into a larger one: they fit
/// into the first-level cache.
constexpr int kBlock = 2048;
/// Into how many pieces, summed each for itself, the gradients of gamma and beta are cut: not by
/// the number of threads, so that results do not depend on it.
constexpr int kPieces = 8;

/// Calls fn(offset, lanes) for each vector of a run of n, then for each number that is left.
template <typename Fn>
void for_each_vector(int n, Fn fn) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) fn(i, kLanes);
  for (; i < n; ++i) fn(i, 1);
}
/// All lanes; or one, and the others are 0.
F32x4 load_lanes(const float* p, int lanes) { return lanes == kLanes ? load(p) : F32x4{*p}; }
void store_lanes(float* p, F32x4 v, int lanes) {
  if (lanes == kLanes) {
    store(p, v);
  } else {
    *p = v[0];
  }
}
/// The others become 0.
F32x4 first_lanes(F32x4 v, int lanes) { return lanes == kLanes ? v : F32x4{v[0]}; }

F32x4 inverse_deviation(F32x4 variance, float epsilon) {
  return splat(1.0f) / simd::sqrt(variance + splat(epsilon));
}

F32x4 gamma_lanes(const float* gamma, int i, int lanes) {
  return gamma != nullptr ? load_lanes(gamma + i, lanes) : splat(1.0f);
}

/// Count, mean and sum of squared differences from it, of what came so far; T is float or a vector.
template <typename T>
struct Spread {
  float count = 0;
  T mean{};
  T squares{};

  void add(float more, T more_mean, T more_squares) {
    const float total = count + more;
    const T difference = more_mean - mean;
    mean += difference * (more / total);
    squares += more_squares + difference * difference * (count * more / total);
    count = total;
  }
};

/// Where group `group` of an outer index begins.
ptrdiff_t group_begin(const NormalizeGeometry& g, int index) {
  const ptrdiff_t outer = index / g.groups;
  return outer * g.positions * g.channels() + static_cast<ptrdiff_t>(index % g.groups) * g.size;
}

// Groups of several channels: vectors lie along the channels.

void group_moments(const NormalizeGeometry& g, const float* x, float* mean, float* variance) {
  const int block = std::max(1, kBlock / g.size);
  Spread<float> spread;
  for (int p = 0; p < g.positions; p += block) {
    const int count = std::min(block, g.positions - p);
    const float* const from = x + static_cast<ptrdiff_t>(p) * g.channels();
    const auto numbers = static_cast<float>(count) * static_cast<float>(g.size);
    F32x4 total{};
    for (int i = 0; i < count; ++i) {
      const float* const run = from + static_cast<ptrdiff_t>(i) * g.channels();
      for_each_vector(g.size, [&](int k, int lanes) { total += load_lanes(run + k, lanes); });
    }
    const float middle = simd::sum(total) / numbers;
    F32x4 squares{};
    for (int i = 0; i < count; ++i) {
      const float* const run = from + static_cast<ptrdiff_t>(i) * g.channels();
      for_each_vector(g.size, [&](int k, int lanes) {
        const F32x4 d = load_lanes(run + k, lanes) - splat(middle);
        const F32x4 kept = first_lanes(d, lanes);
        squares = madd(kept, kept, squares);
      });
    }
    spread.add(numbers, middle, simd::sum(squares));
  }
  *mean = spread.mean;
  *variance = spread.squares / spread.count;
}

void normalize_group(const NormalizeGeometry& g, float mean, float variance, const float* x,
                     const float* gamma, const float* beta, float* y) {
  const F32x4 center = splat(mean);
  const F32x4 scale = inverse_deviation(splat(variance), g.epsilon);
  for (int p = 0; p < g.positions; ++p) {
    const ptrdiff_t at = static_cast<ptrdiff_t>(p) * g.channels();
    for_each_vector(g.size, [&](int k, int lanes) {
      const F32x4 factor = scale * gamma_lanes(gamma, k, lanes);
      const F32x4 offset = beta != nullptr ? load_lanes(beta + k, lanes) : F32x4{};
      store_lanes(y + at + k, madd(load_lanes(x + at + k, lanes) - center, factor, offset), lanes);
    });
  }
}

/// dx = r (g - mean(g) - h mean(g h)) with g = dy gamma, h = (x - mean) r; adds dy h to dgamma and
/// dy to dbeta.
void group_backward(const NormalizeGeometry& g, float mean, float variance, const float* x,
                    const float* gamma, const float* dy, float* dx, float* dgamma, float* dbeta) {
  const F32x4 center = splat(mean);
  const F32x4 scale = inverse_deviation(splat(variance), g.epsilon);
  F32x4 grads{}, products{};
  for (int p = 0; p < g.positions; ++p) {
    const ptrdiff_t at = static_cast<ptrdiff_t>(p) * g.channels();
    for_each_vector(g.size, [&](int k, int lanes) {
      const F32x4 dv = load_lanes(dy + at + k, lanes);
      const F32x4 h = (load_lanes(x + at + k, lanes) - center) * scale;
      const F32x4 product = dv * h;
      store_lanes(dgamma + k, load_lanes(dgamma + k, lanes) + product, lanes);
      store_lanes(dbeta + k, load_lanes(dbeta + k, lanes) + dv, lanes);
      const F32x4 factor = gamma_lanes(gamma, k, lanes);
      const F32x4 kept = first_lanes(product, lanes);
      products = madd(kept, factor, products);
      grads = madd(dv, factor, grads);
    });
  }
  const float count = static_cast<float>(g.positions) * static_cast<float>(g.size);
  const F32x4 mean_grad = splat(simd::sum(grads) / count);
  const F32x4 mean_product = splat(simd::sum(products) / count);
  for (int p = 0; p < g.positions; ++p) {
    const ptrdiff_t at = static_cast<ptrdiff_t>(p) * g.channels();
    for_each_vector(g.size, [&](int k, int lanes) {
      const F32x4 h = (load_lanes(x + at + k, lanes) - center) * scale;
      const F32x4 grad = load_lanes(dy + at + k, lanes) * gamma_lanes(gamma, k, lanes) - mean_grad;
      store_lanes(dx + at + k, (grad - h * mean_product) * scale, lanes);
    });
  }
}

// Groups of one channel: each lane of a vector is a group of its own. A cache line of channels is
// worked on at a time, and of those a block of rows that stays in the cache.

constexpr int kLine = 4;  // vectors
constexpr int kRows = 64;

int lines_of(int channels) { return (channels + kLine * kLanes - 1) / (kLine * kLanes); }

/// `count` vectors of channels side by side, from channel `first` on: a line of them, or one, which
/// may have one lane only.
template <int count>
struct Strip {
  int first = 0;
  int lanes = kLanes;

  F32x4 load_at(const float* p, int v) const {
    return count > 1 ? load(p + v * kLanes) : load_lanes(p, lanes);
  }
  void store_at(float* p, int v, F32x4 value) const {
    if (count > 1) {
      store(p + v * kLanes, value);
    } else {
      store_lanes(p, value, lanes);
    }
  }
};

/// Calls fn(0), ..., fn(count - 1): no loop, so that what fn indexes stays in registers.
template <int count, typename Fn>
void each(Fn fn) {
  [&]<int... v>(std::integer_sequence<int, v...>) {
    (fn(v), ...);
  }(std::make_integer_sequence<int, count>());
}

/// Calls fn(strip) for the strips of a line.
template <typename Fn>
void for_each_strip(const NormalizeGeometry& g, int line, Fn fn) {
  int c = line * kLine * kLanes;
  const int end = std::min(g.groups, c + kLine * kLanes);
  if (end - c == kLine * kLanes) return fn(Strip<kLine>{c});
  for (int lanes = kLanes; c < end; c += lanes) {
    if (end - c < kLanes) lanes = 1;
    fn(Strip<1>{c, lanes});
  }
}

template <int count>
void strip_forward(const NormalizeGeometry& g, const Strip<count>& strip, const float* x,
                   const float* gamma, const float* beta, float* y, float* mean, float* variance) {
  const int c = strip.first;
  const ptrdiff_t row = g.groups;
  Spread<F32x4> spread[count];
  for (int p = 0; p < g.positions; p += kRows) {
    const int rows = std::min(kRows, g.positions - p);
    const float* const from = x + p * row + c;
    F32x4 middle[count] = {}, squares[count] = {};
    for (int i = 0; i < rows; ++i) {
      each<count>([&](int v) { middle[v] += strip.load_at(from + i * row, v); });
    }
    each<count>([&](int v) { middle[v] *= splat(1.0f / static_cast<float>(rows)); });
    for (int i = 0; i < rows; ++i) {
      each<count>([&](int v) {
        const F32x4 d = strip.load_at(from + i * row, v) - middle[v];
        squares[v] = madd(d, d, squares[v]);
      });
    }
    each<count>([&](int v) { spread[v].add(static_cast<float>(rows), middle[v], squares[v]); });
  }
  F32x4 center[count], factor[count], offset[count];
  each<count>([&](int v) {
    center[v] = spread[v].mean;
    const F32x4 variances = spread[v].squares * splat(1.0f / spread[v].count);
    strip.store_at(mean + c, v, center[v]);
    strip.store_at(variance + c, v, variances);
    factor[v] = inverse_deviation(variances, g.epsilon);
    if (gamma != nullptr) factor[v] *= strip.load_at(gamma + c, v);
    offset[v] = beta != nullptr ? strip.load_at(beta + c, v) : F32x4{};
  });
  for (int i = 0; i < g.positions; ++i) {
    each<count>([&](int v) {
      const F32x4 d = strip.load_at(x + i * row + c, v) - center[v];
      strip.store_at(y + i * row + c, v, madd(d, factor[v], offset[v]));
    });
  }
}

/// As group_backward.
template <int count>
void strip_backward(const NormalizeGeometry& g, const Strip<count>& strip, const float* x,
                    const float* mean, const float* variance, const float* gamma, const float* dy,
                    float* dx, float* dgamma, float* dbeta) {
  const int c = strip.first;
  const ptrdiff_t row = g.groups;
  F32x4 center[count], grads[count] = {}, products[count] = {}, factor[count];
  each<count>([&](int v) { center[v] = strip.load_at(mean + c, v); });
  for (int p = 0; p < g.positions; p += kRows) {
    const int end = std::min(p + kRows, g.positions);
    F32x4 grad[count] = {}, product[count] = {};
    for (int i = p; i < end; ++i) {
      each<count>([&](int v) {
        const F32x4 dv = strip.load_at(dy + i * row + c, v);
        grad[v] += dv;
        product[v] = madd(dv, strip.load_at(x + i * row + c, v) - center[v], product[v]);
      });
    }
    each<count>([&](int v) {
      grads[v] += grad[v];
      products[v] += product[v];
    });
  }
  // dx = r gamma (dy - mean(dy) - (x - mean) r mean(dy h))
  const F32x4 inverse_count = splat(1.0f / static_cast<float>(g.positions));
  each<count>([&](int v) {
    const F32x4 scale = inverse_deviation(strip.load_at(variance + c, v), g.epsilon);
    const F32x4 sum = products[v] * scale;
    strip.store_at(dgamma + c, v, strip.load_at(dgamma + c, v) + sum);
    strip.store_at(dbeta + c, v, strip.load_at(dbeta + c, v) + grads[v]);
    factor[v] = gamma != nullptr ? scale * strip.load_at(gamma + c, v) : scale;
    grads[v] *= inverse_count;
    products[v] = sum * inverse_count * scale;
  });
  for (int i = 0; i < g.positions; ++i) {
    each<count>([&](int v) {
      const F32x4 d = strip.load_at(x + i * row + c, v) - center[v];
      const F32x4 dv = strip.load_at(dy + i * row + c, v) - grads[v];
      strip.store_at(dx + i * row + c, v, (dv - d * products[v]) * factor[v]);
    });
  }
}

}  // namespace

void normalize(const NormalizeGeometry& g, const float* x, const float* gamma, const float* beta,
               float* y, float* mean, float* variance) {
  const ptrdiff_t image = static_cast<ptrdiff_t>(g.positions) * g.channels();
  if (g.size > 1) {
    const int64_t group_work = static_cast<int64_t>(g.positions) * (g.size + kLanes);
    parallel_for(g.outer * g.groups, grain_for(group_work), [&](int begin, int end) {
      for (int i = begin; i < end; ++i) {
        const ptrdiff_t at = group_begin(g, i);
        const int c = i % g.groups * g.size;
        group_moments(g, x + at, mean + i, variance + i);
        normalize_group(g, mean[i], variance[i], x + at, gamma != nullptr ? gamma + c : nullptr,
                        beta != nullptr ? beta + c : nullptr, y + at);
      }
    });
    return;
  }
  parallel_for(lines_of(g.groups), grain_for(image * g.outer), [&](int begin, int end) {
    for (int o = 0; o < g.outer; ++o) {
      const ptrdiff_t stat = static_cast<ptrdiff_t>(o) * g.groups;
      for (int line = begin; line < end; ++line) {
        for_each_strip(g, line, [&](const auto& strip) {
          strip_forward(g, strip, x + o * image, gamma, beta, y + o * image, mean + stat,
                        variance + stat);
        });
      }
    }
  });
}

void normalize_backward(const NormalizeGeometry& g, const float* x, const float* mean,
                        const float* variance, const float* gamma, const float* dy, float* dx,
                        float* dgamma, float* dbeta) {
  const ptrdiff_t image = static_cast<ptrdiff_t>(g.positions) * g.channels();
  const int channels = g.channels();
  std::fill_n(dgamma, channels, 0.0f);
  std::fill_n(dbeta, channels, 0.0f);
  if (g.size == 1) {
    parallel_for(lines_of(g.groups), grain_for(image * g.outer), [&](int begin, int end) {
      for (int o = 0; o < g.outer; ++o) {
        const ptrdiff_t stat = static_cast<ptrdiff_t>(o) * g.groups;
        for (int line = begin; line < end; ++line) {
          for_each_strip(g, line, [&](const auto& strip) {
            strip_backward(g, strip, x + o * image, mean + stat, variance + stat, gamma,
                           dy + o * image, dx + o * image, dgamma, dbeta);
          });
        }
      }
    });
    return;
  }
  // Pieces of the outer indices add to gradients of gamma and beta of their own. [pieces, 2,
  // channels]
  const int pieces = std::min(kPieces, g.outer);
  const ptrdiff_t room = static_cast<ptrdiff_t>(pieces) * 2 * channels;
  float* const partial = scratch_floats(ScratchUse::kReduction, static_cast<size_t>(room));
  std::fill_n(partial, room, 0.0f);
  parallel_for(pieces, grain_for(image * g.outer / std::max(pieces, 1)), [&](int begin, int end) {
    for (int piece = begin; piece < end; ++piece) {
      float* const sums = partial + static_cast<ptrdiff_t>(piece) * 2 * channels;
      const auto first = static_cast<int>(static_cast<int64_t>(g.outer) * piece / pieces);
      const auto last = static_cast<int>(static_cast<int64_t>(g.outer) * (piece + 1) / pieces);
      for (int i = first * g.groups; i < last * g.groups; ++i) {
        const ptrdiff_t at = group_begin(g, i);
        const int c = i % g.groups * g.size;
        group_backward(g, mean[i], variance[i], x + at, gamma != nullptr ? gamma + c : nullptr,
                       dy + at, dx + at, sums + c, sums + channels + c);
      }
    }
  });
  for (int piece = 0; piece < pieces; ++piece) {
    const float* const sums = partial + static_cast<ptrdiff_t>(piece) * 2 * channels;
    for (int c = 0; c < channels; ++c) {
      dgamma[c] += sums[c];
      dbeta[c] += sums[channels + c];
    }
  }
}

}  // namespace heddle::kernels

#include "kernels/reduce.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

using simd::F32x4;
using simd::kLanes;
using simd::load;
using simd::store;

constexpr int kMaxDims = 8;
// Sums of at most this many numbers (or rows) are made one after another, longer ones by halves.
constexpr int kRunLength = 1024;
constexpr int kRowsLength = 64;
// Columns of a piece of work, at least: a cache line.
constexpr int kColumns = 16;

struct Sum {
  static constexpr float kIdentity = 0;
  template <typename T>
  static T apply(T a, T b) {
    return a + b;
  }
};

struct Max {
  static constexpr float kIdentity = -std::numeric_limits<float>::infinity();
  static F32x4 apply(F32x4 a, F32x4 b) { return simd::select((a > b) | (a != a), a, b); }
  static float apply(float a, float b) { return a > b || a != a ? a : b; }
};

struct Min {
  static constexpr float kIdentity = std::numeric_limits<float>::infinity();
  static F32x4 apply(F32x4 a, F32x4 b) { return simd::select((a < b) | (a != a), a, b); }
  static float apply(float a, float b) { return a < b || a != a ? a : b; }
};

/// n numbers that lie side by side.
template <typename Op>
float fold_run(int n, const float* x) {
  constexpr int kWays = 4;
  F32x4 ways[kWays];
  for (F32x4& way : ways) way = simd::splat(Op::kIdentity);
  int i = 0;
  for (; i + kWays * kLanes <= n; i += kWays * kLanes) {
#pragma clang loop unroll(full)
    for (int w = 0; w < kWays; ++w) ways[w] = Op::apply(ways[w], load(x + i + w * kLanes));
  }
  for (; i + kLanes <= n; i += kLanes) ways[0] = Op::apply(ways[0], load(x + i));
  const F32x4 all = Op::apply(Op::apply(ways[0], ways[2]), Op::apply(ways[1], ways[3]));
  float result = Op::apply(Op::apply(all[0], all[2]), Op::apply(all[1], all[3]));
  for (; i < n; ++i) result = Op::apply(result, x[i]);
  return result;
}

/// out[j] = the reduction of out[j] and rows[r][j] over r.
template <typename Op>
void fold_rows(int count, const float* const* rows, int cols, float* out) {
  for (; count >= 4; count -= 4, rows += 4) {  // a quarter of the traffic to `out`
    const float *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    int j = 0;
    for (; j + kLanes <= cols; j += kLanes) {
      const F32x4 ab = Op::apply(load(a + j), load(b + j));
      const F32x4 cd = Op::apply(load(c + j), load(d + j));
      store(out + j, Op::apply(load(out + j), Op::apply(ab, cd)));
    }
    for (; j < cols; ++j) {
      out[j] = Op::apply(out[j], Op::apply(Op::apply(a[j], b[j]), Op::apply(c[j], d[j])));
    }
  }
  for (; count > 0; --count, ++rows) {
    const float* a = rows[0];
    int j = 0;
    for (; j + kLanes <= cols; j += kLanes) {
      store(out + j, Op::apply(load(out + j), load(a + j)));
    }
    for (; j < cols; ++j) out[j] = Op::apply(out[j], a[j]);
  }
}

/// The loops of a reduction that have to be fast. All else is there once for all of them.
struct Loops {
  float identity;
  float (*run)(int, const float*);
  void (*rows)(int, const float* const*, int, float*);
  float (*apply)(float, float);
};
template <typename Op>
constexpr Loops kLoops{Op::kIdentity, fold_run<Op>, fold_rows<Op>, Op::apply};

/// A list of dims with strides; index i of the list's product lies at `offset(i)`.
struct Walk {
  int rank = 0;
  int count = 1;
  int dims[kMaxDims] = {};
  int strides[kMaxDims] = {};

  void push_front(int dim, int stride) {
    for (int d = rank++; d > 0; --d) {
      dims[d] = dims[d - 1];
      strides[d] = strides[d - 1];
    }
    dims[0] = dim;
    strides[0] = stride;
    count *= dim;
  }

  [[gnu::always_inline]] ptrdiff_t offset(int index) const {
    return rank == 1 ? static_cast<ptrdiff_t>(index) * strides[0] : far_offset(index);
  }

 private:
  ptrdiff_t far_offset(int index) const {
    ptrdiff_t result = 0;
    for (int d = rank - 1; d >= 0; --d) {
      result += static_cast<ptrdiff_t>(index % dims[d]) * strides[d];
      index /= dims[d];
    }
    return result;
  }
};

/// out[j] = the reduction of x[rows.offset(r) + j] over r in [begin, end). `spare` has room for one
/// row per halving.
void reduce_rows(const Loops& loops, const Walk& rows, int begin, int end, int cols, const float* x,
                 float* out, float* spare) {
  const float* places[kRowsLength];
  if (end - begin > kRowsLength) {
    const int middle = begin + (end - begin) / 2;
    reduce_rows(loops, rows, begin, middle, cols, x, out, spare);
    reduce_rows(loops, rows, middle, end, cols, x, spare, spare + cols);
    places[0] = spare;
    return loops.rows(1, places, cols, out);
  }
  for (int r = begin; r < end; ++r) places[r - begin] = x + rows.offset(r);
  std::copy_n(places[0], cols, out);
  loops.rows(end - begin - 1, places + 1, cols, out);
}

int halvings(int rows) {
  int count = 1;
  for (; rows > kRowsLength; rows = (rows + 1) / 2) ++count;
  return count;
}

/// The reduction of every run in [begin, end) of a walk over runs that are `n` long.
float reduce_runs(const Loops& loops, const Walk& runs, int begin, int end, int n, const float* x) {
  if (end - begin > 1) {
    const int middle = begin + (end - begin) / 2;
    return loops.apply(reduce_runs(loops, runs, begin, middle, n, x),
                       reduce_runs(loops, runs, middle, end, n, x));
  }
  if (n <= kRunLength) return loops.run(n, x + runs.offset(begin));
  const int half = std::max(1, n / 2 / kRunLength) * kRunLength;
  return loops.apply(reduce_runs(loops, runs, begin, end, half, x),
                     reduce_runs(loops, runs, begin, end, n - half, x + half));
}

/// The array as the loops see it: neighbouring dims of a kind are one, and the innermost stands
/// apart, since its elements lie side by side.
struct Layout {
  Walk kept, gone;
  int inner = 1;
  bool inner_reduced = false;

  Layout(int rank, const int* dims, const bool* reduced);
};

Layout::Layout(int rank, const int* dims, const bool* reduced) {
  int stride = 1;
  bool first = true;
  for (int d = rank - 1; d >= 0; --d) {
    const int dim = dims[d];
    if (dim != 1) {
      Walk& walk = reduced[d] ? gone : kept;
      if (first) {
        inner = dim;
        inner_reduced = reduced[d];
        first = false;
      } else if (reduced[d] == inner_reduced && inner == stride) {
        inner *= dim;
      } else if (walk.rank > 0 && walk.strides[0] * walk.dims[0] == stride) {
        walk.dims[0] *= dim;
        walk.count *= dim;
      } else {
        walk.push_front(dim, stride);
      }
    }
    stride *= dim;
  }
}

void reduce_floats(const Loops& loops, const Layout& layout, const float* x, float* y) {
  const Walk& kept = layout.kept;
  const Walk& gone = layout.gone;
  const int inner = layout.inner;
  const int outputs = kept.count * (layout.inner_reduced ? 1 : inner);
  if (outputs == 0) return;
  if (gone.count == 0 || (layout.inner_reduced && inner == 0)) {
    std::fill_n(y, outputs, loops.identity);
    return;
  }
  if (layout.inner_reduced) {
    const int64_t work = static_cast<int64_t>(gone.count) * inner / kLanes;
    const bool one_run = gone.count == 1 && inner <= kRunLength;
    parallel_for(kept.count, grain_for(work), [&](int begin, int end) {
      for (int k = begin; k < end; ++k) {
        const float* const from = x + kept.offset(k);
        y[k] =
            one_run ? loops.run(inner, from) : reduce_runs(loops, gone, 0, gone.count, inner, from);
      }
    });
    return;
  }
  const int groups = (inner + kColumns - 1) / kColumns;
  const int64_t work = static_cast<int64_t>(gone.count) * kColumns / kLanes;
  parallel_for(kept.count * groups, grain_for(work), [&](int begin, int end) {
    float* const spare =
        scratch_floats(ScratchUse::kReduction, static_cast<size_t>(inner) * halvings(gone.count));
    for (int i = begin; i < end;) {
      const int k = i / groups, from = i % groups, to = std::min(groups, from + end - i);
      const int first = from * kColumns, cols = std::min(to * kColumns, inner) - first;
      reduce_rows(loops, gone, 0, gone.count, cols, x + kept.offset(k) + first,
                  y + static_cast<ptrdiff_t>(k) * inner + first, spare);
      i += to - from;
    }
  });
}

/// One number after the other: these are rare. The sum wraps around, as int32 does in JavaScript
/// (`| 0`).
template <typename Fn>
void reduce_ints(const Layout& layout, int32_t identity, const int32_t* x, int32_t* y, Fn apply) {
  const int width = layout.inner_reduced ? 1 : layout.inner;
  std::fill_n(y, layout.kept.count * width, identity);
  for (int k = 0; k < layout.kept.count; ++k, y += width) {
    for (int r = 0; r < layout.gone.count; ++r) {
      const int32_t* const from = x + layout.kept.offset(k) + layout.gone.offset(r);
      if (layout.inner_reduced) {
        int32_t total = *y;
        for (int i = 0; i < layout.inner; ++i) total = apply(total, from[i]);
        *y = total;
      } else {
        for (int i = 0; i < layout.inner; ++i) y[i] = apply(y[i], from[i]);
      }
    }
  }
}

/// The index of the first element of x[o, :, i] that is greater than all before it; or less, if
/// `turned` are the bits that turn the order of T about.
template <typename T>
void arg_greatest(int outer, int axis, int inner, const void* data, int32_t turned, int32_t* y) {
  using Limits = std::numeric_limits<T>;
  const T* x = static_cast<const T*>(data);
  for (int o = 0; o < outer; ++o, x += static_cast<ptrdiff_t>(axis - 1) * inner) {
    for (int i = 0; i < inner; ++i, ++x) {
      T best = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
      int32_t place = 0;
      for (int a = 0; a < axis; ++a) {
        const auto bits = std::bit_cast<int32_t>(x[static_cast<ptrdiff_t>(a) * inner]);
        const T value = std::bit_cast<T>(bits ^ turned);
        if (!(value > best)) continue;
        best = value;
        place = a;
      }
      *y++ = place;
    }
  }
}

void arg_best(bool least, DType dtype, int outer, int axis, int inner, const void* x, int32_t* y) {
  if (dtype == DType::kFloat32) {
    arg_greatest<float>(outer, axis, inner, x, least ? INT32_MIN : 0, y);
  } else if (dtype == DType::kInt32) {
    arg_greatest<int32_t>(outer, axis, inner, x, least ? -1 : 0, y);
  } else {
    throw std::invalid_argument("argmax and argmin need float32 or int32");
  }
}

}  // namespace

void reduce(Reduction kind, DType dtype, int rank, const int* dims, const bool* reduced,
            const void* x, void* y) {
  const Layout layout(rank, dims, reduced);
  if (dtype == DType::kFloat32) {
    const Loops& loops = kind == Reduction::kMax   ? kLoops<Max>
                         : kind == Reduction::kMin ? kLoops<Min>
                                                   : kLoops<Sum>;
    reduce_floats(loops, layout, static_cast<const float*>(x), static_cast<float*>(y));
  } else if (dtype == DType::kInt32 && kind != Reduction::kMean) {
    using Limits = std::numeric_limits<int32_t>;
    const auto* const from = static_cast<const int32_t*>(x);
    auto* const to = static_cast<int32_t*>(y);
    if (kind == Reduction::kMax) {
      reduce_ints(layout, Limits::lowest(), from, to, std::ranges::max);
    } else if (kind == Reduction::kMin) {
      reduce_ints(layout, Limits::max(), from, to, std::ranges::min);
    } else {
      reduce_ints(layout, 0, from, to,
                  [](uint32_t a, uint32_t b) { return static_cast<int32_t>(a + b); });
    }
  } else {
    throw std::invalid_argument("reduce: the dtype does not have this reduction");
  }
  if (kind == Reduction::kMean) {
    int64_t outputs = 1;
    float count = 1;
    for (int d = 0; d < rank; ++d) {
      if (reduced[d]) {
        count *= static_cast<float>(dims[d]);
      } else {
        outputs *= dims[d];
      }
    }
    float* means = static_cast<float*>(y);
    for (int64_t i = 0; i < outputs; ++i) means[i] /= count;
  }
}

void argmax(DType dtype, int outer, int axis, int inner, const void* x, int32_t* y) {
  arg_best(false, dtype, outer, axis, inner, x, y);
}

void argmin(DType dtype, int outer, int axis, int inner, const void* x, int32_t* y) {
  arg_best(true, dtype, outer, axis, inner, x, y);
}

void sum_rows(int rows, int cols, const float* x, float* y, bool accumulate) {
  if (cols == 0) return;
  if (rows == 0) {
    if (!accumulate) std::fill_n(y, cols, 0.0f);
    return;
  }
  Walk walk;
  walk.push_front(rows, cols);
  const size_t depth = static_cast<size_t>(halvings(rows)) + 1;
  const int groups = (cols + kColumns - 1) / kColumns;
  parallel_for(
      groups, grain_for(static_cast<int64_t>(rows) * kColumns / 4), [&](int begin, int end) {
        const int first = begin * kColumns;
        const int width = std::min(end * kColumns, cols) - first;
        float* total = scratch_floats(ScratchUse::kReduction, depth * static_cast<size_t>(width));
        reduce_rows(kLoops<Sum>, walk, 0, rows, width, x + first, total, total + width);
        for (int j = 0; j < width; ++j) {
          y[first + j] = accumulate ? y[first + j] + total[j] : total[j];
        }
      });
}

}  // namespace heddle::kernels

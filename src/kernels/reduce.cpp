#include "kernels/reduce.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

constexpr int kMaxDims = 8;
// Sums of at most this many numbers (or rows) are made one after another, longer ones by halves.
constexpr int kRunLength = 1024;
constexpr int kRowsLength = 64;
// Columns of a piece of work, at least: a cache line.
constexpr int kColumns = 16;

struct Sum {
  template <typename T>
  static T identity() {
    return 0;
  }
  static float apply(float a, float b) { return a + b; }
  static int32_t apply(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
};

struct Max {
  template <typename T>
  static T identity() {
    if constexpr (std::numeric_limits<T>::has_infinity) return -std::numeric_limits<T>::infinity();
    return std::numeric_limits<T>::lowest();
  }
  template <typename T>
  static T apply(T a, T b) {
    return a > b || a != a ? a : b;
  }
};

struct Min {
  template <typename T>
  static T identity() {
    if constexpr (std::numeric_limits<T>::has_infinity) return std::numeric_limits<T>::infinity();
    return std::numeric_limits<T>::max();
  }
  template <typename T>
  static T apply(T a, T b) {
    return a < b || a != a ? a : b;
  }
};

/// n elements that lie side by side.
template <typename Op, typename T>
T reduce_run(int n, const T* x) {
  if (n > kRunLength) {
    const int half = n / 2 / kRunLength * kRunLength;
    const int first = half > 0 ? half : kRunLength;
    return Op::apply(reduce_run<Op>(first, x), reduce_run<Op>(n - first, x + first));
  }
  constexpr int kWays = 16;
  T result = Op::template identity<T>();
  int i = 0;
  if (n >= kWays) {
    T ways[kWays];
    for (int w = 0; w < kWays; ++w) ways[w] = x[w];
    for (i = kWays; i + kWays <= n; i += kWays) {
      for (int w = 0; w < kWays; ++w) ways[w] = Op::apply(ways[w], x[i + w]);
    }
    for (int width = kWays / 2; width > 0; width /= 2) {
      for (int w = 0; w < width; ++w) ways[w] = Op::apply(ways[w], ways[w + width]);
    }
    result = ways[0];
  }
  for (; i < n; ++i) result = Op::apply(result, x[i]);
  return result;
}

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

  ptrdiff_t offset(int index) const {
    if (rank == 1) return static_cast<ptrdiff_t>(index) * strides[0];
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
template <typename Op, typename T>
void reduce_rows(const Walk& rows, int begin, int end, int cols, const T* x, T* out, T* spare) {
  if (end - begin > kRowsLength) {
    const int middle = begin + (end - begin) / 2;
    reduce_rows<Op>(rows, begin, middle, cols, x, out, spare);
    reduce_rows<Op>(rows, middle, end, cols, x, spare, spare + cols);
    for (int j = 0; j < cols; ++j) out[j] = Op::apply(out[j], spare[j]);
    return;
  }
  const T* first = x + rows.offset(begin);
  std::copy(first, first + cols, out);
  int r = begin + 1;
  for (; r + 1 < end; r += 2) {  // two at a time: half the traffic to `out`
    const T* a = x + rows.offset(r);
    const T* b = x + rows.offset(r + 1);
    for (int j = 0; j < cols; ++j) out[j] = Op::apply(out[j], Op::apply(a[j], b[j]));
  }
  if (r < end) {
    const T* a = x + rows.offset(r);
    for (int j = 0; j < cols; ++j) out[j] = Op::apply(out[j], a[j]);
  }
}

int halvings(int rows) {
  int count = 1;
  for (; rows > kRowsLength; rows = (rows + 1) / 2) ++count;
  return count;
}

/// The result of every run in [begin, end) of a walk over rows that are `cols` long.
template <typename Op, typename T>
T reduce_runs(const Walk& rows, int begin, int end, int cols, const T* x) {
  if (end - begin > kRowsLength) {
    const int middle = begin + (end - begin) / 2;
    return Op::apply(reduce_runs<Op>(rows, begin, middle, cols, x),
                     reduce_runs<Op>(rows, middle, end, cols, x));
  }
  T result = reduce_run<Op>(cols, x + rows.offset(begin));
  for (int r = begin + 1; r < end; ++r) {
    result = Op::apply(result, reduce_run<Op>(cols, x + rows.offset(r)));
  }
  return result;
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

template <typename Op, typename T>
void reduce_as(const Layout& layout, const T* x, T* y) {
  const Walk& kept = layout.kept;
  const Walk& gone = layout.gone;
  const int inner = layout.inner;
  const int outputs = kept.count * (layout.inner_reduced ? 1 : inner);
  if (outputs == 0) return;
  if (gone.count == 0 || (layout.inner_reduced && inner == 0)) {
    std::fill_n(y, outputs, Op::template identity<T>());
    return;
  }
  if (layout.inner_reduced) {
    const int64_t work = static_cast<int64_t>(gone.count) * inner / 4;
    parallel_for(kept.count, grain_for(work), [&](int begin, int end) {
      for (int k = begin; k < end; ++k) {
        y[k] = reduce_runs<Op>(gone, 0, gone.count, inner, x + kept.offset(k));
      }
    });
    return;
  }
  const int groups = (inner + kColumns - 1) / kColumns;
  const int64_t work = static_cast<int64_t>(gone.count) * kColumns / 4;
  parallel_for(kept.count * groups, grain_for(work), [&](int begin, int end) {
    const size_t room = static_cast<size_t>(inner) * halvings(gone.count) * sizeof(T);
    T* spare = static_cast<T*>(scratch_bytes(ScratchUse::kReduction, room));
    for (int i = begin; i < end;) {
      const int k = i / groups, from = i % groups, to = std::min(groups, from + end - i);
      const int first = from * kColumns, cols = std::min(to * kColumns, inner) - first;
      reduce_rows<Op>(gone, 0, gone.count, cols, x + kept.offset(k) + first,
                      y + static_cast<ptrdiff_t>(k) * inner + first, spare);
      i += to - from;
    }
  });
}

template <typename T>
bool reduce_numbers(Reduction kind, const Layout& layout, const void* x, void* y) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  switch (kind) {
    case Reduction::kSum:
    case Reduction::kMean:
      reduce_as<Sum>(layout, from, to);
      return true;
    case Reduction::kMax:
      reduce_as<Max>(layout, from, to);
      return true;
    case Reduction::kMin:
      reduce_as<Min>(layout, from, to);
      return true;
  }
  return false;
}

/// The index of the first element of x[o, :, i] that is better than all before it.
template <typename T, typename Better>
void arg_best(int outer, int axis, int inner, const T* x, T worst, Better better, int32_t* y) {
  constexpr int kBlock = 256;
  T best[kBlock];
  for (int o = 0; o < outer; ++o) {
    for (int i0 = 0; i0 < inner; i0 += kBlock) {
      const int n = std::min(kBlock, inner - i0);
      const T* from = x + i0;
      int32_t* to = y + i0;
      std::fill_n(best, n, worst);
      std::fill_n(to, n, 0);
      for (int a = 0; a < axis; ++a, from += inner) {
        for (int i = 0; i < n; ++i) {
          if (!better(from[i], best[i])) continue;
          best[i] = from[i];
          to[i] = a;
        }
      }
    }
    x += static_cast<ptrdiff_t>(axis) * inner;
    y += inner;
  }
}

template <typename Op, typename Better>
void arg_best(DType dtype, int outer, int axis, int inner, const void* x, Better better,
              int32_t* y) {
  if (dtype == DType::kFloat32) {
    arg_best(outer, axis, inner, static_cast<const float*>(x), Op::template identity<float>(),
             better, y);
  } else if (dtype == DType::kInt32) {
    arg_best(outer, axis, inner, static_cast<const int32_t*>(x), Op::template identity<int32_t>(),
             better, y);
  } else {
    throw std::invalid_argument("argmax and argmin need float32 or int32");
  }
}

}  // namespace

void reduce(Reduction kind, DType dtype, int rank, const int* dims, const bool* reduced,
            const void* x, void* y) {
  bool known = false;
  const Layout layout(rank, dims, reduced);
  if (dtype == DType::kFloat32) {
    known = reduce_numbers<float>(kind, layout, x, y);
  } else if (dtype == DType::kInt32) {
    known = kind != Reduction::kMean && reduce_numbers<int32_t>(kind, layout, x, y);
  }
  if (!known) throw std::invalid_argument("reduce: the dtype does not have this reduction");
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
  arg_best<Max>(dtype, outer, axis, inner, x, [](auto a, auto b) { return a > b; }, y);
}

void argmin(DType dtype, int outer, int axis, int inner, const void* x, int32_t* y) {
  arg_best<Min>(dtype, outer, axis, inner, x, [](auto a, auto b) { return a < b; }, y);
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
        reduce_rows<Sum>(walk, 0, rows, width, x + first, total, total + width);
        for (int j = 0; j < width; ++j) {
          y[first + j] = accumulate ? y[first + j] + total[j] : total[j];
        }
      });
}

}  // namespace heddle::kernels

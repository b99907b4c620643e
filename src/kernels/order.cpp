#include "kernels/order.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <numeric>

namespace heddle::kernels {
namespace {

template <typename T>
T plus(T a, T b) {
  return a + b;
}
/// Wraps around, as int32 does in JavaScript.
template <>
int32_t plus(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

template <typename T>
void cumsum_as(int outer, int axis, int inner, bool exclusive, bool reverse, const T* x, T* y) {
  const ptrdiff_t block = static_cast<ptrdiff_t>(axis) * inner;
  const ptrdiff_t step = reverse ? -inner : inner;
  for (int o = 0; o < outer; ++o) {
    const ptrdiff_t first = o * block + (reverse ? block - inner : 0);
    for (int i = 0; i < inner; ++i) y[first + i] = exclusive ? T{0} : x[first + i];
    for (int a = 1; a < axis; ++a) {
      T* to = y + first + a * step;
      const T* before = to - step;
      const T* from = x + first + (exclusive ? a - 1 : a) * step;
      for (int i = 0; i < inner; ++i) to[i] = plus(before[i], from[i]);
    }
  }
}

/// A number that compares as the float does; NaN is least, and both zeros are one.
int32_t sortable(float x) {
  if (x != x) return INT32_MIN;
  const auto bits = std::bit_cast<int32_t>(x + 0.0f);
  return bits < 0 ? bits ^ INT32_MAX : bits;
}

template <typename T>
void search_as(int rows, int cols, int count, bool right, const T* sorted, const T* values,
               int32_t* y) {
  for (int r = 0; r < rows; ++r, sorted += cols, values += count, y += count) {
    for (int j = 0; j < count; ++j) {
      const T* const place = right ? std::upper_bound(sorted, sorted + cols, values[j])
                                   : std::lower_bound(sorted, sorted + cols, values[j]);
      y[j] = static_cast<int32_t>(place - sorted);
    }
  }
}

const float* floats(const void* data) { return static_cast<const float*>(data); }
const int32_t* ints(const void* data) { return static_cast<const int32_t*>(data); }

}  // namespace

void cumsum(DType dtype, int outer, int axis, int inner, bool exclusive, bool reverse,
            const void* x, void* y) {
  if (dtype == DType::kFloat32) {
    cumsum_as(outer, axis, inner, exclusive, reverse, floats(x), static_cast<float*>(y));
  } else {
    cumsum_as(outer, axis, inner, exclusive, reverse, ints(x), static_cast<int32_t*>(y));
  }
}

void top_k(DType dtype, int rows, int cols, int k, const void* x, int32_t* spare, int32_t* y) {
  int32_t* const keys = spare + cols;
  for (ptrdiff_t r = 0; r < rows; ++r, y += k) {
    for (int i = 0; i < cols; ++i) {
      keys[i] =
          dtype == DType::kFloat32 ? sortable(floats(x)[r * cols + i]) : ints(x)[r * cols + i];
    }
    std::iota(spare, spare + cols, 0);
    std::partial_sort(spare, spare + k, spare + cols, [keys](int32_t a, int32_t b) {
      return keys[a] != keys[b] ? keys[a] > keys[b] : a < b;
    });
    std::copy_n(spare, k, y);
  }
}

void search_sorted(DType dtype, int rows, int cols, int count, bool right, const void* sorted,
                   const void* values, int32_t* y) {
  if (dtype == DType::kFloat32) {
    search_as(rows, cols, count, right, floats(sorted), floats(values), y);
  } else {
    search_as(rows, cols, count, right, ints(sorted), ints(values), y);
  }
}

}  // namespace heddle::kernels

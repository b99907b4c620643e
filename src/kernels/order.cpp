#include "kernels/order.h"

#include <algorithm>
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

template <typename T>
void top_k_as(int rows, int cols, int k, const T* x, int32_t* spare, int32_t* y) {
  for (int r = 0; r < rows; ++r, x += cols, y += k) {
    const auto greater = [x](int32_t a, int32_t b) {
      if (x[a] > x[b]) return true;
      if (x[a] < x[b]) return false;
      if (x[a] == x[b]) return a < b;
      const bool nan_a = x[a] != x[a];
      const bool nan_b = x[b] != x[b];
      return nan_a == nan_b ? a < b : nan_b;
    };
    std::iota(spare, spare + cols, 0);
    std::partial_sort(spare, spare + k, spare + cols, greater);
    std::copy_n(spare, k, y);
  }
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
  if (dtype == DType::kFloat32) {
    top_k_as(rows, cols, k, floats(x), spare, y);
  } else {
    top_k_as(rows, cols, k, ints(x), spare, y);
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

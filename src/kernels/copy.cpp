#include "kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "kernels/simd.h"

namespace heddle::kernels {
namespace {

constexpr int kMaxDims = 8;

/// Dims and strides without dims of size 1, neighbours joined where both sides walk on evenly.
struct Walk {
  int rank = 0;
  int dims[kMaxDims] = {};
  int src[kMaxDims] = {};
  int dst[kMaxDims] = {};
};

Walk merge(int rank, const int* dims, const int* src_strides, const int* dst_strides) {
  Walk walk;
  for (int d = 0; d < rank; ++d) {
    if (dims[d] == 1) continue;
    const int last = walk.rank - 1;
    const bool joins = walk.rank > 0 && walk.src[last] == src_strides[d] * dims[d] &&
                       walk.dst[last] == dst_strides[d] * dims[d];
    const int at = joins ? last : walk.rank++;
    walk.dims[at] = joins ? walk.dims[at] * dims[d] : dims[d];
    walk.src[at] = src_strides[d];
    walk.dst[at] = dst_strides[d];
  }
  return walk;
}

template <typename T>
void copy_line(int n, const T* src, int src_stride, T* dst, int dst_stride) {
  if (src_stride == 1 && dst_stride == 1) {
    std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(T));
  } else if (src_stride == 0 && dst_stride == 1) {
    std::fill_n(dst, n, *src);
  } else {
    for (int i = 0; i < n; ++i) dst[i * dst_stride] = src[i * src_stride];
  }
}

/// dst[i * dst_row + j] = src[j * src_row + i] for i < rows, j < cols: a transposed block, by 4x4
/// pieces while they fit.
template <typename T>
void copy_transposed(int rows, int cols, const T* src, int src_row, T* dst, int dst_row) {
  constexpr int kBlock = 32;  // both sides' cache lines stay at hand within a block
  for (int i0 = 0; i0 < rows; i0 += kBlock) {
    const int i1 = std::min(i0 + kBlock, rows);
    for (int j = 0; j < cols;) {
      int i = i0;
      int step = 1;
      if constexpr (sizeof(T) == 4) {
        if (j + 4 <= cols) {
          step = 4;
          for (; i + 4 <= i1; i += 4) {
            const float* from = reinterpret_cast<const float*>(src + j * src_row + i);
            float* to = reinterpret_cast<float*>(dst + i * dst_row + j);
            simd::F32x4 a = simd::load(from), b = simd::load(from + src_row),
                        c = simd::load(from + 2 * src_row), d = simd::load(from + 3 * src_row);
            simd::transpose(a, b, c, d);
            simd::store(to, a);
            simd::store(to + dst_row, b);
            simd::store(to + 2 * dst_row, c);
            simd::store(to + 3 * dst_row, d);
          }
        }
      }
      for (; i < i1; ++i) {
        for (int s = 0; s < step; ++s) dst[i * dst_row + j + s] = src[(j + s) * src_row + i];
      }
      j += step;
    }
  }
}

template <typename T>
void copy_walk(const Walk& walk, const T* src, T* dst) {
  if (walk.rank == 0) {
    *dst = *src;
    return;
  }
  // The two innermost dims are one call: a matrix, turned if the sides disagree.
  const int inner = walk.rank - 1;
  int turned = -1;  // the dim along which the source is dense while the destination's is `inner`
  if (walk.dst[inner] == 1 && walk.src[inner] != 1) {
    for (int d = 0; d < inner; ++d) {
      if (walk.src[d] == 1 && walk.src[inner] > 0 && walk.dst[d] > 0) turned = d;
    }
  }
  int index[kMaxDims] = {};
  while (true) {
    if (turned >= 0) {
      copy_transposed(walk.dims[turned], walk.dims[inner], src, walk.src[inner], dst,
                      walk.dst[turned]);
    } else {
      copy_line(walk.dims[inner], src, walk.src[inner], dst, walk.dst[inner]);
    }
    int d = inner - 1;
    for (; d >= 0; --d) {
      if (d == turned) continue;
      src += walk.src[d];
      dst += walk.dst[d];
      if (++index[d] < walk.dims[d]) break;
      src -= walk.src[d] * walk.dims[d];
      dst -= walk.dst[d] * walk.dims[d];
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

void dense_strides(int rank, const int* dims, int* strides) {
  int stride = 1;
  for (int d = rank - 1; d >= 0; --d) {
    strides[d] = stride;
    stride *= dims[d];
  }
}

const char* at(const void* data, size_t element_size, ptrdiff_t offset) {
  return static_cast<const char*>(data) + offset * static_cast<ptrdiff_t>(element_size);
}
char* at(void* data, size_t element_size, ptrdiff_t offset) {
  return static_cast<char*>(data) + offset * static_cast<ptrdiff_t>(element_size);
}

/// The strides that walk through a box of a dense array, and where it begins.
int box(int rank, const int* dims, const int* begin, const int* steps, int* strides) {
  dense_strides(rank, dims, strides);
  int offset = 0;
  for (int d = 0; d < rank; ++d) {
    offset += begin[d] * strides[d];
    if (steps) strides[d] *= steps[d];
  }
  return offset;
}

}  // namespace

void copy_strided(size_t element_size, int rank, const int* dims, const void* src,
                  const int* src_strides, void* dst, const int* dst_strides) {
  for (int d = 0; d < rank; ++d) {
    if (dims[d] == 0) return;
  }
  const Walk walk = merge(rank, dims, src_strides, dst_strides);
  if (element_size == 4) {
    copy_walk(walk, static_cast<const uint32_t*>(src), static_cast<uint32_t*>(dst));
  } else {
    copy_walk(walk, static_cast<const uint8_t*>(src), static_cast<uint8_t*>(dst));
  }
}

void transpose(size_t element_size, int rank, const int* dims, const int* perm, const void* x,
               void* y) {
  int x_strides[kMaxDims], y_dims[kMaxDims], from[kMaxDims], to[kMaxDims];
  dense_strides(rank, dims, x_strides);
  for (int d = 0; d < rank; ++d) {
    y_dims[d] = dims[perm[d]];
    from[d] = x_strides[perm[d]];
  }
  dense_strides(rank, y_dims, to);
  copy_strided(element_size, rank, y_dims, x, from, y, to);
}

void slice(size_t element_size, int rank, const int* dims, const int* begin, const int* size,
           const int* steps, const void* x, void* y) {
  int from[kMaxDims], to[kMaxDims];
  const int offset = box(rank, dims, begin, steps, from);
  dense_strides(rank, size, to);
  copy_strided(element_size, rank, size, at(x, element_size, offset), from, y, to);
}

void write_slice(size_t element_size, int rank, const int* dims, const int* begin, const int* size,
                 const int* steps, const void* x, void* y) {
  int from[kMaxDims], to[kMaxDims];
  dense_strides(rank, size, from);
  const int offset = box(rank, dims, begin, steps, to);
  copy_strided(element_size, rank, size, x, from, at(y, element_size, offset), to);
}

void pad(size_t element_size, int rank, const int* dims, const int* before, const int* after,
         const void* value, const void* x, void* y) {
  // The innermost dims that are not padded are copied in one piece.
  int64_t run = 1;
  int inner = rank - 1;
  for (; inner >= 0 && before[inner] + after[inner] == 0; --inner) run *= dims[inner];
  int64_t inside[kMaxDims];  // elements of y for one index of each dim
  int64_t size = run;
  for (int d = inner; d >= 0; --d) {
    inside[d] = size;
    size *= before[d] + dims[d] + after[d];
  }
  const char* from = static_cast<const char*>(x);
  char* to = static_cast<char*>(y);
  const auto put = [&](int64_t count) {
    fill(element_size, count, value, to);
    to += static_cast<size_t>(count) * element_size;
  };
  if (inner >= 0) run *= dims[inner];  // all cells of a line lie side by side
  const auto place = [&](const auto& self, int d) -> void {
    if (d <= inner) put(before[d] * inside[d]);
    if (d >= inner) {
      const size_t bytes = static_cast<size_t>(run) * element_size;
      std::memcpy(to, from, bytes);
      from += bytes;
      to += bytes;
    } else {
      for (int i = 0; i < dims[d]; ++i) self(self, d + 1);
    }
    if (d <= inner) put(after[d] * inside[d]);
  };
  place(place, 0);
}

void concat(size_t element_size, int outer, int count, const void* const* pieces, const int* widths,
            void* y) {
  size_t row = 0;
  for (int i = 0; i < count; ++i) row += static_cast<size_t>(widths[i]) * element_size;
  char* to = static_cast<char*>(y);
  for (int i = 0; i < count; ++i) {
    const size_t width = static_cast<size_t>(widths[i]) * element_size;
    if (width == 0) continue;
    const char* from = static_cast<const char*>(pieces[i]);
    for (int o = 0; o < outer; ++o) std::memcpy(to + o * row, from + o * width, width);
    to += width;
  }
}

void split(size_t element_size, int outer, int count, const void* x, const int* widths,
           void* const* pieces) {
  size_t row = 0;
  for (int i = 0; i < count; ++i) row += static_cast<size_t>(widths[i]) * element_size;
  const char* from = static_cast<const char*>(x);
  for (int i = 0; i < count; ++i) {
    const size_t width = static_cast<size_t>(widths[i]) * element_size;
    if (width == 0) continue;
    if (char* to = static_cast<char*>(pieces[i])) {
      for (int o = 0; o < outer; ++o) std::memcpy(to + o * width, from + o * row, width);
    }
    from += width;
  }
}

void gather(size_t element_size, int outer, int rows, int inner, int count, const void* x,
            const int32_t* indices, void* y) {
  const size_t row = static_cast<size_t>(inner) * element_size;
  if (row == 0) return;
  const char* from = static_cast<const char*>(x);
  char* to = static_cast<char*>(y);
  for (int o = 0; o < outer; ++o) {
    for (int j = 0; j < count; ++j) {
      std::memcpy(to, from + static_cast<size_t>(indices[j]) * row, row);
      to += row;
    }
    from += static_cast<size_t>(rows) * row;
  }
}

void scatter_add(int outer, int rows, int inner, int count, const float* x, const int32_t* indices,
                 float* y) {
  for (int o = 0; o < outer; ++o) {
    for (int j = 0; j < count; ++j) {
      float* to = y + static_cast<ptrdiff_t>(indices[j]) * inner;
      int i = 0;
      for (; i + simd::kLanes <= inner; i += simd::kLanes) {
        simd::store(to + i, simd::load(to + i) + simd::load(x + i));
      }
      for (; i < inner; ++i) to[i] += x[i];
      x += inner;
    }
    y += static_cast<ptrdiff_t>(rows) * inner;
  }
}

void one_hot(size_t element_size, int count, int depth, const int32_t* indices, const void* on,
             const void* off, void* y) {
  fill(element_size, static_cast<int64_t>(count) * depth, off, y);
  for (int i = 0; i < count; ++i) {
    if (indices[i] < 0 || indices[i] >= depth) continue;
    std::memcpy(at(y, element_size, static_cast<ptrdiff_t>(i) * depth + indices[i]), on,
                element_size);
  }
}

void tile(size_t element_size, int rank, const int* dims, const int* reps, const void* x, void* y) {
  // The axes one by one, innermost first: what is already in y is the block to repeat.
  int64_t x_count = 1, y_count = 1;
  for (int d = 0; d < rank; ++d) {
    x_count *= dims[d];
    y_count *= static_cast<int64_t>(dims[d]) * reps[d];
  }
  if (y_count == 0) return;
  // Blocks that are still apart lie at the end of y, so that spreading them out to the front never
  // overwrites what is to come.
  char* y_bytes = static_cast<char*>(y);
  const size_t total = static_cast<size_t>(y_count) * element_size;
  size_t held = static_cast<size_t>(x_count) * element_size;
  std::memcpy(y_bytes + total - held, x, held);
  size_t block = element_size;
  for (int d = rank - 1; d >= 0; --d) {
    block *= static_cast<size_t>(dims[d]);
    if (reps[d] != 1) {
      const size_t blocks = held / block;
      const size_t grown = held * static_cast<size_t>(reps[d]);
      const char* from = y_bytes + total - held;
      char* to = y_bytes + total - grown;
      for (size_t b = 0; b < blocks; ++b) {
        // The block may lie where its own last copy goes.
        for (int r = 0; r < reps[d]; ++r) std::memmove(to + r * block, from, block);
        from += block;
        to += block * static_cast<size_t>(reps[d]);
      }
      held = grown;
      block *= static_cast<size_t>(reps[d]);
    }
  }
}

void reverse(size_t element_size, int rank, const int* dims, const bool* reversed, const void* x,
             void* y) {
  int from[kMaxDims], to[kMaxDims];
  dense_strides(rank, dims, from);
  dense_strides(rank, dims, to);
  ptrdiff_t offset = 0;
  for (int d = 0; d < rank; ++d) {
    if (dims[d] == 0) return;
    if (!reversed[d]) continue;
    offset += static_cast<ptrdiff_t>(dims[d] - 1) * from[d];
    from[d] = -from[d];
  }
  copy_strided(element_size, rank, dims, at(x, element_size, offset), from, y, to);
}

void fill(size_t element_size, int64_t count, const void* value, void* y) {
  if (count <= 0) return;
  const size_t n = static_cast<size_t>(count);
  uint32_t word = 0;
  std::memcpy(&word, value, element_size);
  if (element_size == 1 || word == 0) {
    std::memset(y, static_cast<int>(word), n * element_size);
    return;
  }
  auto* const to = static_cast<int32_t*>(y);
  const simd::I32x4 words = simd::splat(static_cast<int32_t>(word));
  size_t i = 0;
  for (; i + simd::kLanes <= n; i += simd::kLanes) simd::store(to + i, words);
  for (; i < n; ++i) to[i] = words[0];
}

}  // namespace heddle::kernels

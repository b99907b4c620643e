#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::kernels {

// All of these move elements of 1 or 4 bytes without looking at them (`element_size`). Strides and
// sizes count in elements. Ranks are 0 to 8.

/// dst[i·dst_strides] = src[i·src_strides] for every index i of dims. Any strides: negative
/// reverses, a source stride of 0 repeats. Transposes, slices, broadcasts and the pieces of a
/// concatenation are this one call.
void copy_strided(size_t element_size, int rank, const int* dims, const void* src,
                  const int* src_strides, void* dst, const int* dst_strides);

/// y = x with its axes in the order `perm`: y's axis i is x's axis perm[i]. x has shape dims,
/// dense.
void transpose(size_t element_size, int rank, const int* dims, const int* perm, const void* x,
               void* y);

/// y = the box of x (shape dims, dense) that begins at `begin`, has `size` elements per axis and
/// takes every steps[axis]-th of them (steps may be null: 1; negative steps run backwards).
void slice(size_t element_size, int rank, const int* dims, const int* begin, const int* size,
           const int* steps, const void* x, void* y);

/// Writes x (shape `size`, dense) into the box of y (shape dims, dense) that begins at `begin`: the
/// rest of y is left alone. The gradient of slice is fill + this.
void write_slice(size_t element_size, int rank, const int* dims, const int* begin, const int* size,
                 const int* steps, const void* x, void* y);

/// y = x (shape dims) with `before[axis]` and `after[axis]` cells of `value` around it. `value`
/// points to one element.
void pad(size_t element_size, int rank, const int* dims, const int* before, const int* after,
         const void* value, const void* x, void* y);

/// y[outer, sum(widths)] = the pieces side by side; piece i is [outer, widths[i]], dense.
/// Concatenation over an axis: outer is the product of the axes before it, a width the product of
/// the rest.
void concat(size_t element_size, int outer, int count, const void* const* pieces, const int* widths,
            void* y);

/// The reverse of concat: writes pieces from x. A null piece is passed over.
void split(size_t element_size, int outer, int count, const void* x, const int* widths,
           void* const* pieces);

/// y[o, j, :] = x[o, indices[j], :]; x is [outer, rows, inner], y is [outer, count, inner]. Indices
/// are within [0, rows): the caller has checked.
void gather(size_t element_size, int outer, int rows, int inner, int count, const void* x,
            const int32_t* indices, void* y);

/// y[o, indices[j], :] += x[o, j, :]: the gradient of gather, float32. y is [outer, rows, inner]
/// and not cleared first.
void scatter_add(int outer, int rows, int inner, int count, const float* x, const int32_t* indices,
                 float* y);

/// y[i, j] = (indices[i] == j ? on : off); y is [count, depth] of 4-byte or 1-byte elements, `on`
/// and `off` point to one element each. An index outside [0, depth) gives a row of off.
void one_hot(size_t element_size, int count, int depth, const int32_t* indices, const void* on,
             const void* off, void* y);

/// y = x (shape dims, dense) repeated reps[axis] times along each axis.
void tile(size_t element_size, int rank, const int* dims, const int* reps, const void* x, void* y);

/// y = x with the axes where `reversed[axis]` running backwards.
void reverse(size_t element_size, int rank, const int* dims, const bool* reversed, const void* x,
             void* y);

/// `count` elements of y become the element that `value` points to.
void fill(size_t element_size, int64_t count, const void* value, void* y);

}  // namespace heddle::kernels

#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::kernels {

/// A read-only matrix anywhere in memory: element (i, j) is `data[i * row_stride + j *
/// col_stride]`. A row-major matrix [rows, cols] has strides (cols, 1), its transpose (1, cols).
struct MatrixRef {
  const float* data;
  ptrdiff_t row_stride;
  ptrdiff_t col_stride;
};

/// Activations that a product can apply while its result is still in registers.
enum class Activation : uint8_t { kNone, kRelu, kRelu6, kSigmoid, kTanh };

/// What happens to a product before it is stored:
/// `c = activation((accumulate ? c : 0) + a·b + bias)`.
struct Epilogue {
  const float* bias = nullptr;  // [n], one per column; none when null
  Activation activation = Activation::kNone;
  bool accumulate = false;
};

/// The matrix product `c = epilogue(a·b)`: a is [m, k], b is [k, n], c is row-major [m, n] with
/// `ldc` elements from one row to the next (ldc >= n). Strides of a and b may be anything, also 0.
/// c must not overlap a or b. With k = 0 the product is zero: the epilogue still applies.
///
/// Method: Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
void gemm(int m, int n, int k, MatrixRef a, MatrixRef b, float* c, ptrdiff_t ldc,
          const Epilogue& epilogue = {});

/// Whether packing b takes a good part of such a product's time, and a packed b little more memory:
/// then who multiplies by the same matrix again and again packs it once.
bool packing_shows(int m, int n, int k);

/// Floats that a packed [k, n] takes.
size_t packed_matrix_size(int n, int k);

/// Packs b, [k, n], for gemm_packed.
void pack_matrix(int n, int k, MatrixRef b, float* out);

/// gemm with a right operand that pack_matrix has packed.
void gemm_packed(int m, int n, int k, MatrixRef a, const float* b, float* c, ptrdiff_t ldc,
                 const Epilogue& epilogue = {});

/// `batch` products one after another: operand i of a begins at `a.data + i * a_step`, and so on
/// (a step of 0 uses the same matrix for all). The steps count in elements.
void gemm_batched(int batch, int m, int n, int k, MatrixRef a, ptrdiff_t a_step, MatrixRef b,
                  ptrdiff_t b_step, float* c, ptrdiff_t ldc, ptrdiff_t c_step,
                  const Epilogue& epilogue = {});

}  // namespace heddle::kernels

#pragma once

#include <cstddef>

namespace heddle::kernels {

/// Bytes of scratch that `qr` needs for an m x n matrix and q with `columns` columns.
size_t qr_scratch(int m, int n, int columns);

/// x = q r by reflections (Householder 1958), which are Eigen's: x [m, n], q [m, columns] with
/// orthonormal columns, r [columns, n] upper triangular; `columns` is min(m, n), or m. The signs
/// are TensorFlow.js's.
void qr(int m, int n, int columns, const float* x, double* scratch, float* q, float* r);

/// x [n, n] = the inverse of the upper triangle of u [n, n]; its lower triangle is not read.
/// Numbers that are not finite stand where there is no inverse.
void invert_upper(int n, const float* u, float* x);

}  // namespace heddle::kernels

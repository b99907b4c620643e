#include "kernels/linalg.h"

#include <algorithm>
#include <cmath>

namespace heddle::kernels {
namespace {

/// Reflects columns [first, columns) of a [rows, columns]: a -= tau v (vᵀ a). v has its first
/// element, a 1, at row `top`.
void reflect(int top, int rows, int first, int columns, const double* v, double tau, double* a) {
  for (int j = first; j < columns; ++j) {
    double along = 0;
    for (int i = top; i < rows; ++i) along += v[i] * a[static_cast<ptrdiff_t>(i) * columns + j];
    for (int i = top; i < rows; ++i) {
      a[static_cast<ptrdiff_t>(i) * columns + j] -= tau * along * v[i];
    }
  }
}

}  // namespace

size_t qr_scratch(int m, int n, int columns) {
  const auto rows = static_cast<size_t>(m);
  const auto reflections = static_cast<size_t>(std::min(m, n));
  // The matrix, q, the directions and their factors.
  return (rows * (static_cast<size_t>(n) + static_cast<size_t>(columns) + reflections) +
          reflections) *
         sizeof(double);
}

void qr(int m, int n, int columns, const float* x, double* scratch, float* q, float* r) {
  const int reflections = std::min(m, n);
  double* const a = scratch;
  double* const basis = a + static_cast<ptrdiff_t>(m) * n;
  double* const directions = basis + static_cast<ptrdiff_t>(m) * columns;
  double* const tau = directions + static_cast<ptrdiff_t>(m) * reflections;
  std::copy_n(x, static_cast<ptrdiff_t>(m) * n, a);
  for (int j = 0; j < reflections; ++j) {
    double* const v = directions + static_cast<ptrdiff_t>(j) * m;
    double squares = 0;
    for (int i = j; i < m; ++i) {
      v[i] = a[static_cast<ptrdiff_t>(i) * n + j];
      squares += v[i] * v[i];
    }
    // Onto the axis, on the other side, so that nothing cancels.
    const double head = v[j];
    const double target = head > 0 ? -std::sqrt(squares) : std::sqrt(squares);
    const double length = head - target;
    tau[j] = length == 0 ? 0 : -length / target;
    for (int i = j + 1; i < m; ++i) v[i] = length == 0 ? 0 : v[i] / length;
    v[j] = 1;
    reflect(j, m, j, n, v, tau[j], a);
  }
  std::fill_n(basis, static_cast<ptrdiff_t>(m) * columns, 0.0);
  for (int j = 0; j < columns; ++j) basis[static_cast<ptrdiff_t>(j) * columns + j] = 1;
  for (int j = reflections - 1; j >= 0; --j) {
    reflect(j, m, 0, columns, directions + static_cast<ptrdiff_t>(j) * m, tau[j], basis);
  }
  for (ptrdiff_t i = 0; i < static_cast<ptrdiff_t>(m) * columns; ++i) {
    q[i] = static_cast<float>(basis[i]);
  }
  for (int i = 0; i < columns; ++i) {
    for (int j = 0; j < n; ++j) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(i) * n + j;
      r[at] = j < i ? 0.0f : static_cast<float>(a[at]);
    }
  }
}

void invert_upper(int n, const float* u, float* x) {
  const auto at = [n](int i, int j) { return static_cast<ptrdiff_t>(i) * n + j; };
  for (int j = 0; j < n; ++j) {
    for (int i = n - 1; i >= 0; --i) {
      double total = i == j ? 1 : 0;
      for (int k = i + 1; k <= j; ++k) {
        total -= static_cast<double>(u[at(i, k)]) * static_cast<double>(x[at(k, j)]);
      }
      x[at(i, j)] = i > j ? 0.0f : static_cast<float>(total / static_cast<double>(u[at(i, i)]));
    }
  }
}

}  // namespace heddle::kernels

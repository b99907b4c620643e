#include "kernels/linalg.h"

#include <Eigen/Householder>
#include <algorithm>

namespace heddle::kernels {
namespace {

using Columns = Eigen::Ref<Eigen::MatrixXd, 0, Eigen::OuterStride<>>;

/// Turns columns about by the reflection 1 - tau v vᵀ, v = (1, tail): one by one, where Eigen's
/// applyHouseholderOnTheLeft goes by its product of a matrix and a vector, ten times the code.
void reflect(Columns columns, const Eigen::Ref<const Eigen::VectorXd>& tail, double tau) {
  for (auto column : columns.colwise()) {
    auto below = column.tail(tail.size());
    const double share = tau * (column(0) + tail.dot(below));
    column(0) -= share;
    below -= share * tail;
  }
}

}  // namespace

size_t qr_scratch(int m, int n, int columns) {
  const auto rows = static_cast<size_t>(m);
  const auto reflections = static_cast<size_t>(std::min(m, n));
  // The matrix, q, and the factors of the reflections.
  return (rows * static_cast<size_t>(n) + rows * static_cast<size_t>(columns) + reflections) *
         sizeof(double);
}

// Eigen's class HouseholderQR does these steps in blocks, by its own matrix product: three times
// the code, for matrices larger than anybody decomposes here.
void qr(int m, int n, int columns, const float* x, double* scratch, float* q, float* r) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const int reflections = std::min(m, n);
  Eigen::Map<Eigen::MatrixXd> a(scratch, m, n);
  Eigen::Map<Eigen::MatrixXd> basis(a.data() + a.size(), m, columns);
  double* const tau = basis.data() + basis.size();

  // Eigen reflects away from the sign of a head, and 0 counts as positive; for TensorFlow.js it
  // counts as negative. Of -x, both make the same reflections.
  a = -Eigen::Map<const RowMajor>(x, m, n).cast<double>();
  for (int j = 0; j < reflections; ++j) {
    double head = 0;
    a.col(j).tail(m - j).makeHouseholderInPlace(tau[j], head);
    if (tau[j] == 0) {  // nothing below the head: TensorFlow.js turns its sign all the same
      tau[j] = 2;
      head = -head;
    }
    a(j, j) = head;
    reflect(a.bottomRightCorner(m - j, n - j - 1), a.col(j).tail(m - j - 1), tau[j]);
  }
  basis.setIdentity();
  for (int j = reflections - 1; j >= 0; --j) {
    reflect(basis.bottomRows(m - j), a.col(j).tail(m - j - 1), tau[j]);
  }
  Eigen::Map<RowMajor>(q, m, columns) = basis.cast<float>();
  for (int i = 0; i < columns; ++i) {
    for (int j = 0; j < n; ++j) {
      r[static_cast<ptrdiff_t>(i) * n + j] = j < i ? 0.0f : static_cast<float>(-a(i, j));
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

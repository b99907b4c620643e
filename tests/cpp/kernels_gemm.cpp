#include "kernels/gemm.h"

#include "kernels/scratch.h"
#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::expect_close;
using testing::Numbers;

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kRelu6:
      return std::min(std::max(x, 0.0), 6.0);
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kTanh:
      return std::tanh(x);
    default:
      return x;
  }
}

/// How an operand of [rows, cols] lies in memory.
enum class Layout { kRows, kColumns, kPadded, kSpread };

struct Matrix {
  std::vector<float> values;
  MatrixRef ref;

  Matrix(int rows, int cols, Layout layout, Numbers& numbers) : ref{nullptr, 0, 0} {
    switch (layout) {
      case Layout::kRows:
        ref = {nullptr, cols, 1};
        break;
      case Layout::kColumns:
        ref = {nullptr, 1, rows};
        break;
      case Layout::kPadded:
        ref = {nullptr, cols + 5, 1};
        break;
      case Layout::kSpread:
        ref = {nullptr, 3 * cols + 2, 3};
        break;
    }
    // Not one element more than is needed: the address sanitizer sees any read beyond.
    const ptrdiff_t last = (rows - 1) * ref.row_stride + (cols - 1) * ref.col_stride;
    values = numbers.floats(rows > 0 && cols > 0 ? static_cast<size_t>(last + 1) : 0);
    ref.data = values.data();
  }
  double at(int i, int j) const { return values[i * ref.row_stride + j * ref.col_stride]; }
};

void check(int m, int n, int k, Layout la, Layout lb, Epilogue epilogue, bool with_bias,
           Numbers& numbers) {
  SCOPED_TRACE(::testing::Message()
               << m << "x" << n << "x" << k << " a " << static_cast<int>(la) << " b "
               << static_cast<int>(lb) << " activation " << static_cast<int>(epilogue.activation));
  const Matrix a(m, k, la, numbers), b(k, n, lb, numbers);
  const std::vector<float> bias = numbers.floats(n);
  epilogue.bias = with_bias ? bias.data() : nullptr;
  const int ldc = n + numbers.between(0, 3);
  std::vector<float> c = numbers.floats(static_cast<size_t>(m) * ldc);
  std::vector<float> of_packed = c;
  std::vector<double> want(c.begin(), c.end());  // what lies between the rows stays
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = epilogue.accumulate ? want[i * ldc + j] : 0;
      for (int p = 0; p < k; ++p) sum += a.at(i, p) * b.at(p, j);
      if (with_bias) sum += bias[j];
      want[i * ldc + j] = activate(epilogue.activation, sum);
    }
  }
  gemm(m, n, k, a.ref, b.ref, c.data(), ldc, epilogue);
  expect_close(c, want, 1e-6 * (8 + std::sqrt(k)));

  if (m <= 0 || n <= 0 || k <= 0) return;
  std::vector<float> packed(packed_matrix_size(n, k));
  pack_matrix(n, k, b.ref, packed.data());
  gemm_packed(m, n, k, a.ref, packed.data(), of_packed.data(), ldc, epilogue);
  expect_close(of_packed, want, 1e-6 * (8 + std::sqrt(k)));
}

TEST(Gemm, EveryLayoutAndSize) {
  Numbers numbers(1);
  const Layout layouts[] = {Layout::kRows, Layout::kColumns, Layout::kPadded, Layout::kSpread};
  for (int trial = 0; trial < 600; ++trial) {
    const int limit = trial % 3 == 0 ? 70 : 18;
    Epilogue epilogue;
    epilogue.activation = static_cast<Activation>(numbers.between(0, 4));
    epilogue.accumulate = numbers.between(0, 1) == 1;
    check(numbers.between(1, limit), numbers.between(1, limit), numbers.between(0, limit),
          layouts[trial % 4], layouts[trial / 4 % 4], epilogue, numbers.between(0, 1) == 1,
          numbers);
    if (HasFatalFailure()) return;
  }
}

TEST(Gemm, OneRow) {
  Numbers numbers(2);
  const Layout layouts[] = {Layout::kRows, Layout::kColumns, Layout::kPadded, Layout::kSpread};
  for (int trial = 0; trial < 300; ++trial) {
    Epilogue epilogue;
    epilogue.activation = static_cast<Activation>(numbers.between(0, 4));
    epilogue.accumulate = numbers.between(0, 1) == 1;
    check(1, numbers.between(1, 60), numbers.between(0, 60), layouts[trial % 4],
          layouts[trial / 4 % 4], epilogue, numbers.between(0, 1) == 1, numbers);
    if (HasFatalFailure()) return;
  }
  check(1, 5000, 33, Layout::kRows, Layout::kRows, {}, true, numbers);
}

TEST(Gemm, SeveralBlocks) {
  Numbers numbers(3);
  Epilogue relu;
  relu.activation = Activation::kRelu;
  check(110, 30, 900, Layout::kRows, Layout::kRows, relu, true, numbers);
  check(203, 129, 401, Layout::kColumns, Layout::kRows, {}, false, numbers);
  check(32, 1030, 385, Layout::kRows, Layout::kRows, relu, true, numbers);
  check(101, 77, 1200, Layout::kRows, Layout::kColumns, relu, true, numbers);
  relu.accumulate = true;
  check(101, 77, 1200, Layout::kSpread, Layout::kSpread, relu, true, numbers);
}

TEST(Gemm, OneColumn) {
  Numbers numbers(6);
  const Layout layouts[] = {Layout::kRows, Layout::kColumns, Layout::kPadded, Layout::kSpread};
  for (int trial = 0; trial < 300; ++trial) {
    Epilogue epilogue;
    epilogue.activation = static_cast<Activation>(numbers.between(0, 4));
    epilogue.accumulate = numbers.between(0, 1) == 1;
    check(numbers.between(1, 60), 1, numbers.between(0, 60), layouts[trial % 4],
          layouts[trial / 4 % 4], epilogue, numbers.between(0, 1) == 1, numbers);
    if (HasFatalFailure()) return;
  }
}

// Large enough for both operands to be packed, with rows and columns that fill no whole tile.
TEST(Gemm, BothOperandsPacked) {
  Numbers numbers(7);
  const Layout layouts[] = {Layout::kRows, Layout::kColumns, Layout::kPadded, Layout::kSpread};
  for (int trial = 0; trial < 64; ++trial) {
    Epilogue epilogue;
    epilogue.activation = static_cast<Activation>(numbers.between(0, 4));
    epilogue.accumulate = numbers.between(0, 1) == 1;
    check(40 + numbers.between(0, 80), 80 + numbers.between(0, 20), 16 + numbers.between(0, 40),
          layouts[trial % 4], layouts[trial / 4 % 4], epilogue, numbers.between(0, 1) == 1,
          numbers);
    if (HasFatalFailure()) return;
  }
}

TEST(Gemm, EmptyDimensions) {
  Numbers numbers(4);
  check(0, 5, 3, Layout::kRows, Layout::kRows, {}, true, numbers);
  check(5, 0, 3, Layout::kRows, Layout::kRows, {}, true, numbers);
  check(5, 11, 0, Layout::kRows, Layout::kRows, {}, true, numbers);
  check(5, 11, 0, Layout::kRows, Layout::kRows, {}, false, numbers);
}

TEST(Gemm, NanAndInfinityStay) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> a = {nan, 1, INFINITY, 2}, b = {1, 0, 0, 1}, c(4);
  Epilogue epilogue;
  epilogue.activation = Activation::kRelu;
  gemm(2, 2, 2, {a.data(), 2, 1}, {b.data(), 2, 1}, c.data(), 2, epilogue);
  EXPECT_TRUE(std::isnan(c[0]));
  EXPECT_EQ(c[2], INFINITY);
}

TEST(Gemm, Batched) {
  Numbers numbers(5);
  const int batch = 3, m = 5, n = 9, k = 7;
  const std::vector<float> a = numbers.floats(m * k), b = numbers.floats(batch * k * n);
  std::vector<float> c(batch * m * n);
  // One matrix a for all.
  gemm_batched(batch, m, n, k, {a.data(), k, 1}, 0, {b.data(), n, 1}, k * n, c.data(), n, m * n);
  std::vector<double> want;
  for (int i = 0; i < batch; ++i) {
    for (int r = 0; r < m; ++r) {
      for (int j = 0; j < n; ++j) {
        double sum = 0;
        for (int p = 0; p < k; ++p) sum += double{a[r * k + p]} * b[(i * k + p) * n + j];
        want.push_back(sum);
      }
    }
  }
  expect_close(c, want, 1e-6);
}

TEST(Gemm, AllocatesOnlyTheFirstTime) {
  Numbers numbers(6);
  const std::vector<float> a = numbers.floats(128 * 128), b = numbers.floats(128 * 128);
  std::vector<float> c(128 * 128);
  const auto run = [&] {
    gemm(128, 128, 128, {a.data(), 128, 1}, {b.data(), 1, 128}, c.data(), 128);
  };
  release_scratch();
  run();
  const size_t growths = scratch_growths(), held = scratch_bytes_held();
  EXPECT_GT(held, 0u);
  for (int i = 0; i < 5; ++i) run();
  EXPECT_EQ(scratch_growths(), growths);
  EXPECT_EQ(scratch_bytes_held(), held);
}

}  // namespace
}  // namespace heddle::kernels

#include "kernels/reduce.h"

#include <stdexcept>

#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::Numbers;

constexpr int kMaxRank = 5;

struct Case {
  int rank = 0;
  int dims[kMaxRank] = {};
  bool reduced[kMaxRank] = {};
  size_t in_size = 1, out_size = 1;

  Case(Numbers& numbers, int max_dim, bool may_be_empty) {
    rank = numbers.between(0, kMaxRank);
    for (int d = 0; d < rank; ++d) {
      dims[d] = numbers.between(may_be_empty ? 0 : 1, max_dim);
      reduced[d] = numbers.between(0, 1) == 1;
      in_size *= dims[d];
      if (!reduced[d]) out_size *= dims[d];
    }
  }
  size_t output_of(size_t index) const {
    size_t result = 0, stride = 1;
    for (int d = rank - 1; d >= 0; --d) {
      if (!reduced[d]) {
        result += index % dims[d] * stride;
        stride *= dims[d];
      }
      index /= dims[d];
    }
    return result;
  }
};

double start(Reduction kind, double lowest, double highest) {
  switch (kind) {
    case Reduction::kMax:
      return lowest;
    case Reduction::kMin:
      return highest;
    default:
      return 0;
  }
}

double combine(Reduction kind, double a, double b) {
  switch (kind) {
    case Reduction::kMax:
      return std::max(a, b);
    case Reduction::kMin:
      return std::min(a, b);
    default:
      return a + b;
  }
}

template <typename T>
void check(Reduction kind, DType dtype, const Case& c, const std::vector<T>& x, double lowest,
           double highest, double tolerance) {
  std::vector<double> want(c.out_size, start(kind, lowest, highest));
  for (size_t i = 0; i < c.in_size; ++i) {
    double& out = want[c.output_of(i)];
    out = combine(kind, out, static_cast<double>(x[i]));
  }
  if (kind == Reduction::kMean) {
    for (double& value : want) value /= static_cast<double>(c.in_size) / c.out_size;
  }
  // Where terms cancel, the error is that of the sums on the way.
  const double terms = 0.1 * std::sqrt(static_cast<double>(c.in_size) / c.out_size);
  std::vector<T> y(c.out_size, T{77});
  reduce(kind, dtype, c.rank, c.dims, c.reduced, x.data(), y.data());
  for (size_t i = 0; i < c.out_size; ++i) {
    if (std::isnan(want[i]) || std::isinf(want[i])) {
      ASSERT_TRUE(std::isnan(want[i]) ? y[i] != y[i] : y[i] == static_cast<T>(want[i]));
    } else {
      ASSERT_LE(std::abs(y[i] - want[i]), tolerance * (1 + std::abs(want[i]) + terms))
          << "at " << i << " kind " << static_cast<int>(kind);
    }
  }
}

TEST(Reduce, RandomShapes) {
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(trial);
    Numbers numbers(trial + 1);
    const Case c(numbers, trial % 10 == 0 ? 21 : 6, trial % 5 == 0);
    if (c.out_size == 0) continue;
    const std::vector<float> f = numbers.floats(c.in_size, -1.1f, 1.1f);
    std::vector<int32_t> n(c.in_size);
    for (int32_t& value : n) value = numbers.between(-3, 3);
    for (const Reduction kind :
         {Reduction::kSum, Reduction::kMean, Reduction::kMax, Reduction::kMin}) {
      check(kind, DType::kFloat32, c, f, -INFINITY, INFINITY, 5e-6);
    }
    for (const Reduction kind : {Reduction::kSum, Reduction::kMax, Reduction::kMin}) {
      check(kind, DType::kInt32, c, n, INT32_MIN, INT32_MAX, 0);
    }
    if (HasFatalFailure()) return;
  }
}

TEST(Reduce, LongSumsAreAccurate) {
  // One after another, a million times 0.1 is off by one per cent.
  const int dims[] = {1000000, 1};
  const bool all[] = {true, true};
  const std::vector<float> x(1000000, 0.1f);
  float y = 0;
  reduce(Reduction::kSum, DType::kFloat32, 2, dims, all, x.data(), &y);
  EXPECT_NEAR(y, 1e6 * static_cast<double>(0.1f), 0.1);
  const int columns[] = {200000, 5};
  const bool rows[] = {true, false};
  std::vector<float> sums(5);
  reduce(Reduction::kSum, DType::kFloat32, 2, columns, rows, x.data(), sums.data());
  for (const float sum : sums) EXPECT_NEAR(sum, 2e5 * static_cast<double>(0.1f), 0.02);
}

TEST(Reduce, NanWins) {
  std::vector<float> x(100, 1.0f);
  x[37] = NAN;
  const int n = 100;
  const bool all = true;
  for (const Reduction kind : {Reduction::kMax, Reduction::kMin, Reduction::kSum}) {
    float y = 0;
    reduce(kind, DType::kFloat32, 1, &n, &all, x.data(), &y);
    EXPECT_TRUE(std::isnan(y));
  }
}

TEST(Reduce, WrongTypesThrow) {
  const int n = 1;
  const bool all = true;
  int32_t x = 1, y = 0;
  EXPECT_THROW(reduce(Reduction::kMean, DType::kInt32, 1, &n, &all, &x, &y), std::invalid_argument);
  EXPECT_THROW(reduce(Reduction::kMax, DType::kBool, 1, &n, &all, &x, &y), std::invalid_argument);
  EXPECT_THROW(reduce(Reduction::kSum, DType::kBool, 1, &n, &all, &x, &y), std::invalid_argument);
}

TEST(ArgMax, FirstOfSeveralWins) {
  const std::vector<float> x = {1, 3, 3, NAN, 2, -5, -5, -4, -4, -5};
  std::vector<int32_t> y(2);
  argmax(DType::kFloat32, 2, 5, 1, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<int32_t>{1, 2}));
  argmin(DType::kFloat32, 2, 5, 1, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<int32_t>{0, 0}));
}

TEST(ArgMax, MiddleAxis) {
  Numbers numbers(5);
  const int outer = 3, axis = 7, inner = 300;
  std::vector<int32_t> x(outer * axis * inner), y(outer * inner), z(outer * inner);
  for (int32_t& value : x) value = numbers.between(-9, 9);
  argmax(DType::kInt32, outer, axis, inner, x.data(), y.data());
  argmin(DType::kInt32, outer, axis, inner, x.data(), z.data());
  for (int o = 0; o < outer; ++o) {
    for (int i = 0; i < inner; ++i) {
      const auto at = [&](int a) { return x[(o * axis + a) * inner + i]; };
      int best = 0, least = 0;
      for (int a = 1; a < axis; ++a) {
        if (at(a) > at(best)) best = a;
        if (at(a) < at(least)) least = a;
      }
      ASSERT_EQ(y[o * inner + i], best);
      ASSERT_EQ(z[o * inner + i], least);
    }
  }
}

TEST(SumRows, AddsOrOverwrites) {
  Numbers numbers(6);
  for (const int rows : {0, 1, 5, 64, 1000}) {
    const int cols = 13;
    const std::vector<float> x = numbers.floats(static_cast<size_t>(rows) * cols);
    std::vector<float> y(cols, 2.0f), z(cols, 2.0f);
    std::vector<double> want(cols);
    for (int i = 0; i < rows * cols; ++i) want[i % cols] += x[i];
    sum_rows(rows, cols, x.data(), y.data(), false);
    sum_rows(rows, cols, x.data(), z.data(), true);
    for (int j = 0; j < cols; ++j) {
      EXPECT_NEAR(y[j], want[j], 1e-5);
      EXPECT_NEAR(z[j], want[j] + 2, 1e-5);
    }
  }
}

}  // namespace
}  // namespace heddle::kernels

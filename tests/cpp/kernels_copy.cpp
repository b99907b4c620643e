#include "kernels/copy.h"

#include <numeric>

#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::Numbers;

constexpr int kMaxRank = 5;

struct Dims {
  int rank;
  int at[kMaxRank] = {};

  size_t size() const {
    return std::accumulate(at, at + rank, size_t{1}, [](size_t a, int b) { return a * b; });
  }
  /// The index of each axis for element n.
  std::vector<int> index(size_t n) const {
    std::vector<int> result(rank);
    for (int d = rank - 1; d >= 0; --d) {
      result[d] = static_cast<int>(n % at[d]);
      n /= at[d];
    }
    return result;
  }
  size_t offset(const std::vector<int>& index) const {
    size_t result = 0;
    for (int d = 0; d < rank; ++d) result = result * at[d] + index[d];
    return result;
  }
};

Dims any_dims(Numbers& numbers, int max_dim) {
  Dims dims{numbers.between(0, kMaxRank)};
  for (int d = 0; d < dims.rank; ++d) dims.at[d] = numbers.between(1, max_dim);
  return dims;
}

template <typename T>
std::vector<T> counting(size_t n) {
  std::vector<T> values(n);
  std::iota(values.begin(), values.end(), T{1});
  return values;
}

template <typename T>
void check_moves(Numbers& numbers, int max_dim) {
  const Dims dims = any_dims(numbers, max_dim);
  const std::vector<T> x = counting<T>(dims.size());

  // transpose
  int perm[kMaxRank];
  std::iota(perm, perm + dims.rank, 0);
  for (int d = dims.rank - 1; d > 0; --d) std::swap(perm[d], perm[numbers.between(0, d)]);
  Dims turned{dims.rank};
  for (int d = 0; d < dims.rank; ++d) turned.at[d] = dims.at[perm[d]];
  std::vector<T> y(x.size());
  transpose(sizeof(T), dims.rank, dims.at, perm, x.data(), y.data());
  for (size_t n = 0; n < y.size(); ++n) {
    const std::vector<int> to = turned.index(n);
    std::vector<int> from(dims.rank);
    for (int d = 0; d < dims.rank; ++d) from[perm[d]] = to[d];
    ASSERT_EQ(y[n], x[dims.offset(from)]);
  }

  // reverse
  bool reversed[kMaxRank];
  for (bool& flag : reversed) flag = numbers.between(0, 1) == 1;
  reverse(sizeof(T), dims.rank, dims.at, reversed, x.data(), y.data());
  for (size_t n = 0; n < y.size(); ++n) {
    std::vector<int> from = dims.index(n);
    for (int d = 0; d < dims.rank; ++d) {
      if (reversed[d]) from[d] = dims.at[d] - 1 - from[d];
    }
    ASSERT_EQ(y[n], x[dims.offset(from)]);
  }

  // slice with steps, and its reverse
  int begin[kMaxRank], steps[kMaxRank];
  Dims part{dims.rank};
  for (int d = 0; d < dims.rank; ++d) {
    begin[d] = numbers.between(0, dims.at[d] - 1);
    steps[d] = numbers.between(0, 3) ? numbers.between(1, 2) : -1;
    const int room = steps[d] > 0 ? (dims.at[d] - begin[d] - 1) / steps[d] + 1 : begin[d] + 1;
    part.at[d] = numbers.between(0, room);
  }
  std::vector<T> z(part.size());
  slice(sizeof(T), dims.rank, dims.at, begin, part.at, steps, x.data(), z.data());
  std::vector<T> back(x.size()), want_back(x.size());
  for (size_t n = 0; n < z.size(); ++n) {
    std::vector<int> from = part.index(n);
    for (int d = 0; d < dims.rank; ++d) from[d] = begin[d] + from[d] * steps[d];
    ASSERT_EQ(z[n], x[dims.offset(from)]);
    want_back[dims.offset(from)] = z[n];
  }
  write_slice(sizeof(T), dims.rank, dims.at, begin, part.at, steps, z.data(), back.data());
  ASSERT_EQ(back, want_back);

  // pad
  int before[kMaxRank], after[kMaxRank];
  Dims padded{dims.rank};
  for (int d = 0; d < dims.rank; ++d) {
    before[d] = numbers.between(0, 2);
    after[d] = numbers.between(0, 2);
    padded.at[d] = before[d] + dims.at[d] + after[d];
  }
  const T value = 9;
  std::vector<T> p(padded.size());
  pad(sizeof(T), dims.rank, dims.at, before, after, &value, x.data(), p.data());
  for (size_t n = 0; n < p.size(); ++n) {
    std::vector<int> from = padded.index(n);
    bool inside = true;
    for (int d = 0; d < dims.rank; ++d) {
      from[d] -= before[d];
      inside = inside && from[d] >= 0 && from[d] < dims.at[d];
    }
    ASSERT_EQ(p[n], inside ? x[dims.offset(from)] : value);
  }

  // tile
  int reps[kMaxRank];
  Dims tiled{dims.rank};
  for (int d = 0; d < dims.rank; ++d) {
    reps[d] = numbers.between(0, 9) ? numbers.between(1, 3) : 0;
    tiled.at[d] = dims.at[d] * reps[d];
  }
  std::vector<T> t(tiled.size());
  tile(sizeof(T), dims.rank, dims.at, reps, x.data(), t.data());
  for (size_t n = 0; n < t.size(); ++n) {
    std::vector<int> from = tiled.index(n);
    for (int d = 0; d < dims.rank; ++d) from[d] %= dims.at[d];
    ASSERT_EQ(t[n], x[dims.offset(from)]);
  }
}

TEST(Copy, FourByteMoves) {
  for (int trial = 0; trial < 1500; ++trial) {
    SCOPED_TRACE(trial);
    Numbers numbers(trial + 1);
    check_moves<int32_t>(numbers, trial % 10 == 0 ? 11 : 5);
    if (HasFatalFailure()) return;
  }
}

TEST(Copy, OneByteMoves) {
  for (int trial = 0; trial < 500; ++trial) {
    SCOPED_TRACE(trial);
    Numbers numbers(trial + 1);
    check_moves<uint8_t>(numbers, 5);
    if (HasFatalFailure()) return;
  }
}

TEST(Copy, LargeTranspose) {
  const int dims[] = {67, 129}, perm[] = {1, 0};
  const std::vector<float> x = counting<float>(67 * 129);
  std::vector<float> y(x.size());
  transpose(4, 2, dims, perm, x.data(), y.data());
  for (int i = 0; i < 67; ++i) {
    for (int j = 0; j < 129; ++j) ASSERT_EQ(y[j * 67 + i], x[i * 129 + j]);
  }
}

TEST(Copy, BroadcastByZeroStrides) {
  const int dims[] = {2, 3}, from[] = {0, 1}, to[] = {3, 1};
  const std::vector<float> x = {1, 2, 3};
  std::vector<float> y(6);
  copy_strided(4, 2, dims, x.data(), from, y.data(), to);
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3, 1, 2, 3}));
}

TEST(Copy, ConcatAndSplit) {
  const std::vector<float> a = {1, 2, 3, 4}, b = {5, 6}, c;
  const void* pieces[] = {a.data(), c.data(), b.data()};
  const int widths[] = {2, 0, 1};
  std::vector<float> y(6);
  concat(4, 2, 3, pieces, widths, y.data());
  EXPECT_EQ(y, (std::vector<float>{1, 2, 5, 3, 4, 6}));
  std::vector<float> a2(4);
  void* back[] = {a2.data(), nullptr, nullptr};
  split(4, 2, 3, y.data(), widths, back);
  EXPECT_EQ(a2, a);
}

TEST(Copy, GatherAndScatterAdd) {
  Numbers numbers(3);
  for (const int inner : {1, 3, 4, 9}) {
    const int outer = 2, rows = 5, count = 7;
    const std::vector<float> x = counting<float>(outer * rows * inner);
    std::vector<int32_t> indices(count);
    for (int32_t& index : indices) index = numbers.between(0, rows - 1);
    std::vector<float> y(outer * count * inner), dx(x.size(), 1.0f), want = dx;
    gather(4, outer, rows, inner, count, x.data(), indices.data(), y.data());
    scatter_add(outer, rows, inner, count, y.data(), indices.data(), dx.data());
    for (int o = 0; o < outer; ++o) {
      for (int j = 0; j < count; ++j) {
        for (int i = 0; i < inner; ++i) {
          const float value = x[(o * rows + indices[j]) * inner + i];
          ASSERT_EQ(y[(o * count + j) * inner + i], value);
          want[(o * rows + indices[j]) * inner + i] += value;
        }
      }
    }
    ASSERT_EQ(dx, want);
  }
}

TEST(Copy, OneHot) {
  const std::vector<int32_t> indices = {2, -1, 0, 3};
  const float on = 5, off = -1;
  std::vector<float> y(12);
  one_hot(4, 4, 3, indices.data(), &on, &off, y.data());
  EXPECT_EQ(y, (std::vector<float>{-1, -1, 5, -1, -1, -1, 5, -1, -1, -1, -1, -1}));
  const uint8_t yes = 1, no = 0;
  std::vector<uint8_t> b(12);
  one_hot(1, 4, 3, indices.data(), &yes, &no, b.data());
  EXPECT_EQ(b, (std::vector<uint8_t>{0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace heddle::kernels

#include "kernels/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

/// Shares work among `count` threads for as long as it lives.
class Threads {
 public:
  explicit Threads(int count) { start_threads(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { start_threads(1); }
};

using Piece = std::pair<int, int>;

/// The pieces that [0, count) is cut into, in order.
std::vector<Piece> cut(int count, int grain) {
  std::vector<Piece> by_begin(count, {0, 0});
  parallel_for(count, grain, [&](int begin, int end) { by_begin[begin] = {begin, end}; });
  std::vector<Piece> pieces;
  for (const Piece& piece : by_begin) {
    if (piece.second > piece.first) pieces.push_back(piece);
  }
  return pieces;
}

TEST(Parallel, CoversEveryIndexOnce) {
  for (int threads : {1, 2, 3, 8}) {
    const Threads running(threads);
    for (int count : {0, 1, 2, 7, 16, 31, 100, 127, 128, 1000, 4097, 100000}) {
      for (int grain : {1, 3, 64, 5000}) {
        std::vector<int> times(count, 0);
        parallel_for(count, grain, [&](int begin, int end) {
          for (int i = begin; i < end; ++i) ++times[i];
        });
        EXPECT_EQ(std::count(times.begin(), times.end(), 1), count)
            << count << " by " << grain << " on " << threads;
      }
    }
  }
}

TEST(Parallel, PiecesDependOnTheNumbersOnly) {
  const Threads running(3);
  for (int count : {12, 100, 5000}) {
    const std::vector<Piece> first = cut(count, 2);
    ASSERT_GT(first.size(), 1u);
    int at = 0;
    for (const auto& [begin, end] : first) {
      EXPECT_EQ(begin, at);
      at = end;
    }
    EXPECT_EQ(at, count);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(cut(count, 2), first);
  }
}

TEST(Parallel, PiecesAreNoShorterThanTheGrain) {
  const Threads running(4);
  EXPECT_EQ(cut(99, 50).size(), 1u);
  EXPECT_EQ(cut(100, 50).size(), 2u);
  EXPECT_EQ(cut(1000, 1).size(), 16u);
  EXPECT_EQ(cut(7, 1).size(), 4u);  // as many for each thread
  for (const auto& [begin, end] : cut(100000, 100)) EXPECT_EQ(begin % 16, 0) << end;
}

TEST(Parallel, ManySmallJobsOneAfterAnother) {
  const Threads running(4);
  std::vector<int> values(64, 0);
  for (int i = 0; i < 20000; ++i) {
    parallel_for(64, 1, [&](int begin, int end) {
      for (int k = begin; k < end; ++k) values[k] += k;
    });
  }
  for (int k = 0; k < 64; ++k) EXPECT_EQ(values[k], 20000 * k);
}

TEST(Parallel, ThreadsWakeUpAfterARest) {
  const Threads running(3);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> sum{0};
    parallel_for(1000, 1, [&](int begin, int end) { sum += end - begin; });
    EXPECT_EQ(sum, 1000);
  }
}

TEST(Parallel, WorkIsDoneByOthersToo) {
  const Threads running(2);
  const auto caller = std::this_thread::get_id();
  bool shared = false;
  for (int i = 0; i < 1000 && !shared; ++i) {
    std::atomic<bool> other{false};
    parallel_for(8, 1, [&](int, int) {
      if (std::this_thread::get_id() != caller) other = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    shared = other;
  }
  EXPECT_TRUE(shared);
  EXPECT_GE(threads_begun(), 1);
}

TEST(Parallel, NestedLoopsRunAsOnePiece) {
  const Threads running(4);
  std::vector<int> times(100 * 100, 0);
  parallel_for(100, 1, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      int pieces = 0;
      parallel_for(100, 1, [&](int first, int last) {
        ++pieces;
        for (int j = first; j < last; ++j) ++times[i * 100 + j];
      });
      EXPECT_EQ(pieces, 1);
    }
  });
  EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0), 100 * 100);
}

TEST(Parallel, ExceptionsReachTheCallerAndAllElseIsDone) {
  const Threads running(4);
  for (int bad = 0; bad < 64; bad += 7) {
    std::vector<int> times(64, 0);
    const auto job = [&] {
      parallel_for(64, 4, [&](int begin, int end) {
        for (int i = begin; i < end; ++i) ++times[i];
        if (begin <= bad && bad < end) throw std::runtime_error("this piece");
      });
    };
    EXPECT_THROW(job(), std::runtime_error);
    EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0), 64);
  }
  const auto all_throw = [] { parallel_for(64, 1, [](int, int) { throw std::bad_alloc(); }); };
  for (int i = 0; i < 100; ++i) EXPECT_THROW(all_throw(), std::bad_alloc);
  std::atomic<int> sum{0};
  parallel_for(64, 1, [&](int begin, int end) { sum += end - begin; });
  EXPECT_EQ(sum, 64);
}

TEST(Parallel, TwoCallersAtOnce) {
  const Threads running(3);
  const auto work = [] {
    for (int i = 0; i < 2000; ++i) {
      std::atomic<int> sum{0};
      parallel_for(100, 1, [&](int begin, int end) { sum += end - begin; });
      ASSERT_EQ(sum, 100);
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(Parallel, EveryThreadHasScratchOfItsOwn) {
  const Threads running(4);
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> wrong{0};
    parallel_for(16, 1, [&](int begin, int) {
      float* mine = scratch_floats(ScratchUse::kTile, 1000);
      for (int k = 0; k < 1000; ++k) mine[k] = static_cast<float>(begin);
      for (int k = 0; k < 1000; ++k) wrong += mine[k] != static_cast<float>(begin);
    });
    EXPECT_EQ(wrong, 0);
  }
}

TEST(Parallel, ThreadsAreMadeAsThereIsWork) {
  EXPECT_EQ(start_threads(8, false), 8);
  EXPECT_EQ(thread_count(), 8);
  for (int i = 0; i < 100; ++i) {
    std::atomic<int> sum{0};
    parallel_for(100, 1, [&](int begin, int end) { sum += end - begin; });
    EXPECT_EQ(sum, 100);
  }
  for (int i = 0; i < 5000 && threads_begun() < 7; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_GE(threads_begun(), 7);
  EXPECT_EQ(start_threads(1), 1);
}

TEST(Parallel, ThreadsAreAskedForWithinLimits) {
  EXPECT_EQ(start_threads(0), 1);
  EXPECT_EQ(start_threads(1000), kMaxThreads);
  EXPECT_EQ(thread_count(), kMaxThreads);
  EXPECT_EQ(cut(1000, 1).size(), 4u * kMaxThreads);
  EXPECT_EQ(start_threads(1), 1);
  EXPECT_EQ(cut(1000, 1).size(), 1u);
}

}  // namespace
}  // namespace heddle::kernels

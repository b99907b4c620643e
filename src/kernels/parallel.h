#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace heddle::kernels {

/// The most threads that can share work.
inline constexpr int kMaxThreads = 32;

/// From now on `count` threads, the caller's included, share the work of parallel_for; returns how
/// many do (1 in builds without threads, at most kMaxThreads). They are made `at_once`, or one by
/// one as there is work for them; until they have begun the others do their part. Not to be called
/// from inside parallel_for.
int start_threads(int count, bool at_once = true);

/// How many threads share the work of parallel_for, the caller's included.
int thread_count();

/// How many of them, but for the caller's, have begun.
int threads_begun();

/// One piece of a job: `fn(context, begin, end)`.
using PieceFn = void (*)(void* context, int begin, int end);

/// What parallel_for does, for a function with its context.
void run_pieces(int count, int grain, PieceFn fn, void* context);

/// Calls `fn(begin, end)` so that every index of [0, count) is covered once. Pieces have at least
/// `grain` indices (about: those of 128 and more begin at multiples of 16), unless there are no
/// more. They may run at the same time, so they must not write the same memory.
///
/// How [0, count) is cut depends on count, grain and thread_count() only, never on which thread is
/// faster, so that results are the same from run to run. Throws what a piece throws, when all that
/// have begun are done; of several exceptions, one. Inside a piece, parallel_for runs as one piece.
template <typename Fn>
inline void parallel_for(int count, int grain, Fn&& fn) {
  using Function = std::remove_reference_t<Fn>;
  run_pieces(
      count, grain,
      [](void* context, int begin, int end) {
        // Of its own: what it captures by value stays in registers while it writes memory.
        const Function own = *static_cast<const Function*>(context);
        own(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(std::addressof(fn))));
}

/// The grain for a loop of which one index takes about `operations` operations on vectors (of 4
/// floats): a piece of some microseconds, several times what handing it over costs.
inline int grain_for(int64_t operations) {
  constexpr int64_t kPieceOperations = 8192;
  return static_cast<int>(
      std::max<int64_t>(1, kPieceOperations / std::max<int64_t>(operations, 1)));
}

}  // namespace heddle::kernels

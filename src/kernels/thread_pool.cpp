#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <system_error>
#include <thread>

#include "kernels/parallel.h"
#include "kernels/wait.h"

namespace heddle::kernels {
namespace {

// Pieces for each thread: more than one, so that the fast ones can help the slow ones out.
constexpr int kPiecesPerThread = 4;
// Pieces that are long begin at multiples of 16: cache lines and vectors stay whole.
constexpr int kUnit = 16;
constexpr int kLong = 8 * kUnit;
// How often a thread without work looks for some before it goes to sleep: about 50 microseconds,
// more than what lies between two kernels of a step.
constexpr int kLooks = 20000;

/// What there is to do. Written by who called parallel_for while no piece is claimed or running.
struct Job {
  PieceFn fn;
  void* context;
  int count;   // indices
  int pieces;  // in all
  int share;   // pieces of each thread; the last ones may have fewer
};

/// The pieces of a thread that nobody has claimed yet. Others help themselves when they have done
/// their own. On a cache line of its own.
struct alignas(64) Share {
  std::atomic<int> left{0};
};

// All of this is made before main() and never destroyed: threads may run until the program ends.
constinit Job job{};
constinit Share shares[kMaxThreads];
constinit std::atomic<int> unfinished{0};   // pieces that are not done
constinit std::atomic<int32_t> jobs{0};     // counts jobs: what sleeping threads wait for
constinit std::atomic<int> sleeping{0};     // threads that sleep, or are about to
constinit std::atomic<bool> busy{false};    // a job is under way
constinit std::atomic<bool> failed{false};  // a piece of it threw
constinit std::atomic<int> begun{0};
constinit std::atomic<int> sharing{1};  // threads that share work
constinit int started = 1;              // threads that were made
std::exception_ptr error;               // what it threw

int first_index(int64_t piece) {
  const int64_t unit = job.count / job.pieces >= kLong ? kUnit : 1;
  const int64_t units = (job.count + unit - 1) / unit;
  return static_cast<int>(std::min<int64_t>(piece * units / job.pieces * unit, job.count));
}

void run_piece(int piece) {
  try {
    job.fn(job.context, first_index(piece), first_index(piece + 1));
  } catch (...) {
    if (!failed.exchange(true)) error = std::current_exception();
  }
  unfinished.fetch_sub(1, std::memory_order_release);
}

/// Runs pieces until all are claimed: first those of thread `own`, then the others'.
void run_some(int own) {
  const int threads = sharing.load(std::memory_order_relaxed);
  for (int i = 0; i < threads; ++i) {
    const int of = (own + i) % threads;
    std::atomic<int>& left = shares[of].left;
    while (left.load(std::memory_order_relaxed) > 0) {
      // A claim that succeeds is one for the job of now, even if it came late: it is not done
      // before this piece is.
      const int claimed = left.fetch_sub(1, std::memory_order_acq_rel);
      if (claimed <= 0) break;
      const int first = of * job.share;
      run_piece(first + std::min(job.share, job.pieces - first) - claimed);
    }
  }
}

[[noreturn]] void serve(int own) {
  begun.fetch_add(1);
  int32_t seen = jobs.load();
  while (true) {
    run_some(own);
    for (int look = 0; look < kLooks && jobs.load(std::memory_order_relaxed) == seen; ++look) {
      pause();
    }
    if (jobs.load() == seen) {
      sleeping.fetch_add(1);  // before it looks a last time: who makes a job looks here afterwards
      wait(jobs, seen);
      sleeping.fetch_sub(1);
    }
    seen = jobs.load();
  }
}

/// Makes one thread more. Where the system has none, those there are have to do.
void make_thread() {
  try {
    std::thread(serve, started).detach();
    ++started;
  } catch (const std::system_error&) {
    sharing = started;
  }
}

}  // namespace

int start_threads(int count, bool at_once) {
  sharing = std::clamp(count, 1, kMaxThreads);
  while (at_once && started < sharing) make_thread();
  return sharing;
}

int thread_count() { return sharing.load(std::memory_order_relaxed); }

int threads_begun() { return begun; }

void run_pieces(int count, int grain, PieceFn fn, void* context) {
  if (count <= 0) return;
  const int threads = thread_count();
  int pieces = std::min(threads * kPiecesPerThread, count / std::max(grain, 1));
  if (threads == 1 || pieces < 2 || busy.exchange(true, std::memory_order_acquire)) {
    return fn(context, 0, count);
  }
  if (pieces > threads) pieces -= pieces % threads;  // as many for each
  job = {fn, context, count, pieces, (pieces + threads - 1) / threads};
  unfinished.store(pieces, std::memory_order_relaxed);
  for (int t = 0, rest = pieces; rest > 0; ++t, rest -= job.share) {
    shares[t].left.store(std::min(job.share, rest), std::memory_order_release);
  }
  if (started < threads) make_thread();
  jobs.fetch_add(1);
  if (sleeping.load() > 0) wake(jobs, std::min(threads, pieces) - 1);
  run_some(0);
  while (unfinished.load(std::memory_order_acquire) > 0) pause();
  std::exception_ptr thrown;
  if (failed.load(std::memory_order_relaxed)) {
    std::swap(thrown, error);
    failed = false;
  }
  busy.store(false, std::memory_order_release);
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace heddle::kernels

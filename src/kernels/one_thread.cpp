// What takes the place of thread_pool.cpp in builds without threads.
#include "kernels/parallel.h"

namespace heddle::kernels {

int start_threads(int, bool) { return 1; }

int thread_count() { return 1; }

int threads_begun() { return 0; }

void run_pieces(int count, int, PieceFn fn, void* context) {
  if (count > 0) fn(context, 0, count);
}

}  // namespace heddle::kernels

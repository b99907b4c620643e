#include <emscripten/bind.h>

#include "kernels/parallel.h"

EMSCRIPTEN_BINDINGS(threads) {
  using emscripten::function;

  function("startThreads", &heddle::kernels::start_threads);
  function("threadCount", &heddle::kernels::thread_count);
  function("threadsBegun", &heddle::kernels::threads_begun);
}

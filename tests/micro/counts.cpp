// All workloads once each, to be counted by Valgrind's callgrind, which is told to count inside
// heddle_counted_run and to write a file after each call. Prints the workloads' names, one a line,
// in the same order.
#include <cstdio>

#include "workloads.h"

extern "C" __attribute__((noinline)) void heddle_counted_run(
    const heddle::micro::Workload& workload) {
  workload.run();
}

int main() {
  for (const heddle::micro::Workload& workload : heddle::micro::all_workloads()) {
    workload.run();  // compiles programs, makes scratch memory
    std::puts(workload.name.c_str());
    heddle_counted_run(workload);
  }
}

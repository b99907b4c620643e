// Google Benchmark over all workloads: time and rate of each.
#include "benchmark/benchmark.h"
#include "workloads.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const heddle::micro::Workload& workload : heddle::micro::all_workloads()) {
    benchmark::RegisterBenchmark(workload.name.c_str(), [workload](benchmark::State& state) {
      for (auto _ : state) {
        workload.run();
        benchmark::ClobberMemory();
      }
      const double done = workload.amount * static_cast<double>(state.iterations());
      state.counters[std::string(workload.unit) + "/s"] =
          benchmark::Counter(done, benchmark::Counter::kIsRate);
    });
  }
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

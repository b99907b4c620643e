#include "workloads.h"

#include <iterator>

namespace heddle::micro {

std::vector<Workload> all_workloads() {
  std::vector<Workload> all = product_workloads();
  for (const auto make : {memory_workloads, step_workloads}) {
    std::vector<Workload> more = make();
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace heddle::micro

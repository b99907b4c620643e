#include "ops/read_variable.h"

#include <algorithm>
#include <utility>

namespace heddle {
namespace {

/// The entry for a Variable among those that the trace in progress has assigned.
auto find_assigned(TraceState& trace, const VariablePtr& variable) {
  return std::find_if(trace.assigned.begin(), trace.assigned.end(),
                      [&](const auto& entry) { return entry.first == variable; });
}

}  // namespace

Tensor read(const VariablePtr& variable) {
  std::vector<Tensor> assigned;
  if (TraceState* trace = context().trace) {
    const auto found = find_assigned(*trace, variable);
    if (found != trace->assigned.end()) assigned.push_back(found->second);
  }
  return apply_source(std::make_shared<ReadVariable>(variable, context().reader), true,
                      std::move(assigned));
}

void assign(const VariablePtr& variable, const Tensor& value) {
  variable->check_fits(value.spec());
  TraceState* trace = context().trace;
  if (trace == nullptr) {
    variable->assign(value);
    return;
  }
  const auto found = find_assigned(*trace, variable);
  if (found != trace->assigned.end()) {
    found->second = value;
  } else {
    trace->assigned.emplace_back(variable, value);
  }
}

}  // namespace heddle

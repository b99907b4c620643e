#pragma once

#include <vector>

#include "graph/steps.h"

namespace heddle {

/// Per value: whether it depends on nothing but constants and Variables that the graph does not
/// assign, so that it stays the same from run to run while those Variables do.
std::vector<uint8_t> fixed_values(const StepGraph& graph);

/// What a Program does before its steps when a Variable has changed.
struct Prologue {
  /// Its values have the numbers of those of the graph that it was taken from.
  StepGraph graph;
  /// Values that the remaining steps need: kept in memory of their own from run to run.
  std::vector<int> kept;
  /// The Variables that they were made of.
  std::vector<VariablePtr> variables;
};

/// Takes the steps that make fixed values out of the graph. What they leave to the others becomes
/// constants, whose memory is still to be had. A step that makes much of little (a broadcast) stays
/// where it is: its result is not worth the memory.
Prologue take_prologue(StepGraph& graph);

}  // namespace heddle

#include <emscripten/bind.h>

#include <algorithm>

#include "conversions.h"
#include "graph/autodiff.h"
#include "ops/op.h"

namespace heddle {
namespace {

using emscripten::class_;
using emscripten::function;
using emscripten::val;

val gradients_of(const val& ys, const val& grad_ys, const val& xs) {
  return to_array(gradients(to_tensors(ys), to_tensors(grad_ys), to_tensors(xs)));
}

/// The Variables that y was made of, each once, in the order of their first read.
val variables_of(const Tensor& y) {
  std::vector<VariablePtr> variables;
  for (const Tensor& read : variable_reads({&y, 1})) {
    const VariablePtr& variable = *read.node().op->variable();
    if (std::find(variables.begin(), variables.end(), variable) == variables.end()) {
      variables.push_back(variable);
    }
  }
  return to_array(variables);
}

val variable_gradients_of(const Tensor& y, const val& variables) {
  return to_array(variable_gradients(y, to_list(variables, to_variable)));
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_graph) {
  class_<Tape>("Tape").constructor<>().function("watch", &Tape::watch);
  function("gradients", &gradients_of);
  function("variablesOf", &variables_of);
  function("variableGradients", &variable_gradients_of);
}

}  // namespace heddle

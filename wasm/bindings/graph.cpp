#include <emscripten/bind.h>

#include <algorithm>

#include "conversions.h"
#include "graph/autodiff.h"
#include "graph/program.h"
#include "graph/trace.h"
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

using TracePtr = std::shared_ptr<Trace>;
using ProgramPtr = std::shared_ptr<Program>;

Tensor trace_input(Trace& trace, const val& shape, int dtype) {
  return trace.input({to_shape(shape), static_cast<DType>(dtype)});
}

/// The trace is over; its handle is still to be deleted.
ProgramPtr finish_trace(Trace& trace, const val& outputs) {
  return std::make_shared<Program>(trace.finish(to_tensors(outputs)));
}

val run_program(Program& program, const val& inputs) {
  program.run(to_tensors(inputs));
  val outputs = val::array();
  for (int i = 0; i < program.num_outputs(); ++i) {
    outputs.call<void>("push", program.copy_output(i));
  }
  return outputs;
}

bool tracing() { return context().trace != nullptr; }

/// Whether ops are remembered now, for gradients or for a Program.
bool recording() { return tracing() || context().tapes > 0; }

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_graph) {
  class_<Trace>("Trace")
      .smart_ptr_constructor("TracePtr", &std::make_shared<Trace>)
      .function("input", &trace_input)
      .function("finish", &finish_trace);
  class_<Program>("Program")
      .smart_ptr<ProgramPtr>("ProgramPtr")
      .function("run", &run_program)
      .function("describe", &Program::describe);
  function("tracing", &tracing);
  function("recording", &recording);
  class_<Tape>("Tape").constructor<>().function("watch", &Tape::watch);
  function("gradients", &gradients_of);
  function("variablesOf", &variables_of);
  function("variableGradients", &variable_gradients_of);
}

}  // namespace heddle

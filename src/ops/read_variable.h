#pragma once

#include "ops/op.h"

namespace heddle {

/// One read of a Variable. Every use is its own read node, so that the gradient of a shared weight
/// can be had whole (the sum over its reads) and in parts (one for each reader).
///
/// After an assignment in the same trace, the read has one input, the value assigned: it is that
/// value, and gradients end at the read all the same, as they do where nothing is traced.
class ReadVariable : public Op {
 public:
  ReadVariable(VariablePtr variable, int reader)
      : variable_(std::move(variable)), reader_(reader) {}

  const char* name() const override { return "readVariable"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec>) const override {
    return {variable_->spec()};
  }
  /// Never called: a read is the Variable's memory itself, or its input's.
  void run(const RunContext&, std::span<const View>, std::span<const View>) const override {}
  std::vector<Tensor> gradient(const GradientRequest&) const override { return {Tensor()}; }
  int alias() const override { return 0; }
  const VariablePtr* variable() const override { return &variable_; }
  /// The path of Calls that reads; see Context::reader.
  int reader() const { return reader_; }

 private:
  VariablePtr variable_;
  int reader_;
};

/// The value of a Variable: now, or, while tracing, at each run of the Program.
Tensor read(const VariablePtr& variable);

/// Gives a Variable a new value: at once, or, while tracing, at the end of each run of the Program.
/// Throws ValueError when shape or dtype differ.
void assign(const VariablePtr& variable, const Tensor& value);

}  // namespace heddle

#include "graph/program.h"

#include <cstring>

#include "graph/fuse.h"
#include "ops/random.h"

namespace heddle {

std::shared_ptr<Arena> Arena::shared() {
  static std::weak_ptr<Arena> current;
  std::shared_ptr<Arena> arena = current.lock();
  if (arena == nullptr) current = arena = std::make_shared<Arena>();
  return arena;
}

void Arena::reserve(size_t bytes) {
  if (bytes <= this->bytes()) return;
  buffer_ = nullptr;  // nothing in it outlives a run: free first, so that both need not fit
  buffer_ = Buffer::allocate(bytes);
}

std::byte* Arena::data() const {
  return buffer_ == nullptr ? nullptr : static_cast<std::byte*>(buffer_->data());
}

size_t Arena::bytes() const { return buffer_ == nullptr ? 0 : buffer_->bytes(); }

Program::Program(const Graph& graph) : graph_(lower(graph)), arena_(Arena::shared()) {
  for (const Tensor& input : graph.inputs) input_specs_.push_back(input.spec());
  fuse(graph_);
  plan_ = plan_memory(graph_);
  arena_->reserve(plan_.arena_bytes);
  addresses_.resize(graph_.values.size());
  for (const Step& step : graph_.steps) {
    if (step.op->alias() >= 0) continue;
    BoundStep bound{step.op.get(), {}, {}};
    for (int input : step.inputs) bound.inputs.push_back({nullptr, &graph_.values[input].spec});
    for (int output : step.outputs) bound.outputs.push_back({nullptr, &graph_.values[output].spec});
    bound_.push_back(std::move(bound));
  }
}

void* Program::address(int value, std::span<const Tensor> inputs) const {
  const MemoryPlan::Place& place = plan_.places[plan_.places[value].root];
  const Value& root = graph_.values[plan_.places[value].root];
  switch (root.storage) {
    case Storage::kArena:
      return arena_->data() + place.offset;
    case Storage::kInput:
      return inputs[root.input].buffer()->data();
    case Storage::kConstant:
      return root.constant->data();
    case Storage::kVariable:
      return root.variable->buffer()->data();
  }
  return nullptr;
}

void Program::bind(std::span<const Tensor> inputs) {
  arena_->reserve(plan_.arena_bytes);  // the first Program after a failed growth makes it again
  for (size_t v = 0; v < addresses_.size(); ++v) {
    addresses_[v] = address(static_cast<int>(v), inputs);
  }
  auto bound = bound_.begin();
  for (const Step& step : graph_.steps) {
    if (step.op->alias() >= 0) continue;
    for (size_t i = 0; i < step.inputs.size(); ++i)
      bound->inputs[i].data = addresses_[step.inputs[i]];
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      bound->outputs[i].data = addresses_[step.outputs[i]];
    }
    ++bound;
  }
}

void Program::run(std::span<const Tensor> inputs) {
  if (inputs.size() != input_specs_.size()) {
    throw ValueError(text("[program] needs ", input_specs_.size(), " inputs, got ", inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].spec() != input_specs_[i]) {
      throw ValueError(text("[program] input ", i, " must have shape ",
                            to_string(input_specs_[i].shape), " and dtype ",
                            name_of(input_specs_[i].dtype), ", got ", to_string(inputs[i].shape()),
                            " and ", name_of(inputs[i].dtype())));
    }
  }
  // Who still holds an old value keeps it: the Variable moves to memory of its own first.
  for (const Assignment& assignment : graph_.assignments) assignment.variable->mutable_data();
  bind(inputs);
  const RunContext context{random_seed(), next_random_run()};
  for (const BoundStep& step : bound_) step.op->run(context, step.inputs, step.outputs);
  for (size_t a = 0; a < graph_.assignments.size(); ++a) {
    const Assignment& assignment = graph_.assignments[a];
    if (!plan_.in_place[a] && assignment.variable->spec().bytes() > 0) {
      std::memcpy(assignment.variable->mutable_data(), addresses_[assignment.value],
                  assignment.variable->spec().bytes());
    }
    assignment.variable->bump_version();
  }
}

View Program::output(int i) const {
  const int value = graph_.outputs[i];
  return {addresses_[value], &graph_.values[value].spec};
}

Tensor Program::copy_output(int i) const {
  const View view = output(i);
  Tensor copy = Tensor::empty(view.shape(), view.dtype());
  if (view.size() > 0) std::memcpy(copy.buffer()->data(), view.data, view.spec->bytes());
  return copy;
}

std::string Program::describe() const {
  std::string out;
  for (const BoundStep& step : bound_) {
    out += step.op->name();
    for (const View& input : step.inputs) out += " " + to_string(input.shape());
    out += " ->";
    for (const View& output : step.outputs) out += " " + to_string(output.shape());
    out += "\n";
  }
  return out;
}

}  // namespace heddle

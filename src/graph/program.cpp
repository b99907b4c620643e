#include "graph/program.h"

#include <algorithm>
#include <cstring>

#include "graph/common.h"
#include "graph/fold.h"
#include "graph/fuse.h"
#include "graph/prepare.h"
#include "graph/prologue.h"
#include "graph/rematerialize.h"
#include "graph/schedule.h"
#include "graph/unpooling.h"
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

void Program::Section::prepare(bool low_memory) {
  fuse(graph);
  if (low_memory) rematerialize(graph);
  schedule_updates(graph);
  plan = plan_memory(graph);
  addresses.resize(graph.values.size());
  for (const Step& step : graph.steps) {
    if (step.op->alias() >= 0) continue;
    BoundStep& to = bound.emplace_back(BoundStep{step.op.get(), {}, {}});
    for (int input : step.inputs) to.inputs.push_back({nullptr, &graph.values[input].spec});
    for (int output : step.outputs) to.outputs.push_back({nullptr, &graph.values[output].spec});
  }
}

void* Program::Section::address(int value, std::span<const Tensor> inputs, std::byte* arena) const {
  const MemoryPlan::Place& place = plan.places[plan.places[value].root];
  const Value& root = graph.values[plan.places[value].root];
  switch (root.storage) {
    case Storage::kArena:
      return arena + place.offset;
    case Storage::kInput:
      // The prologue gets none, and uses none.
      return inputs.empty() ? nullptr : inputs[root.input].buffer()->data();
    case Storage::kConstant:
      return root.constant->data();
    case Storage::kVariable:
      return root.variable->buffer()->data();
  }
  return nullptr;
}

void Program::Section::bind(std::span<const Tensor> inputs, std::byte* arena) {
  for (size_t v = 0; v < addresses.size(); ++v) {
    addresses[v] = address(static_cast<int>(v), inputs, arena);
  }
  auto to = bound.begin();
  for (const Step& step : graph.steps) {
    if (step.op->alias() >= 0) continue;
    for (size_t i = 0; i < step.inputs.size(); ++i) to->inputs[i].data = addresses[step.inputs[i]];
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      to->outputs[i].data = addresses[step.outputs[i]];
    }
    ++to;
  }
}

void Program::Section::run(const RunContext& context) const {
  for (const BoundStep& step : bound) step.op->run(context, step.inputs, step.outputs);
}

Program::Program(const Graph& graph, bool low_memory) : arena_(Arena::shared()) {
  for (const Tensor& input : graph.inputs) input_specs_.push_back(input.spec());
  main_.graph = lower(graph);
  merge_common(main_.graph);
  fold_channel_scales(main_.graph);
  unpool_late(main_.graph);
  if (!low_memory) prepare_weights(main_.graph);
  Prologue prologue = take_prologue(main_.graph);
  prologue_.graph = std::move(prologue.graph);
  kept_ = std::move(prologue.kept);
  for (VariablePtr& variable : prologue.variables) made_of_.emplace_back(std::move(variable), 0);
  main_.prepare(low_memory);
  prologue_.prepare(false);
  arena_->reserve(arena_bytes());
}

size_t Program::arena_bytes() const {
  return std::max(main_.plan.arena_bytes, prologue_.plan.arena_bytes);
}

size_t Program::kept_bytes() const {
  size_t bytes = 0;
  for (const int value : kept_) {
    const BufferPtr& buffer = main_.graph.values[value].constant;
    if (buffer != nullptr) bytes += buffer->bytes();
  }
  return bytes;
}

void Program::release() {
  prologue_done_ = false;
  for (const int value : kept_) {
    main_.graph.values[value].constant = prologue_.graph.values[value].constant = nullptr;
  }
}

void Program::run_prologue() {
  const auto current = [](const auto& entry) { return entry.first->version() == entry.second; };
  if (prologue_.bound.empty()) return;
  if (prologue_done_ && std::all_of(made_of_.begin(), made_of_.end(), current)) return;
  prologue_done_ = false;
  for (const int value : kept_) {
    Value& kept = main_.graph.values[value];
    if (kept.constant == nullptr) kept.constant = Buffer::allocate(kept.spec.bytes());
    prologue_.graph.values[value].constant = kept.constant;
  }
  prologue_.bind({}, arena_->data());
  prologue_.run({});
  for (auto& [variable, version] : made_of_) version = variable->version();
  prologue_done_ = true;
}

void Program::run(std::span<const Tensor> inputs) {
  if (inputs.size() != input_specs_.size()) {
    fail<ValueError>("[program] needs {} inputs, got {}", input_specs_.size(), inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].spec() != input_specs_[i]) {
      fail<ValueError>("[program] input {} must have shape {} and dtype {}, got {} and {}", i,
                       input_specs_[i].shape, name_of(input_specs_[i].dtype), inputs[i].shape(),
                       name_of(inputs[i].dtype()));
    }
  }
  // Who still holds an old value keeps it: the Variable moves to memory of its own first.
  for (const Assignment& assignment : main_.graph.assignments) assignment.variable->mutable_data();
  arena_->reserve(arena_bytes());  // the first Program after a failed growth makes it again
  run_prologue();
  main_.bind(inputs, arena_->data());
  main_.run({random_seed(), next_random_run()});
  for (size_t a = 0; a < main_.graph.assignments.size(); ++a) {
    const Assignment& assignment = main_.graph.assignments[a];
    if (!main_.plan.in_place[a] && assignment.variable->spec().bytes() > 0) {
      std::memcpy(assignment.variable->mutable_data(), main_.addresses[assignment.value],
                  assignment.variable->spec().bytes());
    }
    assignment.variable->bump_version();
  }
}

View Program::output(int i) const {
  const int value = main_.graph.outputs[i];
  return {main_.addresses[value], &main_.graph.values[value].spec};
}

Tensor Program::copy_output(int i) const {
  const View view = output(i);
  Tensor copy = Tensor::empty(view.shape(), view.dtype());
  if (view.size() > 0) std::memcpy(copy.buffer()->data(), view.data, view.spec->bytes());
  return copy;
}

std::string Program::describe() const {
  std::string out;
  for (const BoundStep& step : main_.bound) {
    out += step.op->name();
    for (const View& input : step.inputs) out += " " + to_string(input.shape());
    out += " ->";
    for (const View& output : step.outputs) out += " " + to_string(output.shape());
    out += "\n";
  }
  return out;
}

}  // namespace heddle

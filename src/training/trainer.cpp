#include "training/trainer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "graph/autodiff.h"
#include "layers/added_values.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "training/attribution.h"

namespace heddle {
namespace {

/// Gives names that occur more than once the endings _0, _1, ..., as TensorFlow.js does.
void number_duplicates(std::vector<std::string>& names) {
  std::map<std::string, int> counts;
  for (const std::string& name : names) ++counts[name];
  std::map<std::string, int> seen;
  for (std::string& name : names) {
    if (counts[name] > 1) name = text("{}_{}", name, seen[name]++);
  }
}

/// Throws ValueError when they do not fit.
void check_inputs(const Model& model, std::span<const Tensor> x) {
  std::vector<Shape> shapes;
  for (const Tensor& tensor : x) shapes.push_back(tensor.shape());
  model.output_shapes(shapes);
}

std::vector<Tensor> trace_inputs(Trace& trace, std::span<const Tensor> tensors) {
  std::vector<Tensor> inputs;
  for (const Tensor& tensor : tensors) inputs.push_back(trace.input(tensor.spec()));
  return inputs;
}

}  // namespace

Trainer::Trainer(ModelPtr model, OptimizerPtr optimizer, std::vector<OutputGoal> goals, bool eager,
                 bool low_memory)
    : model_(std::move(model)),
      optimizer_(std::move(optimizer)),
      goals_(std::move(goals)),
      eager_(eager),
      low_memory_(low_memory),
      trainable_(model_->trainable_weights()) {
  if (goals_.size() != model_->outputs().size()) {
    fail<ValueError>("Model '{}' has {} outputs, but {} losses were given", model_->name(),
                     model_->outputs().size(), goals_.size());
  }
  name_metrics();
  results_.resize(metric_names_.size());
}

Trainer::~Trainer() = default;

void Trainer::name_metrics() {
  const std::vector<std::string> outputs = model_->output_names();
  const bool several = outputs.size() > 1;
  metric_names_ = {"loss"};
  if (several) {
    for (const std::string& output : outputs) metric_names_.push_back(output + "_loss");
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (const Metric& metric : goals_[i].metrics) {
      metric_names_.push_back(several ? text("{}_{}", outputs[i], metric.key) : metric.key);
    }
  }
  number_duplicates(metric_names_);
}

Trainer::Forward Trainer::forward(std::span<const Tensor> x, std::span<const Tensor> y,
                                  bool training) {
  AddedValues added;
  const std::vector<Tensor> outputs = model_->call(x, {.training = training});
  Tensor total;
  std::vector<Tensor> losses;
  std::vector<Tensor> metrics;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const OutputGoal& goal = goals_[i];
    const Tensor loss = mean(goal.loss(y[i], outputs[i]));
    losses.push_back(loss);
    const Tensor weighted = goal.loss_weight == 1 ? loss : mul_constant(loss, goal.loss_weight);
    total = total.defined() ? add(total, weighted) : weighted;
    for (const Metric& metric : goal.metrics) {
      metrics.push_back(mean(cast(metric.function(y[i], outputs[i]), DType::kFloat32)));
    }
  }
  // As in TensorFlow.js, penalties of weights count in training only.
  if (training) {
    for (const Tensor& penalty : model_->losses()) total = add(total, penalty);
  }
  for (const Tensor& loss : added.losses) total = add(total, loss);
  Forward forward{total, {total}, {}};
  if (outputs.size() > 1) {
    forward.values.insert(forward.values.end(), losses.begin(), losses.end());
  }
  forward.values.insert(forward.values.end(), metrics.begin(), metrics.end());
  for (const auto& [name, value] : added.metrics) {
    forward.values.push_back(mean(cast(value, DType::kFloat32)));
    forward.added.push_back(name);
  }
  return forward;
}

std::vector<Tensor> Trainer::step(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y) {
  const Forward result = forward(x, y, mode == Mode::kTrain);
  const size_t own = result.values.size() - result.added.size();
  metric_names_.resize(own);
  metric_names_.insert(metric_names_.end(), result.added.begin(), result.added.end());
  results_.resize(metric_names_.size());
  if (mode == Mode::kTrain) {
    const std::vector<Tensor> gradients = variable_gradients(result.total, trainable_);
    std::vector<std::pair<VariablePtr, Tensor>> updates;
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (gradients[i].defined()) updates.emplace_back(trainable_[i], gradients[i]);
    }
    if (!updates.empty()) optimizer_->apply_gradients(updates);
  }
  return result.values;
}

/// The Program for batches like this, made if there is none yet.
Program* Trainer::program_for(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y) {
  feed_.assign(x.begin(), x.end());
  feed_.insert(feed_.end(), y.begin(), y.end());
  ProgramCache& programs = mode == Mode::kTrain ? train_programs_ : test_programs_;
  Program* program = programs.find(feed_);
  if (program != nullptr) return program;
  check_data(x, y);
  Trace trace;
  const std::vector<Tensor> x_in = trace_inputs(trace, x);
  const std::vector<Tensor> y_in = trace_inputs(trace, y);
  std::vector<Tensor> values = step(mode, x_in, y_in);
  return programs.add(trace.finish(std::move(values)), low_memory_);
}

void Trainer::prepare(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y) {
  if (!eager_) program_for(mode, x, y);
  feed_.clear();
}

std::span<const float> Trainer::run(Mode mode, std::span<const Tensor> x,
                                    std::span<const Tensor> y) {
  if (eager_) {
    check_data(x, y);
    std::optional<Tape> tape;
    if (mode == Mode::kTrain) tape.emplace();
    const std::vector<Tensor> values = step(mode, x, y);
    for (size_t i = 0; i < values.size(); ++i) results_[i] = values[i].item();
    return results_;
  }
  Program* program = program_for(mode, x, y);
  program->run(feed_);
  feed_.clear();  // keeps its memory, but not the batch
  for (int i = 0; i < program->num_outputs(); ++i) results_[i] = *program->output(i).f32();
  return {results_.data(), static_cast<size_t>(program->num_outputs())};
}

std::span<const float> Trainer::train_batch(std::span<const Tensor> x, std::span<const Tensor> y) {
  return run(Mode::kTrain, x, y);
}

std::span<const float> Trainer::test_batch(std::span<const Tensor> x, std::span<const Tensor> y) {
  return run(Mode::kTest, x, y);
}

bool Trainer::stale() const { return model_->trainable_weights() != trainable_; }

void Trainer::check_data(std::span<const Tensor> x, std::span<const Tensor> y) const {
  const auto check_count = [&](size_t got, size_t need, const char* what) {
    if (got == need) return;
    fail<ValueError>("Model '{}' expects {} {} tensor(s), but got {}", model_->name(), need, what,
                     got);
  };
  check_count(x.size(), model_->inputs().size(), "input");
  check_count(y.size(), model_->outputs().size(), "target");
  const auto check = [&](const Tensor& tensor, const Shape& need, const std::string& name,
                         const char* what) {
    bool fits = tensor.shape().rank() == need.rank();
    for (int axis = 1; fits && axis < need.rank(); ++axis) {
      fits = need[axis] == kUnknown || need[axis] == tensor.shape()[axis];
    }
    if (!fits) {
      fail<ValueError>("The {} '{}' of model '{}' expects tensors of shape {}, but got shape {}",
                       what, name, model_->name(), need, tensor.shape());
    }
    if (tensor.shape()[0] != x[0].shape()[0]) {
      fail<ValueError>(
          "Input Tensors should have the same number of samples as target Tensors: the first input "
          "has {} sample(s), the {} '{}' has {}",
          x[0].shape()[0], what, name, tensor.shape()[0]);
    }
  };
  for (size_t i = 0; i < x.size(); ++i) {
    const SymbolicTensor& input = model_->inputs()[i];
    check(x[i], input.shape, input.layer->name(), "input");
  }
  for (size_t i = 0; i < y.size(); ++i) {
    const SymbolicTensor& output = model_->outputs()[i];
    Shape need = output.shape;
    if (goals_[i].loss_name == "sparseCategoricalCrossentropy") need[-1] = 1;  // class numbers
    check(y[i], need, output.layer->name(), "target");
  }
}

std::vector<Tensor> Trainer::predict_batch(std::span<const Tensor> x) {
  if (!eager_) return heddle::predict_batch(*model_, predict_programs_, x);
  check_inputs(*model_, x);
  return model_->call(x, {});
}

std::vector<Tensor> predict_batch(Model& model, ProgramCache& cache, std::span<const Tensor> x) {
  Program* program = cache.find(x);
  if (program == nullptr) {
    check_inputs(model, x);
    Trace trace;
    std::vector<Tensor> outputs = model.call(trace_inputs(trace, x), {});
    program = cache.add(trace.finish(std::move(outputs)));
  }
  program->run(x);
  std::vector<Tensor> outputs;
  for (int i = 0; i < program->num_outputs(); ++i) outputs.push_back(program->copy_output(i));
  return outputs;
}

}  // namespace heddle

#include <emscripten/bind.h>

#include <utility>

#include "config_conversion.h"
#include "conversions.h"
#include "script_layer.h"
#include "training/attribution.h"
#include "training/losses.h"
#include "training/metrics.h"
#include "training/optimizers.h"
#include "training/program_cache.h"
#include "training/trainer.h"
#include "training/training_run.h"

namespace heddle {
namespace {

using emscripten::class_;
using emscripten::function;
using emscripten::val;

using TrainerPtr = std::shared_ptr<Trainer>;
using TrainingRunPtr = std::shared_ptr<TrainingRun>;
using ProgramCachePtr = std::shared_ptr<ProgramCache>;

/// A loss or metric written in JavaScript, called while tracing. It returns a tensor handle that is
/// ours to delete.
LossFunction from_callback(const val& callback) {
  return [callback](const Tensor& targets, const Tensor& predictions) {
    return take_tensor(callback(targets, predictions));
  };
}

ModelPtr owner_of(Layer& layer) { return {layer.shared_from_this(), layer.as_model()}; }

/// goal: {loss: name or function, weight, metrics: [name or [key, function], ...]}.
OutputGoal to_goal(const val& goal, const Shape& output_shape) {
  OutputGoal out;
  const val loss = goal["loss"];
  if (loss.isString()) {
    out.loss_name = canonical_loss_name(loss.as<std::string>());
    out.loss = make_loss(out.loss_name);
  } else {
    out.loss = from_callback(loss);
  }
  out.loss_weight = goal["weight"].as<float>();
  out.metrics = to_list(goal["metrics"], [&](const val& metric) -> Metric {
    if (metric.isString()) {
      return make_metric(metric.as<std::string>(), output_shape, out.loss_name);
    }
    return {metric[0].as<std::string>(), from_callback(metric[1])};
  });
  return out;
}

TrainerPtr make_trainer(Layer& layer, const OptimizerPtr& optimizer, const val& goals, bool eager,
                        bool low_memory) {
  const ModelPtr model = owner_of(layer);
  std::vector<OutputGoal> list;
  for (size_t i = 0; i < model->outputs().size(); ++i) {
    list.push_back(to_goal(goals[i], model->outputs()[i].shape));
  }
  return std::make_shared<Trainer>(model, optimizer, std::move(list), eager, low_memory);
}

/// Two handles of one Trainer would be two counts of owners: the run gets the handle's own.
TrainingRunPtr make_run(const TrainerPtr& trainer, bool train, const val& x, const val& y,
                        int batch_size) {
  return std::make_shared<TrainingRun>(trainer,
                                       train ? TrainingRun::Mode::kTrain : TrainingRun::Mode::kTest,
                                       to_tensors(x), to_tensors(y), batch_size);
}

val logs_of(std::span<const float> logs) { return val::array(logs.begin(), logs.end()); }

val train_batch(Trainer& trainer, const val& x, const val& y) {
  const std::vector<Tensor> inputs = to_tensors(x);
  const std::vector<Tensor> targets = to_tensors(y);
  trainer.check_data(inputs, targets);
  return logs_of(trainer.train_batch(inputs, targets));
}

void begin_epoch(TrainingRun& run, bool shuffle, double seed) {
  run.begin_epoch(shuffle, to_seed(seed).value_or(0));
}

val predict(Layer& model, ProgramCache& cache, const val& x) {
  return to_array(predict_batch(*model.as_model(), cache, to_tensors(x)));
}

void apply_gradients(Optimizer& optimizer, const val& variables, const val& gradients) {
  const std::vector<VariablePtr> targets = to_list(variables, to_variable);
  const std::vector<Tensor> values = to_tensors(gradients);
  std::vector<std::pair<VariablePtr, Tensor>> pairs;
  for (size_t i = 0; i < targets.size(); ++i) pairs.emplace_back(targets[i], values[i]);
  optimizer.apply_gradients(pairs);
}

OptimizerPtr make_optimizer_of(const std::string& name, const val& options) {
  return make_optimizer(name, to_config(options));
}

Tensor metric_value(const std::string& name, const Tensor& targets, const Tensor& predictions) {
  return make_metric(name, predictions.shape(), "").function(targets, predictions);
}

/// {path: [[layer, call index], ...], gradient, norm}.
val to_val(const AttributionPart& part) {
  val path = val::array();
  for (const CallPathStep& step : part.path) {
    val pair = val::array();
    pair.call<void>("push", step.layer, step.call_index);
    path.call<void>("push", pair);
  }
  val out = val::object();
  out.set("path", path);
  out.set("gradient", part.gradient);
  out.set("norm", part.norm);
  return out;
}

val to_val(const std::vector<float>& row) { return val::array(row); }

template <typename T>
val list_of(const std::vector<T>& items) {
  val out = val::array();
  for (const T& item : items) out.call<void>("push", to_val(item));
  return out;
}

/// [{variable, total, parts, cosine}, ...].
val attribution_of(Trainer& trainer, const val& x, const val& y) {
  const std::vector<Tensor> inputs = to_tensors(x);
  const std::vector<Tensor> targets = to_tensors(y);
  val out = val::array();
  for (const Attribution& entry : trainer.attribute(inputs, targets)) {
    val item = val::object();
    item.set("variable", entry.variable);
    item.set("total", entry.total);
    item.set("parts", list_of(entry.parts));
    item.set("cosine", list_of(entry.cosine));
    out.call<void>("push", item);
  }
  return out;
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_training) {
  class_<Optimizer>("Optimizer")
      .smart_ptr<OptimizerPtr>("OptimizerPtr")
      .function(
          "className", +[](const Optimizer& o) { return std::string(o.class_name()); })
      .function(
          "config", +[](const Optimizer& o) { return to_val(o.config()); })
      .function("learningRate", &Optimizer::learning_rate)
      .function("setLearningRate", &Optimizer::set_learning_rate)
      .function("iterations", &Optimizer::iterations)
      .function(
          "weights", +[](const Optimizer& o) { return to_array(o.weights()); })
      .function("applyGradients", &apply_gradients);
  function("makeOptimizer", &make_optimizer_of);

  class_<Trainer>("Trainer")
      .smart_ptr<TrainerPtr>("TrainerPtr")
      .function("stale", &Trainer::stale)
      .function(
          "metricNames", +[](const Trainer& t) { return to_array(t.metric_names()); })
      .function("trainBatch", &train_batch)
      .function(
          "predictBatch",
          +[](Trainer& t, const val& x) { return to_array(t.predict_batch(to_tensors(x))); })
      .function("attribution", &attribution_of);
  function("makeTrainer", &make_trainer);

  // What `fit` calls in its loop takes and gives plain numbers, so that nothing is allocated.
  class_<TrainingRun>("TrainingRun")
      .smart_ptr<TrainingRunPtr>("TrainingRunPtr")
      .function("beginEpoch", &begin_epoch)
      .function("advance", &TrainingRun::advance)
      .function("epochDone", &TrainingRun::epoch_done)
      .function("samples", &TrainingRun::samples)
      .function("stepsPerEpoch", &TrainingRun::steps_per_epoch)
      .function("lastBatchSize", &TrainingRun::last_batch_size)
      .function(
          "batchLog", +[](const TrainingRun& run, int i) { return run.batch_logs()[i]; })
      .function("epochLog", +[](const TrainingRun& run, int i) { return run.epoch_logs()[i]; });
  function("makeTrainingRun", &make_run);

  class_<ProgramCache>("ProgramCache")
      .smart_ptr_constructor("ProgramCachePtr", &std::make_shared<ProgramCache>);
  function("predict", &predict);

  function("metric", &metric_value);
}

}  // namespace heddle

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/model.h"
#include "training/losses.h"
#include "training/metrics.h"
#include "training/optimizers.h"
#include "training/program_cache.h"

namespace heddle {

/// What `compile` was told about one output.
struct OutputGoal {
  LossFunction loss;
  /// Canonical name of the loss, "" for a function of the caller's.
  std::string loss_name;
  float loss_weight = 1;
  std::vector<Metric> metrics;
};

struct Attribution;
class AttributionProgram;

/// A compiled model: makes and runs the Programs of training and evaluation. A training step is one
/// Program: forward, losses, metrics, backward and updates.
class Trainer {
 public:
  /// One goal for each output of the model. Remembers which Variables are trainable now. With
  /// `eager` every step runs op by op as the layers are written, so that they can look at values:
  /// slower, and it allocates. With `low_memory` training steps compute much of the forward pass
  /// twice and keep less of it (graph/rematerialize.h).
  Trainer(ModelPtr model, OptimizerPtr optimizer, std::vector<OutputGoal> goals, bool eager = false,
          bool low_memory = false);
  ~Trainer();

  /// One step on a batch. Returns the metrics' values before the update, in the order of
  /// metric_names(); valid until the next call.
  std::span<const float> train_batch(std::span<const Tensor> x, std::span<const Tensor> y);
  /// The metrics' values on a batch, without an update.
  std::span<const float> test_batch(std::span<const Tensor> x, std::span<const Tensor> y);
  /// The outputs for a batch.
  std::vector<Tensor> predict_batch(std::span<const Tensor> x);
  /// Makes ready for batches like these, after which metric_names() is complete.
  enum class Mode { kTrain, kTest };
  void prepare(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y);

  /// Splits the gradients of a batch's loss by Call, for each trainable Variable that more than one
  /// Call reads (attribution.h). Nothing is updated. Throws ValueError as check_data does.
  std::vector<Attribution> attribute(std::span<const Tensor> x, std::span<const Tensor> y);

  /// "loss", each output's loss if there are several, each output's metrics; then what layers add
  /// (added_values.h), which is known once a step is prepared.
  const std::vector<std::string>& metric_names() const { return metric_names_; }
  const ModelPtr& model() const { return model_; }
  const OptimizerPtr& optimizer() const { return optimizer_; }
  /// Bytes in which the training step for batches like the last works; 0 before the first.
  size_t arena_bytes() const { return train_programs_.arena_bytes(); }
  /// True when `trainable` of some layer has changed since this Trainer was made.
  bool stale() const;
  /// Throws ValueError when the data does not fit the model's inputs and outputs: names the input
  /// or output, what came, what is needed.
  void check_data(std::span<const Tensor> x, std::span<const Tensor> y) const;

  /// The model's forward pass and what is made of it: in ops, so traced or at once.
  struct Forward {
    Tensor total;                    // the weighted sum of the losses, a scalar
    std::vector<Tensor> values;      // scalars in the order of metric_names()
    std::vector<std::string> added;  // the names of those at the end that layers have added
  };
  Forward forward(std::span<const Tensor> x, std::span<const Tensor> y, bool training);
  const std::vector<VariablePtr>& trainable() const { return trainable_; }

 private:
  std::span<const float> run(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y);
  Program* program_for(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y);
  /// Forward, and when training backward and updates: in ops, so traced or at once.
  std::vector<Tensor> step(Mode mode, std::span<const Tensor> x, std::span<const Tensor> y);
  void name_metrics();

  ModelPtr model_;
  OptimizerPtr optimizer_;
  std::vector<OutputGoal> goals_;
  bool eager_;
  bool low_memory_;
  std::vector<VariablePtr> trainable_;
  std::vector<std::string> metric_names_;
  std::vector<float> results_;
  std::vector<Tensor> feed_;
  ProgramCache train_programs_;
  ProgramCache test_programs_;
  ProgramCache predict_programs_;
  std::unique_ptr<AttributionProgram> attribution_;  // for the shapes asked for last
};

/// The model's outputs for a batch. `cache` holds the Programs.
std::vector<Tensor> predict_batch(Model& model, ProgramCache& cache, std::span<const Tensor> x);

}  // namespace heddle

#pragma once

#include <memory>
#include <vector>

#include "training/trainer.h"

namespace heddle {

/// Passes over a data set in batches, for `fit` and `evaluate`. The caller decides how many steps
/// to take at a time, so that a page can breathe in between.
class TrainingRun {
 public:
  using Mode = Trainer::Mode;

  /// All tensors have the samples along their first axis. Throws ValueError as
  /// Trainer::check_data does.
  TrainingRun(std::shared_ptr<Trainer> trainer, Mode mode, std::vector<Tensor> x,
              std::vector<Tensor> y, int batch_size);

  /// Starts a pass. With `shuffle`, in an order that follows from the seed and the number of passes
  /// before.
  void begin_epoch(bool shuffle, uint64_t seed);
  /// Takes at most `max_steps` steps, and no further one once `max_milliseconds` are over. Returns
  /// how many were taken.
  int advance(int max_steps, double max_milliseconds);
  bool epoch_done() const { return next_ >= samples_; }

  int samples() const { return samples_; }
  int steps_per_epoch() const { return (samples_ + batch_size_ - 1) / batch_size_; }
  /// Samples in the last batch.
  int last_batch_size() const { return last_batch_size_; }
  /// The metrics of the last batch, in the order of Trainer::metric_names().
  const std::vector<float>& batch_logs() const { return batch_logs_; }
  /// Their means over the samples of this pass so far.
  const std::vector<double>& epoch_logs() const { return epoch_logs_; }

 private:
  void step();
  /// The rows [next_, next_ + count) of the pass's order.
  void gather(std::vector<Tensor>& batch, const std::vector<Tensor>& data, int count);

  std::shared_ptr<Trainer> trainer_;
  Mode mode_;
  std::vector<Tensor> x_;
  std::vector<Tensor> y_;
  int batch_size_;
  int samples_;
  int next_ = 0;
  int last_batch_size_ = 0;
  uint64_t epochs_begun_ = 0;
  std::vector<int32_t> order_;
  std::vector<Tensor> x_batch_;
  std::vector<Tensor> y_batch_;
  std::vector<Tensor> x_rest_;  // the last, smaller batch
  std::vector<Tensor> y_rest_;
  std::vector<float> batch_logs_;
  std::vector<double> epoch_logs_;
};

}  // namespace heddle

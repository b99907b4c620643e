#include "training/training_run.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "tensor/random.h"

namespace heddle {
namespace {

/// Memory for a batch of `count` samples of each data tensor.
std::vector<Tensor> batch_tensors(const std::vector<Tensor>& data, int count) {
  std::vector<Tensor> batch;
  for (const Tensor& tensor : data) {
    Shape shape = tensor.shape();
    shape[0] = count;
    batch.push_back(Tensor::empty(shape, tensor.dtype()));
  }
  return batch;
}

/// A clock that never goes back. (That of <chrono> comes with error messages of its own.)
double milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace

TrainingRun::TrainingRun(std::shared_ptr<Trainer> trainer, Mode mode, std::vector<Tensor> x,
                         std::vector<Tensor> y, int batch_size)
    : trainer_(std::move(trainer)),
      mode_(mode),
      x_(std::move(x)),
      y_(std::move(y)),
      batch_size_(batch_size) {
  if (batch_size < 1) {
    fail<ValueError>("batchSize is required to be a positive integer, but got {}", batch_size);
  }
  trainer_->check_data(x_, y_);
  samples_ = x_[0].shape()[0];
  batch_size_ = std::max(1, std::min(batch_size_, samples_));
  next_ = samples_;
  const int rest = samples_ % batch_size_;
  x_batch_ = batch_tensors(x_, batch_size_);
  y_batch_ = batch_tensors(y_, batch_size_);
  if (rest > 0) {
    x_rest_ = batch_tensors(x_, rest);
    y_rest_ = batch_tensors(y_, rest);
  }
  order_.resize(samples_);
  trainer_->prepare(mode_, x_batch_, y_batch_);
  batch_logs_.resize(trainer_->metric_names().size());
  epoch_logs_.resize(batch_logs_.size());
}

void TrainingRun::begin_epoch(bool shuffle, uint64_t seed) {
  if (shuffle) {
    shuffled_indices({seed, epochs_begun_}, samples_, order_.data());
  } else {
    std::iota(order_.begin(), order_.end(), 0);
  }
  ++epochs_begun_;
  next_ = 0;
  std::fill(epoch_logs_.begin(), epoch_logs_.end(), 0.0);
}

int TrainingRun::advance(int max_steps, double max_milliseconds) {
  const double end = milliseconds() + max_milliseconds;
  int steps = 0;
  while (!epoch_done() && steps < max_steps) {
    step();
    ++steps;
    if (milliseconds() >= end) break;
  }
  return steps;
}

void TrainingRun::gather(std::vector<Tensor>& batch, const std::vector<Tensor>& data, int count) {
  for (size_t i = 0; i < data.size(); ++i) {
    const size_t row = data[i].spec().bytes() / samples_;
    const char* from = data[i].data<char>();
    char* to = batch[i].data<char>();
    for (int k = 0; k < count; ++k) std::memcpy(to + k * row, from + order_[next_ + k] * row, row);
  }
}

void TrainingRun::step() {
  const int count = std::min(batch_size_, samples_ - next_);
  std::vector<Tensor>& x = count == batch_size_ ? x_batch_ : x_rest_;
  std::vector<Tensor>& y = count == batch_size_ ? y_batch_ : y_rest_;
  gather(x, x_, count);
  gather(y, y_, count);
  const std::span<const float> values =
      mode_ == Mode::kTrain ? trainer_->train_batch(x, y) : trainer_->test_batch(x, y);
  // Means over samples: a smaller last batch counts for less.
  const double share = static_cast<double>(count) / (next_ + count);
  if (values.size() > batch_logs_.size()) {  // an eager step tells what layers add only now
    batch_logs_.resize(values.size());
    epoch_logs_.resize(values.size());
  }
  for (size_t i = 0; i < values.size(); ++i) {
    batch_logs_[i] = values[i];
    epoch_logs_[i] += (values[i] - epoch_logs_[i]) * share;
  }
  next_ += count;
  last_batch_size_ = count;
}

}  // namespace heddle

#include "ops/softmax.h"

#include <algorithm>
#include <array>
#include <span>

#include "kernels/softmax.h"
#include "ops/elementwise.h"
#include "ops/gather.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// A tensor as the matrix of its last axis.
struct Rows {
  int rows = 0;
  int cols = 0;
};

Rows rows_of(const Shape& shape) {
  const int cols = shape[-1];
  return {cols == 0 ? 0 : static_cast<int>(shape.size() / cols), cols};
}

/// The sum over the last axis, which stays as 1.
Tensor row_sum(const Tensor& x) { return sum(x, {-1}, true); }

Tensor softmax_backward(const Tensor& y, const Tensor& dy);
Tensor log_softmax_backward(const Tensor& y, const Tensor& dy);

/// dx = y (dy - sum(y dy)) for y = softmax(x).
class SoftmaxBackward : public Op {
 public:
  const char* name() const override { return "softmaxBackward"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const auto [rows, cols] = rows_of(outputs[0].shape());
    if (rows == 0) return;
    kernels::softmax_backward(rows, cols, inputs[0].f32(), inputs[1].f32(), outputs[0].f32());
  }
  // With u the gradient of dx: for dy it is y (u - sum(y u)), for y it is
  // u (dy - sum(y dy)) - dy sum(y u).
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& y = request.input(0);
    const Tensor& dy = request.input(1);
    const Tensor& u = request.grad();
    std::vector<Tensor> gradients(2);
    if (request.wants(0)) {
      gradients[0] = sub(mul(u, sub(dy, row_sum(mul(y, dy)))), mul(dy, row_sum(mul(y, u))));
    }
    if (request.wants(1)) gradients[1] = softmax_backward(y, u);
    return gradients;
  }
  bool in_place(int input, int output) const override { return input == 1 && output == 0; }
};

/// dx = dy - exp(y) sum(dy) for y = log_softmax(x).
class LogSoftmaxBackward : public Op {
 public:
  const char* name() const override { return "logSoftmaxBackward"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const auto [rows, cols] = rows_of(outputs[0].shape());
    if (rows == 0) return;
    kernels::log_softmax_backward(rows, cols, inputs[0].f32(), inputs[1].f32(), outputs[0].f32());
  }
  // With u the gradient of dx: for dy it is u - sum(exp(y) u), for y it is -u exp(y) sum(dy).
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor weighted = mul(exp(request.input(0)), request.grad());
    std::vector<Tensor> gradients(2);
    if (request.wants(0)) gradients[0] = neg(mul(weighted, row_sum(request.input(1))));
    if (request.wants(1)) gradients[1] = sub(request.grad(), row_sum(weighted));
    return gradients;
  }
  bool in_place(int input, int output) const override { return input == 1 && output == 0; }
};

class Softmax : public Op {
 public:
  const char* name() const override { return "softmax"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const auto [rows, cols] = rows_of(outputs[0].shape());
    if (rows == 0) return;
    kernels::softmax(rows, cols, inputs[0].f32(), outputs[0].f32());
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {softmax_backward(request.output(), request.grad())};
  }
  bool in_place(int input, int output) const override { return input == 0 && output == 0; }
  std::string key() const override { return key_of(); }
};

class LogSoftmax : public Op {
 public:
  const char* name() const override { return "logSoftmax"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const auto [rows, cols] = rows_of(outputs[0].shape());
    if (rows == 0) return;
    kernels::log_softmax(rows, cols, inputs[0].f32(), outputs[0].f32());
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {log_softmax_backward(request.output(), request.grad())};
  }
  bool in_place(int input, int output) const override { return input == 0 && output == 0; }
  std::string key() const override { return key_of(); }
};

Tensor softmax_backward(const Tensor& y, const Tensor& dy) {
  return apply(std::make_shared<SoftmaxBackward>(), {y, dy});
}

Tensor log_softmax_backward(const Tensor& y, const Tensor& dy) {
  return apply(std::make_shared<LogSoftmaxBackward>(), {y, dy});
}

/// Applies a function of the last axis to another one.
template <typename Fn>
Tensor along(const Tensor& x, int axis, const char* where, const Fn& fn) {
  const int rank = x.shape().rank();
  const int last = rank - 1;
  const int normal = normalize_axis(axis, rank, where);
  if (normal == last) return fn(cast(x, DType::kFloat32));
  std::array<int, kMaxRank> swap{};
  for (int i = 0; i < rank; ++i) swap[i] = i;
  std::swap(swap[normal], swap[last]);
  const std::span<const int> perm(swap.data(), static_cast<size_t>(rank));
  return transpose(fn(cast(transpose(x, perm), DType::kFloat32)), perm);
}

/// The cross-entropy with labels that are probabilities (dense) or class numbers (sparse). Outputs
/// the loss and, for the gradient, the softmax of the logits.
class SoftmaxCrossEntropy : public Op {
 public:
  explicit SoftmaxCrossEntropy(bool sparse) : sparse_(sparse) {}

  const char* name() const override {
    return sparse_ ? "sparseSoftmaxCrossEntropy" : "softmaxCrossEntropy";
  }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const Shape& logits = inputs[0].shape;
    if (logits.rank() < 1) {
      fail<ValueError>("[{}] logits must have rank 1 or more, got a scalar", name());
    }
    const Shape expected = sparse_ ? logits.slice(0, -1) : logits;
    if (inputs[1].shape != expected) {
      fail<ValueError>("[{}] labels must have shape {} to fit the logits {}, got {}", name(),
                       expected, logits, inputs[1].shape);
    }
    return {{logits.slice(0, -1), DType::kFloat32}, {logits, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const auto [rows, cols] = rows_of(inputs[0].shape());
    float* const loss = outputs[0].f32();
    if (rows == 0) {
      // Without classes, a loss is an empty sum.
      std::fill_n(loss, outputs[0].size(), 0.0f);
    } else if (sparse_) {
      kernels::sparse_softmax_cross_entropy(rows, cols, inputs[0].f32(), inputs[1].i32(), loss,
                                            outputs[1].f32());
    } else {
      kernels::softmax_cross_entropy(rows, cols, inputs[0].f32(), inputs[1].f32(), loss,
                                     outputs[1].f32());
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override;

  bool in_place(int input, int output) const override { return input == 0 && output == 1; }

 private:
  bool sparse_;
};

/// dlogits = dloss (probs sum(labels) - labels), from [probs, labels, dloss].
class SoftmaxCrossEntropyBackward : public Op {
 public:
  explicit SoftmaxCrossEntropyBackward(bool sparse) : sparse_(sparse) {}

  const char* name() const override {
    return sparse_ ? "sparseSoftmaxCrossEntropyBackward" : "softmaxCrossEntropyBackward";
  }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const auto [rows, cols] = rows_of(outputs[0].shape());
    if (rows == 0) return;
    const float* const probs = inputs[0].f32();
    const float* const dloss = inputs[2].f32();
    if (sparse_) {
      kernels::sparse_softmax_cross_entropy_backward(rows, cols, probs, inputs[1].i32(), dloss,
                                                     outputs[0].f32());
    } else {
      kernels::softmax_cross_entropy_backward(rows, cols, probs, inputs[1].f32(), dloss,
                                              outputs[0].f32());
    }
  }

  // With u the gradient of dlogits, each factor's gradient is u times the others.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& probs = request.input(0);
    const Tensor& u = request.grad();
    const Tensor dloss = expand_dims(request.input(2), -1);
    const Tensor labels = sparse_ ? one_hot(request.input(1), probs.shape()[-1]) : request.input(1);
    const Tensor total = row_sum(labels);
    std::vector<Tensor> gradients(3);
    if (request.wants(0)) gradients[0] = mul(u, mul(dloss, total));
    if (request.wants(1)) gradients[1] = mul(dloss, sub(row_sum(mul(u, probs)), u));
    if (request.wants(2)) gradients[2] = sum(mul(u, sub(mul(probs, total), labels)), {-1});
    return gradients;
  }

  bool in_place(int input, int output) const override { return input == 0 && output == 0; }

 private:
  bool sparse_;
};

std::vector<Tensor> SoftmaxCrossEntropy::gradient(const GradientRequest& request) const {
  const Tensor& logits = request.input(0);
  const Tensor& labels = request.input(1);
  const Tensor probs = request.output(1);
  std::vector<Tensor> gradients(2);
  if (request.wants(0)) {
    if (request.grad(0).defined()) {
      gradients[0] = apply(std::make_shared<SoftmaxCrossEntropyBackward>(sparse_),
                           {probs, labels, request.grad(0)});
    }
    if (request.grad(1).defined()) {
      const Tensor through_probs = softmax_backward(probs, request.grad(1));
      gradients[0] = gradients[0].defined() ? add(gradients[0], through_probs) : through_probs;
    }
  }
  if (!sparse_ && request.wants(1) && request.grad(0).defined()) {
    gradients[1] = neg(mul(expand_dims(request.grad(0), -1), log_softmax(logits)));
  }
  return gradients;
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
  return along(x, axis, "softmax",
               [](const Tensor& t) { return apply(std::make_shared<Softmax>(), {t}); });
}

Tensor log_softmax(const Tensor& x, int axis) {
  return along(x, axis, "logSoftmax",
               [](const Tensor& t) { return apply(std::make_shared<LogSoftmax>(), {t}); });
}

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels) {
  return apply(std::make_shared<SoftmaxCrossEntropy>(false),
               {cast(logits, DType::kFloat32), cast(labels, DType::kFloat32)});
}

Tensor sparse_softmax_cross_entropy(const Tensor& logits, const Tensor& labels) {
  return apply(std::make_shared<SoftmaxCrossEntropy>(true),
               {cast(logits, DType::kFloat32), cast(labels, DType::kInt32)});
}

Tensor sigmoid_cross_entropy(const Tensor& logits, const Tensor& labels) {
  // -log(sigmoid(x)) = softplus(-x) and -log(1 - sigmoid(x)) = softplus(x). Both terms are positive
  // for labels in [0, 1], so nothing cancels; and the gradient is sigmoid(x) - labels also at 0,
  // where the usual max(x, 0) - x z + log(1 + exp(-|x|)) has a kink in each of its parts.
  const Tensor x = cast(logits, DType::kFloat32);
  const Tensor z = cast(labels, DType::kFloat32);
  return add(mul(z, softplus(neg(x))), mul(sub(Tensor::scalar(1), z), softplus(x)));
}

}  // namespace heddle

#pragma once

#include <cstdint>

namespace heddle::kernels {

/// y[i, :] = exp(x[i, :] - max) / sum. x and y are [rows, cols] and may be the same memory.
void softmax(int rows, int cols, const float* x, float* y);
/// dx = y * (dy - sum(y * dy)) per row. dx may be dy.
void softmax_backward(int rows, int cols, const float* y, const float* dy, float* dx);

/// y[i, :] = x[i, :] - max - log(sum(exp(x - max))). x and y may be the same memory.
void log_softmax(int rows, int cols, const float* x, float* y);
/// dx = dy - exp(y) * sum(dy) per row. dx may be dy.
void log_softmax_backward(int rows, int cols, const float* y, const float* dy, float* dx);

/// loss[i] = -sum_j labels[i, j] * log_softmax(logits)[i, j], and probs = softmax(logits), which
/// the gradient needs (probs may be null, or the memory of the logits). Labels that are 0 take no
/// part, even against a logit of -infinity. logits, labels and probs are [rows, cols], loss is
/// [rows].
void softmax_cross_entropy(int rows, int cols, const float* logits, const float* labels,
                           float* loss, float* probs);
/// dlogits[i, :] = dloss[i] * (probs[i, :] * sum(labels[i, :]) - labels[i, :]). dlogits may be
/// probs.
void softmax_cross_entropy_backward(int rows, int cols, const float* probs, const float* labels,
                                    const float* dloss, float* dlogits);

/// The same with class numbers: loss[i] = -log_softmax(logits)[i, labels[i]]. A label outside
/// [0, cols) gives NaN.
void sparse_softmax_cross_entropy(int rows, int cols, const float* logits, const int32_t* labels,
                                  float* loss, float* probs);
/// dlogits[i, j] = dloss[i] * (probs[i, j] - (j == labels[i])). dlogits may be probs.
void sparse_softmax_cross_entropy_backward(int rows, int cols, const float* probs,
                                           const int32_t* labels, const float* dloss,
                                           float* dlogits);

}  // namespace heddle::kernels

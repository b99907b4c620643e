#pragma once

#include "ops/op.h"

namespace heddle {

/// exp(x) over its sum along `axis`.
Tensor softmax(const Tensor& x, int axis = -1);
/// log(softmax(x)), computed without overflow.
Tensor log_softmax(const Tensor& x, int axis = -1);

/// -sum(labels * log_softmax(logits)) over the last axis: logits and labels [..., classes] give
/// [...]. The labels are probabilities, for example one-hot rows; they get a gradient too.
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);

/// The same with class numbers: logits [..., classes], labels [...] int32. A label outside
/// [0, classes) gives NaN.
Tensor sparse_softmax_cross_entropy(const Tensor& logits, const Tensor& labels);

/// -labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)) for each element,
/// computed without overflow. The operands broadcast.
Tensor sigmoid_cross_entropy(const Tensor& logits, const Tensor& labels);

}  // namespace heddle

#pragma once

#include "ops/op.h"

namespace heddle {

/// (x - mean) / sqrt(variance + epsilon) * scale + offset (Ioffe & Szegedy 2015). All broadcast to
/// x; offset and scale may be undefined. float32.
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& offset,
                  const Tensor& scale, float epsilon = 1e-3f);

/// x / (bias + alpha * the sum of x² over the channels up to `radius` away)^beta (Krizhevsky et al.
/// 2012). Channels are the last axis. float32.
Tensor local_response_normalization(const Tensor& x, int radius = 5, float bias = 1,
                                    float alpha = 1, float beta = 0.5f);

}  // namespace heddle

#pragma once

#include "ops/op.h"

namespace heddle {

/// (x - mean) / sqrt(variance + epsilon) * scale + offset (Ioffe & Szegedy 2015). All broadcast to
/// x; offset and scale may be undefined. float32.
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& offset,
                  const Tensor& scale, float epsilon = 1e-3f);

}  // namespace heddle

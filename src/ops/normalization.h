#pragma once

#include "kernels/normalize.h"
#include "ops/op.h"

namespace heddle {

/// (x - mean) / sqrt(variance + epsilon) * scale + offset (Ioffe & Szegedy 2015). All broadcast to
/// x; offset and scale may be undefined. float32.
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& offset,
                  const Tensor& scale, float epsilon = 1e-3f);

/// What normalize gives: y as x; mean and variance [outer, groups].
struct Normalized {
  Tensor y;
  Tensor mean;
  Tensor variance;
};

/// As batch_norm, by x's own mean and variance: x has as many elements as the geometry's [outer,
/// positions, groups, size], and every group of every outer index is normalised by itself. gamma
/// and beta are [groups * size] in any shape, or undefined. Layer normalisation (Ba et al. 2016),
/// batch normalisation in training, group normalisation (Wu & He 2018), in one pass each way.
Normalized normalize(const Tensor& x, const kernels::NormalizeGeometry& geometry,
                     const Tensor& gamma, const Tensor& beta);

}  // namespace heddle

#pragma once

namespace heddle::kernels {

/// An array [outer, positions, groups, size] of which every group of every outer index is
/// normalised by itself: over all positions and its `size` neighbouring channels. Layer
/// normalisation has one position and one group, batch normalisation one outer index and groups of
/// size 1. gamma and beta are [channels], channels = groups * size; null for none.
struct NormalizeGeometry {
  int outer = 1;
  int positions = 1;
  int groups = 1;
  int size = 1;
  float epsilon = 0;

  int channels() const { return groups * size; }
};

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta. Mean and variance are [outer, groups]
/// and are written too. y may be x. Mean and variance are put together from those of blocks that
/// stay in the cache (Chan, Golub & LeVeque, "Algorithms for Computing the Sample Variance", 1983).
void normalize(const NormalizeGeometry& g, const float* x, const float* gamma, const float* beta,
               float* y, float* mean, float* variance);

/// The gradients: dx as x, dgamma and dbeta as gamma. All are overwritten; dx may be dy.
void normalize_backward(const NormalizeGeometry& g, const float* x, const float* mean,
                        const float* variance, const float* gamma, const float* dy, float* dx,
                        float* dgamma, float* dbeta);

}  // namespace heddle::kernels

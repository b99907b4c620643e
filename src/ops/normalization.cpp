#include "ops/normalization.h"

#include <cstdlib>

#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/shape_ops.h"

namespace heddle {

Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& offset,
                  const Tensor& scale, float epsilon) {
  Tensor factor = rsqrt(add_constant(cast(variance, DType::kFloat32), epsilon));
  if (scale.defined()) factor = mul(factor, scale);
  const Tensor centered = sub(cast(x, DType::kFloat32), mean);
  const Tensor scaled = mul(centered, factor);
  const Tensor out = offset.defined() ? add(scaled, offset) : scaled;
  if (out.shape() != x.shape()) {
    throw ValueError(text("[batchNorm] mean ", to_string(mean.shape()), ", variance ",
                          to_string(variance.shape()), ", offset and scale must broadcast to x ",
                          to_string(x.shape())));
  }
  return out;
}

Tensor local_response_normalization(const Tensor& x, int radius, float bias, float alpha,
                                    float beta) {
  const int rank = x.shape().rank();
  if ((rank != 3 && rank != 4) || radius < 0) {
    throw ValueError(text("[localResponseNormalization] x must have rank 3 or 4 and the radius ",
                          "must not be negative, got ", to_string(x.shape()), " and ", radius));
  }
  // The sums over neighbours are a product with a band of ones.
  const int channels = x.shape()[-1];
  Tensor band = Tensor::full({channels, channels}, 0);
  for (int i = 0; i < channels * channels; ++i) {
    if (std::abs(i / channels - i % channels) <= radius) band.data()[i] = 1;
  }
  const Tensor in = cast(x, DType::kFloat32);
  const Tensor rows =
      reshape(in, {static_cast<int>(x.shape().slice(0, rank - 1).size()), channels});
  const Tensor sums = reshape(matmul(square(rows), band), x.shape());
  const Tensor base = add_constant(mul_constant(sums, alpha), bias);
  return mul(in, pow(base, Tensor::scalar(-beta)));
}

}  // namespace heddle

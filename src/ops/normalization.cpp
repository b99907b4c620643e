#include "ops/normalization.h"

#include "ops/elementwise.h"

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

}  // namespace heddle

#pragma once

#include "kernels/elementwise.h"
#include "ops/op.h"

namespace heddle {

/// Any elementwise work, one step or a fused chain of them: all of it is a Chain that one kernel
/// runs in one pass over memory. Inputs broadcast (NumPy's rules); all outputs have the broadcast
/// shape.
class Elementwise : public Op {
 public:
  explicit Elementwise(const kernels::Chain& chain) : chain_(chain) {}

  const kernels::Chain& chain() const { return chain_; }

  const char* name() const override;
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override;
  void run(const RunContext& run, std::span<const View> inputs,
           std::span<const View> outputs) const override;
  std::vector<Tensor> gradient(const GradientRequest& request) const override;
  bool in_place(int input, int output) const override;
  const Elementwise* as_elementwise() const override { return this; }
  std::string key() const override;

 private:
  kernels::Chain chain_;
};

/// The op that copies a tensor into memory of its own.
OpPtr copy_op(DType dtype);
/// The op that computes `code` in float32, of one or two operands.
OpPtr elementwise_op(kernels::Code code, int operands = 2);

/// Sums a gradient over the dimensions that broadcasting had stretched, back to `shape`.
Tensor sum_to(const Tensor& gradient, const Shape& shape);

// Arithmetic. Operands broadcast; the result has the wider dtype (bool < int32 < float32), and
// bools count as int32.
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
/// Of two whole numbers it is floor_div, as in TensorFlow.js.
Tensor div(const Tensor& a, const Tensor& b);
Tensor floor_div(const Tensor& a, const Tensor& b);
Tensor mod(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& base, const Tensor& exponent);
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor squared_difference(const Tensor& a, const Tensor& b);
/// a / b, and 0 where b is 0.
Tensor div_no_nan(const Tensor& a, const Tensor& b);
/// The angle of the point (b, a) in radians: atan(a / b) in the right quadrant. float32.
Tensor atan2(const Tensor& a, const Tensor& b);

// Comparison and logic: bool results, no gradient.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);

// One operand. Float32 results; neg, abs, sign, step, square, relu, relu6 and clip keep int32.
Tensor neg(const Tensor& x);
Tensor abs(const Tensor& x);
Tensor sign(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor square(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor relu(const Tensor& x);
Tensor relu6(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor softplus(const Tensor& x);
Tensor log_sigmoid(const Tensor& x);
/// x, below zero exp(x) - 1 (Clevert et al. 2016).
Tensor elu(const Tensor& x);
/// scale * (x, below zero alpha * (exp(x) - 1)), with the constants that keep mean 0 and variance 1
/// (Klambauer et al. 2017).
Tensor selu(const Tensor& x);
/// x, below zero alpha * x.
Tensor leaky_relu(const Tensor& x, double alpha = 0.2);
/// The same with a slope for each element: alpha broadcasts and has a gradient (He et al. 2015).
Tensor prelu(const Tensor& x, const Tensor& alpha);
/// 1 above zero, else alpha. NaN stays NaN. Flat: the gradient is zero.
Tensor step(const Tensor& x, double alpha = 0);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);
Tensor atanh(const Tensor& x);
/// The error function 2 / sqrt(pi) times the integral of exp(-t²) from 0 to x.
Tensor erf(const Tensor& x);

// To whole numbers, in x's dtype. Flat: the gradient is zero.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// Halves go to the even neighbour.
Tensor round(const Tensor& x);
/// Towards zero.
Tensor trunc(const Tensor& x);

// bool results, no gradient.
Tensor is_nan(const Tensor& x);
Tensor is_inf(const Tensor& x);
Tensor is_finite(const Tensor& x);

/// x + constant and x * constant, in x's dtype.
Tensor add_constant(const Tensor& x, double constant);
Tensor mul_constant(const Tensor& x, double constant);
/// Values below `low` become `low`, above `high` become `high`; the gradient passes inside
/// [low, high] only.
Tensor clip_by_value(const Tensor& x, float low, float high);

/// `a` where the condition holds, else `b`; all three broadcast. No gradient to the condition.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
/// Converts: float32 to int32 truncates, to bool is `x != 0`.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace heddle

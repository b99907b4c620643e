#include "ops/linalg.h"

#include <algorithm>

#include "kernels/linalg.h"
#include "kernels/scratch.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// The upper triangles of square matrices x [..., n, n], with the diagonal or without; zeros below.
Tensor upper_triangle(const Tensor& x, bool with_diagonal = true) {
  const int n = x.shape()[-1];
  const Tensor inside = Tensor::full({n, n}, 0, DType::kBool);
  auto* const at = inside.data<uint8_t>();
  for (int i = 0; i < n; ++i) {
    for (int j = i + (with_diagonal ? 0 : 1); j < n; ++j) at[static_cast<int64_t>(i) * n + j] = 1;
  }
  return where(inside, x, Tensor::scalar(0));
}

/// The last two axes swapped.
Tensor transposed(const Tensor& x) {
  Shape turn;
  for (int i = 0; i < x.shape().rank(); ++i) turn.push_back(i);
  std::swap(turn[-1], turn[-2]);
  return transpose(x, turn);
}

/// X = U⁻¹ of upper triangles [..., n, n].
class InvertUpper : public Op {
 public:
  const char* name() const override { return "invertUpper"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const int n = outputs[0].shape()[-1];
    const ptrdiff_t size = static_cast<ptrdiff_t>(n) * n;
    for (ptrdiff_t at = 0; at < outputs[0].size(); at += size) {
      kernels::invert_upper(n, inputs[0].f32() + at, outputs[0].f32() + at);
    }
  }

  // dU = -Xᵀ dX Xᵀ.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor x = request.output();
    const Tensor du = matmul(matmul(x, upper_triangle(request.grad()), true), x, false, true);
    return {neg(upper_triangle(du))};
  }
};

Tensor invert_upper(const Tensor& u) { return apply(std::make_shared<InvertUpper>(), {u}); }

class QR : public Op {
 public:
  explicit QR(bool full) : full_(full) {}
  const char* name() const override { return "qr"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const Shape& x = inputs[0].shape;
    TensorSpec q = inputs[0];
    TensorSpec r = inputs[0];
    q.shape[-1] = r.shape[-2] = full_ ? x[-2] : std::min(x[-1], x[-2]);
    return {q, r};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const Shape& shape = inputs[0].shape();
    const int m = shape[-2];
    const int n = shape[-1];
    const int columns = outputs[0].shape()[-1];
    if (outputs[0].size() == 0) return;
    auto* const scratch = static_cast<double*>(kernels::scratch_bytes(
        kernels::ScratchUse::kReduction, kernels::qr_scratch(m, n, columns)));
    const auto count = static_cast<int>(shape.slice(0, shape.rank() - 2).size());
    for (int i = 0; i < count; ++i) {
      kernels::qr(m, n, columns, inputs[0].f32() + static_cast<ptrdiff_t>(i) * m * n, scratch,
                  outputs[0].f32() + static_cast<ptrdiff_t>(i) * m * columns,
                  outputs[1].f32() + static_cast<ptrdiff_t>(i) * columns * n);
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& x = request.input(0);
    const Tensor q = request.output(0);
    const Tensor r = request.output(1);
    const int m = x.shape()[-2];
    const int n = x.shape()[-1];
    if (full_ && m > n) {
      fail<ValueError>(
          "[qr] a full q of more rows than columns has no gradient. Use fullMatrices = false");
    }
    const auto or_zeros = [](const Tensor& gradient, const Tensor& of) {
      return gradient.defined() ? gradient : Tensor::full(of.shape(), 0);
    };
    const Tensor dq = or_zeros(request.grad(0), q);
    const Tensor dr = or_zeros(request.grad(1), r);
    if (m >= n) return {tall_gradient(q, r, dq, dr)};
    // x = (left, right) = (q u, q v): the square part, with what right = q v adds.
    const auto parts = [&](const Tensor& t) { return split(t, {m, n - m}, -1); };
    const std::vector<Tensor> r_parts = parts(r), dr_parts = parts(dr), x_parts = parts(x);
    const Tensor dq_all = add(dq, matmul(x_parts[1], dr_parts[1], false, true));
    const Tensor left = tall_gradient(q, r_parts[0], dq_all, dr_parts[0]);
    return {concat(std::vector{left, matmul(q, dr_parts[1])}, -1)};
  }

 private:
  /// dX = (dQ + Q sym(M)) R⁻ᵀ with M = R dRᵀ - dQᵀ Q, where sym mirrors the lower triangle upwards
  /// (Walter & Lehmann 2010).
  static Tensor tall_gradient(const Tensor& q, const Tensor& r, const Tensor& dq,
                              const Tensor& dr) {
    const Tensor m = sub(matmul(r, upper_triangle(dr), false, true), matmul(dq, q, true));
    const Tensor lower = sub(m, upper_triangle(m, false));
    const Tensor mirrored = add(lower, transposed(sub(m, upper_triangle(m))));
    return matmul(add(dq, matmul(q, mirrored)), invert_upper(r), false, true);
  }

  bool full_;
};

}  // namespace

std::pair<Tensor, Tensor> qr(const Tensor& x, bool full) {
  if (x.shape().rank() < 2) {
    fail<ValueError>("[qr] x must have rank 2 or more, got {}", x.shape());
  }
  const std::vector<Tensor> both =
      apply_all(std::make_shared<QR>(full), {cast(x, DType::kFloat32)});
  return {both[0], both[1]};
}

}  // namespace heddle

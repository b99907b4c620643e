#include "ops/attention.h"

#include "kernels/attention.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

using kernels::AttentionGeometry;

/// The mask among an op's inputs, which has it last.
const uint8_t* mask_of(std::span<const View> inputs, size_t others) {
  return inputs.size() > others ? inputs[others].u8() : nullptr;
}

/// How much is taken from each score, in a shape that broadcasts to the scores [n, batch / n,
/// queries, keys]; undefined for nothing.
Tensor penalty(const AttentionGeometry& g, const Tensor& mask) {
  Tensor seen;
  if (mask.defined()) seen = expand_dims(mask, 1);
  if (g.causal) {
    Tensor past = Tensor::empty({g.queries, g.keys}, DType::kBool);
    for (int i = 0; i < g.queries; ++i) {
      for (int j = 0; j < g.keys; ++j) past.data<uint8_t>()[i * g.keys + j] = j <= i ? 1 : 0;
    }
    seen = seen.defined() ? logical_and(seen, past) : past;
  }
  if (!seen.defined()) return seen;
  return mul_constant(add_constant(cast(seen, DType::kFloat32), -1), 1e9);
}

/// The softmax's derivative at its result p, applied to t (it is its own transpose).
Tensor softmax_derivative(const Tensor& p, const Tensor& t) {
  return mul(p, sub(t, sum(mul(p, t), {-1}, true)));
}

/// dq, dk and dv from [q, k, v, dout] and the mask, if there is one.
class AttentionBackward : public Op {
 public:
  explicit AttentionBackward(const AttentionGeometry& geometry) : geometry_(geometry) {}
  const char* name() const override { return "attentionBackward"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0], inputs[1], inputs[2]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    kernels::attention_backward(geometry_, inputs[0].f32(), inputs[1].f32(), inputs[2].f32(),
                                mask_of(inputs, 4), inputs[3].f32(), outputs[0].f32(),
                                outputs[1].f32(), outputs[2].f32());
  }

  // Here the weights P are stored. With S = c q kᵀ + ..., P = softmax(S), D its derivative,
  // dP = dout vᵀ and dS = D dP; and with a, b, e the gradients of dq = c dS k, dk = c dSᵀ q and
  // dv = Pᵀ dout:
  //   to dS: E = c (a kᵀ + q bᵀ);  to dP: F = D E;
  //   to P: E (dP - sum(P dP)) - dP sum(P E) + dout eᵀ, and through D to S: H;
  //   to q: c (dS b + H k);  to k: c (dSᵀ a + Hᵀ q);  to v: Fᵀ dout;  to dout: F v + P e.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& q = request.input(0);
    const Tensor& k = request.input(1);
    const Tensor& v = request.input(2);
    const Tensor& dout = request.input(3);
    const double c = geometry_.scale;
    Tensor scores = mul_constant(matmul(q, k, false, true), c);
    const Tensor hidden =
        penalty(geometry_, request.node.inputs.size() > 4 ? request.input(4) : Tensor());
    if (hidden.defined()) {
      const int n = geometry_.mask_batch;
      const Shape apart{n, geometry_.batch / n, geometry_.queries, geometry_.keys};
      scores = reshape(add(reshape(scores, apart), hidden), scores.shape());
    }
    const Tensor p = softmax(scores);
    const Tensor dp = matmul(dout, v, false, true);
    const Tensor ds = softmax_derivative(p, dp);
    const auto or_zero = [&](int i) {
      const Tensor& grad = request.grad(i);
      return grad.defined() ? grad : Tensor::full(request.input(i).shape(), 0);
    };
    const Tensor a = or_zero(0), b = or_zero(1), e = or_zero(2);
    const Tensor to_ds = mul_constant(add(matmul(a, k, false, true), matmul(q, b, false, true)), c);
    const Tensor f = softmax_derivative(p, to_ds);
    const Tensor to_p = add(sub(mul(to_ds, sub(dp, sum(mul(p, dp), {-1}, true))),
                                mul(dp, sum(mul(p, to_ds), {-1}, true))),
                            matmul(dout, e, false, true));
    const Tensor h = softmax_derivative(p, to_p);
    std::vector<Tensor> gradients(request.node.inputs.size());
    gradients[0] = mul_constant(add(matmul(ds, b), matmul(h, k)), c);
    gradients[1] = mul_constant(add(matmul(ds, a, true), matmul(h, q, true)), c);
    gradients[2] = matmul(f, dout, true);
    gradients[3] = add(matmul(f, v), matmul(p, e));
    return gradients;
  }

 private:
  AttentionGeometry geometry_;
};

/// From [q, k, v] and the mask, if there is one.
class Attention : public Op {
 public:
  explicit Attention(const AttentionGeometry& geometry) : geometry_(geometry) {}
  const char* name() const override { return "attention"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{{geometry_.batch, geometry_.queries, geometry_.value_size}, inputs[0].dtype}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    kernels::attention(geometry_, inputs[0].f32(), inputs[1].f32(), inputs[2].f32(),
                       mask_of(inputs, 3), outputs[0].f32());
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    std::vector<Tensor> inputs(request.node.inputs);
    inputs.insert(inputs.begin() + 3, request.grad());
    std::vector<Tensor> gradients =
        apply_all(std::make_shared<AttentionBackward>(geometry_), std::move(inputs));
    gradients.resize(request.node.inputs.size());
    return gradients;
  }

 private:
  AttentionGeometry geometry_;
};

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, float scale,
                 bool causal) {
  const Shape &qs = q.shape(), &ks = k.shape(), &vs = v.shape();
  const bool ranks = qs.rank() == 3 && ks.rank() == 3 && vs.rank() == 3;
  if (!ranks || qs[0] != ks[0] || qs[0] != vs[0] || qs[2] != ks[2] || ks[1] != vs[1]) {
    fail<ValueError>(
        "[attention] q, k and v must be [batch,queries,size], [batch,keys,size] and "
        "[batch,keys,value size], got {}, {} and {}",
        qs, ks, vs);
  }
  AttentionGeometry g;
  g.batch = qs[0];
  g.queries = qs[1];
  g.keys = ks[1];
  g.key_size = qs[2];
  g.value_size = vs[2];
  g.scale = scale;
  g.causal = causal;
  std::vector<Tensor> inputs;
  for (const Tensor& t : {q, k, v}) inputs.push_back(cast(t, DType::kFloat32));
  if (mask.defined()) {
    const Shape& m = mask.shape();
    const auto fits = [](int dim, int whole) { return dim == 1 || dim == whole; };
    if (m.rank() != 3 || m[0] < 1 || g.batch % m[0] != 0 || !fits(m[1], g.queries) ||
        !fits(m[2], g.keys)) {
      fail<ValueError>(
          "[attention] the mask must be [n,1 or {},1 or {}], n dividing the batch of {}, got {}",
          g.queries, g.keys, g.batch, m);
    }
    g.mask_batch = m[0];
    g.mask_queries = m[1];
    g.mask_keys = m[2];
    inputs.push_back(cast(mask, DType::kBool));
  }
  return heddle::apply(std::make_shared<Attention>(g), std::move(inputs));
}

}  // namespace heddle

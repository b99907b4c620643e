#include "ops/normalization.h"

#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

using kernels::NormalizeGeometry;

/// What the gradients of gradients are made of, in ops: x and its like as [outer, positions,
/// groups, size].
struct Groups {
  NormalizeGeometry g;
  Tensor inverse;     // 1 / sqrt(variance + epsilon), [outer, 1, groups, 1]
  Tensor normalised;  // (x - mean) * inverse

  Groups(const NormalizeGeometry& geometry, const Tensor& x, const Tensor& mean,
         const Tensor& variance)
      : g(geometry) {
    inverse = rsqrt(add_constant(spread(variance), g.epsilon));
    normalised = mul(sub(view(x), spread(mean)), inverse);
  }

  Tensor view(const Tensor& t) const {
    return reshape(t, {g.outer, g.positions, g.groups, g.size});
  }
  Tensor channels(const Tensor& t) const { return reshape(t, {g.groups, g.size}); }
  Tensor spread(const Tensor& t) const { return reshape(t, {g.outer, 1, g.groups, 1}); }
  Tensor mean_of(const Tensor& t) const { return mean(t, {1, 3}, true); }
  /// Over everything but the channels.
  Tensor total(const Tensor& t) const { return sum(t, {0, 1}, false); }

  /// The derivative of what is normalised, applied to k (it is its own transpose):
  /// B(k) = r (k - mean(k) - h mean(k h)).
  Tensor derivative(const Tensor& k) const {
    const Tensor product = mul(normalised, mean_of(mul(k, normalised)));
    return mul(inverse, sub(sub(k, mean_of(k)), product));
  }
};

Shape stat_shape(const NormalizeGeometry& g) { return {g.outer, g.groups}; }

/// dx, dgamma and dbeta from [x, mean, variance, dy] and gamma, if there is one. With h = (x -
/// mean) r and g = dy gamma they are B(g), the sum of dy h and that of dy (see Groups). Mean and
/// variance are those of x: their part of a gradient goes to x.
class NormalizeBackward : public Op {
 public:
  explicit NormalizeBackward(const NormalizeGeometry& geometry) : geometry_(geometry) {}
  const char* name() const override { return "normalizeBackward"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const TensorSpec channels{{geometry_.channels()}, DType::kFloat32};
    return {inputs[0], channels, channels};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    kernels::normalize_backward(geometry_, inputs[0].f32(), inputs[1].f32(), inputs[2].f32(),
                                inputs.size() > 4 ? inputs[4].f32() : nullptr, inputs[3].f32(),
                                outputs[0].f32(), outputs[1].f32(), outputs[2].f32());
  }

  // With u, p, q the gradients of dx, dgamma, dbeta:
  //   to dy: gamma B(u) + p h + q;  to gamma: the sum of dy B(u);
  //   to x: B(p dy) - r² h (mean(u g) - mean(u) mean(g) - mean(u h) mean(g h))
  //         - r (mean(g h) B(u) + mean(u h) B(g)).
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Groups at(geometry_, request.input(0), request.input(1), request.input(2));
    const Tensor dy = at.view(request.input(3));
    const Tensor& h = at.normalised;
    const bool scaled = request.node.inputs.size() > 4;
    const Tensor gamma = scaled ? at.channels(request.input(4)) : Tensor();
    const auto times_gamma = [&](const Tensor& t) { return scaled ? mul(t, gamma) : t; };
    Tensor to_x, to_dy, to_gamma;
    const auto add_to = [](Tensor& total, const Tensor& part) {
      total = total.defined() ? add(total, part) : part;
    };
    if (request.grad(0).defined()) {
      const Tensor u = at.view(request.grad(0));
      const Tensor g = times_gamma(dy);
      const Tensor along = at.derivative(u);
      const Tensor uh = at.mean_of(mul(u, h));
      const Tensor gh = at.mean_of(mul(g, h));
      const Tensor bend =
          sub(sub(at.mean_of(mul(u, g)), mul(at.mean_of(u), at.mean_of(g))), mul(uh, gh));
      add_to(to_x, neg(mul(mul(square(at.inverse), bend), h)));
      add_to(to_x, neg(mul(at.inverse, add(mul(gh, along), mul(uh, at.derivative(g))))));
      add_to(to_dy, times_gamma(along));
      add_to(to_gamma, at.total(mul(dy, along)));
    }
    if (request.grad(1).defined()) {
      const Tensor p = at.channels(request.grad(1));
      add_to(to_x, at.derivative(mul(dy, p)));
      add_to(to_dy, mul(h, p));
    }
    if (request.grad(2).defined()) {
      add_to(to_dy, broadcast_to(at.channels(request.grad(2)), dy.shape()));
    }
    std::vector<Tensor> gradients(request.node.inputs.size());
    const auto set = [&](int input, const Tensor& value) {
      if (value.defined()) gradients[input] = reshape(value, request.input(input).shape());
    };
    set(0, to_x);
    set(3, to_dy);
    if (scaled) set(4, to_gamma);
    return gradients;
  }

  bool in_place(int input, int output) const override { return input == 3 && output == 0; }

 private:
  NormalizeGeometry geometry_;
};

/// [y, mean, variance] of x and, as told, gamma and beta.
class Normalize : public Op {
 public:
  Normalize(const NormalizeGeometry& geometry, bool has_gamma, bool has_beta)
      : geometry_(geometry), has_gamma_(has_gamma), has_beta_(has_beta) {}
  const char* name() const override { return "normalize"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const TensorSpec stats{stat_shape(geometry_), DType::kFloat32};
    return {inputs[0], stats, stats};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    kernels::normalize(geometry_, inputs[0].f32(), has_gamma_ ? inputs[1].f32() : nullptr,
                       has_beta_ ? inputs.back().f32() : nullptr, outputs[0].f32(),
                       outputs[1].f32(), outputs[2].f32());
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& x = request.input(0);
    std::vector<Tensor> gradients(request.node.inputs.size());
    if (request.grad(0).defined()) {
      std::vector<Tensor> inputs{x, request.output(1), request.output(2), request.grad(0)};
      if (has_gamma_) inputs.push_back(request.input(1));
      const std::vector<Tensor> all =
          apply_all(std::make_shared<NormalizeBackward>(geometry_), std::move(inputs));
      gradients[0] = all[0];
      if (has_gamma_) gradients[1] = reshape(all[1], request.input(1).shape());
      if (has_beta_) {
        const auto last = static_cast<int>(gradients.size()) - 1;
        gradients[last] = reshape(all[2], request.input(last).shape());
      }
    }
    // Of a mean 1 / n, of a variance 2 (x - mean) / n.
    const double share = 1.0 / (static_cast<double>(geometry_.positions) * geometry_.size);
    const Shape view{geometry_.outer, geometry_.positions, geometry_.groups, geometry_.size};
    const Shape spread{geometry_.outer, 1, geometry_.groups, 1};
    const auto add_to_x = [&](const Tensor& part) {
      const Tensor shaped = reshape(broadcast_to(part, view), x.shape());
      gradients[0] = gradients[0].defined() ? add(gradients[0], shaped) : shaped;
    };
    if (request.grad(1).defined()) {
      add_to_x(mul_constant(reshape(request.grad(1), spread), share));
    }
    if (request.grad(2).defined()) {
      const Tensor centered = sub(reshape(x, view), reshape(request.output(1), spread));
      add_to_x(mul(mul_constant(reshape(request.grad(2), spread), 2 * share), centered));
    }
    return gradients;
  }

  bool in_place(int input, int output) const override { return input == 0 && output == 0; }

 private:
  NormalizeGeometry geometry_;
  bool has_gamma_, has_beta_;
};

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& offset,
                  const Tensor& scale, float epsilon) {
  Tensor factor = rsqrt(add_constant(cast(variance, DType::kFloat32), epsilon));
  if (scale.defined()) factor = mul(factor, scale);
  const Tensor centered = sub(cast(x, DType::kFloat32), mean);
  const Tensor scaled = mul(centered, factor);
  const Tensor out = offset.defined() ? add(scaled, offset) : scaled;
  if (out.shape() != x.shape()) {
    fail<ValueError>("[batchNorm] mean {}, variance {}, offset and scale must broadcast to x {}",
                     mean.shape(), variance.shape(), x.shape());
  }
  return out;
}

Normalized normalize(const Tensor& x, const kernels::NormalizeGeometry& geometry,
                     const Tensor& gamma, const Tensor& beta) {
  const NormalizeGeometry& g = geometry;
  const Shape view{g.outer, g.positions, g.groups, g.size};
  const auto fits = [&](const Tensor& t) { return !t.defined() || t.size() == g.channels(); };
  if (view.size() != x.size() || !fits(gamma) || !fits(beta)) {
    fail<ValueError>(
        "[normalize] x {} must have the elements of {}, gamma and beta those of its last two",
        x.shape(), view);
  }
  std::vector<Tensor> inputs{cast(x, DType::kFloat32)};
  if (gamma.defined()) inputs.push_back(gamma);
  if (beta.defined()) inputs.push_back(beta);
  const std::vector<Tensor> out =
      apply_all(std::make_shared<Normalize>(g, gamma.defined(), beta.defined()), std::move(inputs));
  return {out[0], out[1], out[2]};
}

}  // namespace heddle

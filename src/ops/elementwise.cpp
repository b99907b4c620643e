#include "ops/elementwise.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <utility>

#include "ops/elementwise_gradients.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {

using kernels::Chain;
using kernels::Code;

namespace {

/// The JavaScript names of the codes, in their order, for messages.
constexpr const char* kNames[] = {
    "add",         "sub",      "mul",          "div",         "floorDiv",
    "mod",         "pow",      "minimum",      "maximum",     "squaredDifference",
    "atan2",       "prelu",    "equal",        "notEqual",    "less",
    "lessEqual",   "greater",  "greaterEqual", "logicalAnd",  "logicalOr",
    "logicalXor",  "reluGrad", "relu6Grad",    "sigmoidGrad", "tanhGrad",
    "clipGrad",    "eluGrad",  "identity",     "neg",         "abs",
    "sign",        "square",   "logicalNot",   "relu",        "relu6",
    "clipByValue", "step",     "add",          "mul",         "reciprocal",
    "exp",         "expm1",    "log",          "log1p",       "sqrt",
    "rsqrt",       "sigmoid",  "logSigmoid",   "softplus",    "tanh",
    "elu",         "selu",     "leakyRelu",    "sin",         "cos",
    "tan",         "asin",     "acos",         "atan",        "sinh",
    "cosh",        "asinh",    "acosh",        "atanh",       "erf",
    "floor",       "ceil",     "round",        "trunc",       "isNaN",
    "isInf",       "isFinite", "where",        "mulAdd",      "constant"};
static_assert(std::size(kNames) == static_cast<size_t>(Code::kCount));

/// The type to compute in: that of the operands, bools counting as int32.
DType compute_type(DType dtype) { return dtype == DType::kFloat32 ? dtype : DType::kInt32; }

/// A chain of one step.
Chain single_step(Code code, std::span<const DType> operands, DType compute, DType result) {
  Chain chain;
  chain.compute = compute;
  chain.num_inputs = static_cast<int>(operands.size());
  chain.num_steps = 1;
  chain.num_outputs = 1;
  chain.steps[0].code = code;
  for (int i = 0; i < chain.num_inputs; ++i) {
    chain.inputs[i] = operands[i];
    chain.steps[0].operands[i] = static_cast<uint8_t>(i);
  }
  chain.outputs[0] = {static_cast<uint8_t>(chain.num_inputs), result};
  return chain;
}

/// One step on the operands as they come.
Tensor apply_code(Code code, std::initializer_list<TensorRef> operands, DType compute, DType result,
                  double k0 = 0, double k1 = 0) {
  std::array<DType, 3> dtypes{};
  std::transform(operands.begin(), operands.end(), dtypes.begin(),
                 [](const TensorRef& operand) { return operand.tensor->dtype(); });
  Chain chain = single_step(code, std::span(dtypes).first(operands.size()), compute, result);
  chain.steps[0].constants[0] = k0;
  chain.steps[0].constants[1] = k1;
  return heddle::apply(std::make_shared<Elementwise>(chain), operands);
}

Tensor arithmetic(Code code, const Tensor& a, const Tensor& b) {
  const DType compute = compute_type(promote(a.dtype(), b.dtype()));
  return apply_code(code, {a, b}, compute, compute);
}

Tensor comparison(Code code, const Tensor& a, const Tensor& b) {
  return apply_code(code, {a, b}, compute_type(promote(a.dtype(), b.dtype())), DType::kBool);
}

Tensor in_float(Code code, const Tensor& x) {
  return apply_code(code, {x}, DType::kFloat32, DType::kFloat32);
}

/// Computed in float32, stored as bool.
Tensor classify(Code code, const Tensor& x) {
  return apply_code(code, {x}, DType::kFloat32, DType::kBool);
}

/// Whole numbers are their own floor, ceiling, ...
Tensor to_whole(Code code, const Tensor& x) {
  return x.dtype() == DType::kFloat32 ? in_float(code, x) : x;
}

Tensor in_own_type(Code code, const Tensor& x, double k0 = 0, double k1 = 0) {
  const DType compute = compute_type(x.dtype());
  return apply_code(code, {x}, compute, compute, k0, k1);
}

}  // namespace

const char* Elementwise::name() const {
  return chain_.num_steps == 1 ? kNames[static_cast<int>(chain_.steps[0].code)] : "fused";
}

std::vector<TensorSpec> Elementwise::infer(std::span<const TensorSpec> inputs) const {
  Shape shape;
  for (const TensorSpec& input : inputs) shape = broadcast(shape, input.shape, name());
  std::vector<TensorSpec> outputs;
  for (int i = 0; i < chain_.num_outputs; ++i) outputs.push_back({shape, chain_.outputs[i].dtype});
  return outputs;
}

void Elementwise::run(const RunContext& /*run*/, std::span<const View> inputs,
                      std::span<const View> outputs) const {
  const Shape& shape = outputs[0].shape();
  std::array<std::array<int, kMaxRank>, kernels::kMaxChainInputs> strides{};
  std::array<const int*, kernels::kMaxChainInputs> stride_of{};
  std::array<const void*, kernels::kMaxChainInputs> in{};
  std::array<void*, kernels::kMaxChainOutputs> out{};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& from = inputs[i].shape();
    int stride = 1;
    for (int back = 1; back <= from.rank(); ++back) {
      strides[i][shape.rank() - back] = from[-back] == 1 ? 0 : stride;
      stride *= from[-back];
    }
    stride_of[i] = strides[i].data();
    in[i] = inputs[i].data;
  }
  for (size_t i = 0; i < outputs.size(); ++i) out[i] = outputs[i].data;
  kernels::run_chain(chain_, shape.rank(), shape.begin(), stride_of.data(), in.data(), out.data());
}

std::vector<Tensor> Elementwise::gradient(const GradientRequest& request) const {
  // Chains of several steps arise from fusion only, after differentiation.
  std::vector<Tensor> gradients = gradient_of(chain_.steps[0], request);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    const Tensor& input = request.input(static_cast<int>(i));
    gradients[i] =
        input.dtype() == DType::kFloat32 ? sum_to(gradients[i], input.shape()) : Tensor();
  }
  return gradients;
}

bool Elementwise::in_place(int input, int output) const {
  return size_of(chain_.inputs[input]) == size_of(chain_.outputs[output].dtype);
}

std::string Elementwise::key() const {
  if (chain_.num_steps != 1) return {};
  const kernels::ChainStep& step = chain_.steps[0];
  return key_of(step.code, step.operands, std::bit_cast<uint64_t>(step.constants[0]),
                std::bit_cast<uint64_t>(step.constants[1]), chain_.compute,
                chain_.outputs[0].dtype);
}

OpPtr copy_op(DType dtype) {
  return std::make_shared<Elementwise>(
      single_step(Code::kIdentity, std::span(&dtype, 1), compute_type(dtype), dtype));
}

OpPtr elementwise_op(Code code, int operands) {
  const std::array<DType, 2> dtypes{DType::kFloat32, DType::kFloat32};
  return std::make_shared<Elementwise>(
      single_step(code, std::span(dtypes).first(operands), DType::kFloat32, DType::kFloat32));
}

Tensor sum_to(const Tensor& gradient, const Shape& shape) {
  if (gradient.shape() == shape) return gradient;
  const int extra = gradient.shape().rank() - shape.rank();
  std::vector<int> axes;
  for (int i = 0; i < gradient.shape().rank(); ++i) {
    if (i < extra || (shape[i - extra] == 1 && gradient.shape()[i] != 1)) axes.push_back(i);
  }
  const Tensor summed = axes.empty() ? gradient : sum(gradient, axes, true);
  return reshape(summed, shape);
}

Tensor add(const Tensor& a, const Tensor& b) { return arithmetic(Code::kAdd, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return arithmetic(Code::kSub, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return arithmetic(Code::kMul, a, b); }
Tensor div(const Tensor& a, const Tensor& b) {
  if (promote(a.dtype(), b.dtype()) != DType::kFloat32) return floor_div(a, b);
  return arithmetic(Code::kDiv, a, b);
}
Tensor floor_div(const Tensor& a, const Tensor& b) { return arithmetic(Code::kFloorDiv, a, b); }
Tensor mod(const Tensor& a, const Tensor& b) { return arithmetic(Code::kMod, a, b); }
Tensor pow(const Tensor& base, const Tensor& exponent) {
  return arithmetic(Code::kPow, base, exponent);
}
Tensor maximum(const Tensor& a, const Tensor& b) { return arithmetic(Code::kMax, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return arithmetic(Code::kMin, a, b); }
Tensor squared_difference(const Tensor& a, const Tensor& b) {
  return arithmetic(Code::kSquaredDifference, a, b);
}

Tensor atan2(const Tensor& a, const Tensor& b) {
  return apply_code(Code::kAtan2, {a, b}, DType::kFloat32, DType::kFloat32);
}
Tensor div_no_nan(const Tensor& a, const Tensor& b) {
  const Tensor zero = Tensor::scalar(0, b.dtype());
  // The divisor's own zeros go, or their gradient would still be NaN.
  const Tensor divides = not_equal(b, zero);
  return where(divides, div(a, where(divides, b, Tensor::scalar(1, b.dtype()))),
               Tensor::scalar(0, promote(a.dtype(), b.dtype())));
}

Tensor equal(const Tensor& a, const Tensor& b) { return comparison(Code::kEqual, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return comparison(Code::kNotEqual, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return comparison(Code::kLess, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return comparison(Code::kLessEqual, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return comparison(Code::kGreater, a, b); }
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return comparison(Code::kGreaterEqual, a, b);
}
Tensor logical_and(const Tensor& a, const Tensor& b) { return comparison(Code::kLogicalAnd, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return comparison(Code::kLogicalOr, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return comparison(Code::kLogicalXor, a, b); }
Tensor logical_not(const Tensor& x) {
  return apply_code(Code::kLogicalNot, {x}, compute_type(x.dtype()), DType::kBool);
}

Tensor neg(const Tensor& x) { return in_own_type(Code::kNeg, x); }
Tensor abs(const Tensor& x) { return in_own_type(Code::kAbs, x); }
Tensor sign(const Tensor& x) { return in_own_type(Code::kSign, x); }
Tensor square(const Tensor& x) { return in_own_type(Code::kSquare, x); }
Tensor relu(const Tensor& x) { return in_own_type(Code::kRelu, x); }
Tensor relu6(const Tensor& x) { return in_own_type(Code::kRelu6, x); }
Tensor exp(const Tensor& x) { return in_float(Code::kExp, x); }
Tensor expm1(const Tensor& x) { return in_float(Code::kExpm1, x); }
Tensor log(const Tensor& x) { return in_float(Code::kLog, x); }
Tensor log1p(const Tensor& x) { return in_float(Code::kLog1p, x); }
Tensor sqrt(const Tensor& x) { return in_float(Code::kSqrt, x); }
Tensor rsqrt(const Tensor& x) { return in_float(Code::kRsqrt, x); }
Tensor reciprocal(const Tensor& x) { return in_float(Code::kReciprocal, x); }
Tensor sigmoid(const Tensor& x) { return in_float(Code::kSigmoid, x); }
Tensor tanh(const Tensor& x) { return in_float(Code::kTanh, x); }
Tensor softplus(const Tensor& x) { return in_float(Code::kSoftplus, x); }
Tensor log_sigmoid(const Tensor& x) { return in_float(Code::kLogSigmoid, x); }
Tensor elu(const Tensor& x) { return in_float(Code::kElu, x); }
Tensor selu(const Tensor& x) { return in_float(Code::kSelu, x); }
Tensor leaky_relu(const Tensor& x, double alpha) {
  return apply_code(Code::kLeakyRelu, {x}, DType::kFloat32, DType::kFloat32, alpha);
}
Tensor prelu(const Tensor& x, const Tensor& alpha) {
  return apply_code(Code::kPrelu, {x, alpha}, DType::kFloat32, DType::kFloat32);
}
Tensor step(const Tensor& x, double alpha) { return in_own_type(Code::kStep, x, alpha); }

Tensor sin(const Tensor& x) { return in_float(Code::kSin, x); }
Tensor cos(const Tensor& x) { return in_float(Code::kCos, x); }
Tensor tan(const Tensor& x) { return in_float(Code::kTan, x); }
Tensor asin(const Tensor& x) { return in_float(Code::kAsin, x); }
Tensor acos(const Tensor& x) { return in_float(Code::kAcos, x); }
Tensor atan(const Tensor& x) { return in_float(Code::kAtan, x); }
Tensor sinh(const Tensor& x) { return in_float(Code::kSinh, x); }
Tensor cosh(const Tensor& x) { return in_float(Code::kCosh, x); }
Tensor asinh(const Tensor& x) { return in_float(Code::kAsinh, x); }
Tensor acosh(const Tensor& x) { return in_float(Code::kAcosh, x); }
Tensor atanh(const Tensor& x) { return in_float(Code::kAtanh, x); }
Tensor erf(const Tensor& x) { return in_float(Code::kErf, x); }
Tensor floor(const Tensor& x) { return to_whole(Code::kFloor, x); }
Tensor ceil(const Tensor& x) { return to_whole(Code::kCeil, x); }
Tensor round(const Tensor& x) { return to_whole(Code::kRound, x); }
Tensor trunc(const Tensor& x) { return to_whole(Code::kTrunc, x); }
Tensor is_nan(const Tensor& x) { return classify(Code::kIsNan, x); }
Tensor is_inf(const Tensor& x) { return classify(Code::kIsInf, x); }
Tensor is_finite(const Tensor& x) { return classify(Code::kIsFinite, x); }

Tensor add_constant(const Tensor& x, double constant) {
  return in_own_type(Code::kAddConstant, x, constant);
}
Tensor mul_constant(const Tensor& x, double constant) {
  return in_own_type(Code::kMulConstant, x, constant);
}
Tensor clip_by_value(const Tensor& x, float low, float high) {
  if (!(low <= high)) {
    fail<ValueError>("[clipByValue] clipValueMin {} must not be above clipValueMax {}", low, high);
  }
  return in_own_type(Code::kClip, x, low, high);
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const DType result = promote(a.dtype(), b.dtype());
  return apply_code(Code::kSelect, {condition, a, b}, compute_type(result), result);
}

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return apply_code(Code::kIdentity, {x}, compute_type(promote(x.dtype(), dtype)), dtype);
}

Tensor relu_grad(const Tensor& dy, const Tensor& y) {
  return apply_code(Code::kReluGrad, {dy, y}, DType::kFloat32, DType::kFloat32);
}
Tensor relu6_grad(const Tensor& dy, const Tensor& y) {
  return apply_code(Code::kRelu6Grad, {dy, y}, DType::kFloat32, DType::kFloat32);
}
Tensor sigmoid_grad(const Tensor& dy, const Tensor& y) {
  return apply_code(Code::kSigmoidGrad, {dy, y}, DType::kFloat32, DType::kFloat32);
}
Tensor tanh_grad(const Tensor& dy, const Tensor& y) {
  return apply_code(Code::kTanhGrad, {dy, y}, DType::kFloat32, DType::kFloat32);
}
Tensor elu_grad(const Tensor& dy, const Tensor& y) {
  return apply_code(Code::kEluGrad, {dy, y}, DType::kFloat32, DType::kFloat32);
}
Tensor clip_grad(const Tensor& dy, const Tensor& x, double low, double high) {
  return apply_code(Code::kClipGrad, {dy, x}, DType::kFloat32, DType::kFloat32, low, high);
}

}  // namespace heddle

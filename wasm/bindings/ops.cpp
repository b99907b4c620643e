#include <emscripten/bind.h>

#include <array>
#include <utility>

#include "conversions.h"
#include "layers/activations.h"
#include "ops/attention.h"
#include "ops/einsum.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/normalization.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/scan.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

using emscripten::function;
using emscripten::val;

using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);
using Axis = Tensor (*)(const Tensor&, int);
using Number = Tensor (*)(const Tensor&, double);
using Scan = Tensor (*)(const Tensor&, int, bool, bool);

constexpr std::pair<const char*, Unary> kUnary[] = {
    {"neg", neg},
    {"abs", abs},
    {"sign", sign},
    {"exp", exp},
    {"expm1", expm1},
    {"log", log},
    {"log1p", log1p},
    {"sqrt", sqrt},
    {"rsqrt", rsqrt},
    {"square", square},
    {"reciprocal", reciprocal},
    {"relu", relu},
    {"relu6", relu6},
    {"sigmoid", sigmoid},
    {"tanh", tanh},
    {"softplus", softplus},
    {"logSigmoid", log_sigmoid},
    {"elu", elu},
    {"selu", selu},
    {"sin", sin},
    {"cos", cos},
    {"tan", tan},
    {"asin", asin},
    {"acos", acos},
    {"atan", atan},
    {"sinh", sinh},
    {"cosh", cosh},
    {"asinh", asinh},
    {"acosh", acosh},
    {"atanh", atanh},
    {"erf", erf},
    {"floor", floor},
    {"ceil", ceil},
    {"round", round},
    {"isNaN", is_nan},
    {"isInf", is_inf},
    {"isFinite", is_finite},
    {"identity", identity},
    {"stopGradient", stop_gradient},
    {"logicalNot", logical_not},
};

constexpr std::pair<const char*, Binary> kBinary[] = {
    {"add", add},
    {"sub", sub},
    {"mul", mul},
    {"div", div},
    {"floorDiv", floor_div},
    {"mod", mod},
    {"pow", pow},
    {"maximum", maximum},
    {"minimum", minimum},
    {"squaredDifference", squared_difference},
    {"divNoNan", div_no_nan},
    {"atan2", atan2},
    {"prelu", prelu},
    {"equal", equal},
    {"notEqual", not_equal},
    {"less", less},
    {"lessEqual", less_equal},
    {"greater", greater},
    {"greaterEqual", greater_equal},
    {"logicalAnd", logical_and},
    {"logicalOr", logical_or},
    {"logicalXor", logical_xor},
    {"softmaxCrossEntropy", softmax_cross_entropy},
    {"sparseSoftmaxCrossEntropy", sparse_softmax_cross_entropy},
    {"sigmoidCrossEntropy", sigmoid_cross_entropy},
};

constexpr std::pair<const char*, Axis> kAxis[] = {
    {"argMax", arg_max},         {"argMin", arg_min},         {"softmax", softmax},
    {"logSoftmax", log_softmax}, {"expandDims", expand_dims},
};

constexpr std::pair<const char*, Number> kNumber[] = {{"leakyRelu", leaky_relu}, {"step", step}};

constexpr std::pair<const char*, Scan> kScan[] = {{"cumsum", cumsum}, {"cumprod", cumprod}};

template <Tensor (*kReduce)(const Tensor&, IntList, bool)>
Tensor reduction(const Tensor& x, const val& axes, bool keep_dims) {
  return kReduce(x, to_ints(axes), keep_dims);
}

template <Tensor (*kOp)(const Tensor&, IntList)>
Tensor with_list(const Tensor& x, const val& list) {
  return kOp(x, to_ints(list));
}

template <Tensor (*kOp)(const Tensor&, const Shape&)>
Tensor with_shape(const Tensor& x, const val& shape) {
  return kOp(x, to_shape(shape));
}

template <Tensor (*kOp)(std::span<const Tensor>, int)>
Tensor join(const val& tensors, int axis) {
  return kOp(to_tensors(tensors), axis);
}

Tensor slice_of(const Tensor& x, const val& begin, const val& size) {
  return slice(x, to_ints(begin), to_ints(size));
}

Tensor padded(const Tensor& x, const val& before, const val& after, float value) {
  return pad(x, to_ints(before), to_ints(after), value);
}

val split_at(const Tensor& x, const val& sizes, int axis) {
  return to_array(split(x, to_ints(sizes), axis));
}

Tensor cast_to(const Tensor& x, int dtype) { return cast(x, static_cast<DType>(dtype)); }

Tensor repeat_along(const Tensor& x, int times, int axis) { return repeat(x, times, axis); }

Tensor activation(const std::string& name, const Tensor& x) {
  return activation_named(name).apply(x);
}

Tensor einsum_of(const std::string& equation, const val& operands) {
  return einsum(equation, to_tensors(operands));
}

val moments_of(const Tensor& x, const val& axes, bool keep_dims) {
  const Moments m = moments(x, to_ints(axes), keep_dims);
  return to_array(std::array{m.mean, m.variance});
}

Tensor batch_norm_of(const Tensor& x, const Tensor& mean, const Tensor& variance,
                     const val& offset_and_scale, float epsilon) {
  return batch_norm(x, mean, variance, to_tensor(offset_and_scale[0]),
                    to_tensor(offset_and_scale[1]), epsilon);
}

Tensor attention_of(const Tensor& q, const Tensor& k, const Tensor& v, const val& mask, float scale,
                    bool causal) {
  return attention(q, k, v, to_tensor(mask), scale, causal);
}

/// x normalised as [outer, positions, groups, size]: y, mean, variance.
val normalize_of(const Tensor& x, const val& sizes, const val& gamma_and_beta, float epsilon) {
  const std::vector<int> n = to_ints(sizes);
  const Normalized out = normalize(x, {n[0], n[1], n[2], n[3], epsilon},
                                   to_tensor(gamma_and_beta[0]), to_tensor(gamma_and_beta[1]));
  return to_array(std::array{out.y, out.mean, out.variance});
}

Tensor uniform(const val& shape, float low, float high, int dtype, double seed) {
  return random_uniform(to_shape(shape), low, high, static_cast<DType>(dtype), to_seed(seed));
}

template <Tensor (*kNormal)(const Shape&, float, float, std::optional<uint64_t>)>
Tensor normal(const val& shape, float mean, float stddev, double seed) {
  return kNormal(to_shape(shape), mean, stddev, to_seed(seed));
}

Tensor dropout_of(const Tensor& x, float rate, const val& noise_shape, double seed) {
  return dropout(x, rate, to_shape(noise_shape), to_seed(seed));
}

Tensor draw(bool is_normal, const val& shape, float a, float b, double seed, const Tensor& stream) {
  return random_draw(is_normal, to_shape(shape), a, b, to_seed(seed).value_or(0), stream);
}

void set_seed(double seed) { set_random_seed(to_seed(seed).value_or(0)); }

/// A seed that follows from the engine's and from the order of the calls; exact as a double.
double draw_seed() {
  return static_cast<double>((random_seed() + next_random_run()) & ((uint64_t{1} << 53) - 1));
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_ops) {
  for (const auto& [name, op] : kUnary) function(name, op);
  for (const auto& [name, op] : kBinary) function(name, op);
  for (const auto& [name, op] : kAxis) function(name, op);
  for (const auto& [name, op] : kNumber) function(name, op);
  for (const auto& [name, op] : kScan) function(name, op);

  function("sum", &reduction<sum>);
  function("mean", &reduction<mean>);
  function("max", &reduction<max>);
  function("min", &reduction<min>);
  function("prod", &reduction<prod>);
  function("all", &reduction<all>);
  function("any", &reduction<any>);
  function("logSumExp", &reduction<log_sum_exp>);
  function("moments", &moments_of);

  function("transpose", &with_list<transpose>);
  function("reverse", &with_list<reverse>);
  function("squeeze", &with_list<squeeze>);
  function("tile", &with_list<tile>);
  function("reshape", &with_shape<reshape>);
  function("broadcastTo", &with_shape<broadcast_to>);
  function("concat", &join<concat>);
  function("stack", &join<stack>);
  function("split", &split_at);
  function("slice", &slice_of);
  function("pad", &padded);
  function("repeat", &repeat_along);

  function("matMul", &matmul);
  function("einsum", &einsum_of);
  function("attention", &attention_of);
  function("batchNorm", &batch_norm_of);
  function("normalize", &normalize_of);
  function("activation", &activation);
  function("clipByValue", &clip_by_value);
  function("where", &where);
  function("cast", &cast_to);

  function("randomUniform", &uniform);
  function("randomNormal", &normal<random_normal>);
  function("truncatedNormal", &normal<truncated_normal>);
  function("randomGamma", &normal<random_gamma>);
  function("dropout", &dropout_of);
  function("randomDraw", &draw);
  function("setRandomSeed", &set_seed);
  function("drawSeed", &draw_seed);
}

}  // namespace heddle

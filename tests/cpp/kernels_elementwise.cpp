#include "kernels/elementwise.h"

#include <cstring>
#include <stdexcept>

#include "kernels/scratch.h"
#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::Numbers;
using testing::ulps;

bool truth(double x) { return x != 0; }

double floor_mod(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/// What a code means, in double.
double reference(Code code, double a, double b, double c, double k0, double k1) {
  switch (code) {
    case Code::kAdd:
      return a + b;
    case Code::kSub:
      return a - b;
    case Code::kMul:
      return a * b;
    case Code::kDiv:
      return a / b;
    case Code::kFloorDiv:
      return std::floor(static_cast<float>(a / b));
    case Code::kMod:
      return floor_mod(a, b);
    case Code::kPow:
      return std::pow(a, b);
    case Code::kMin:
      return std::min(a, b);
    case Code::kMax:
      return std::max(a, b);
    case Code::kSquaredDifference:
      return (a - b) * (a - b);
    case Code::kAtan2:
      return std::atan2(a, b);
    case Code::kPrelu:
      return a > 0 ? a : a * b;
    case Code::kEqual:
      return a == b;
    case Code::kNotEqual:
      return a != b;
    case Code::kLess:
      return a < b;
    case Code::kLessEqual:
      return a <= b;
    case Code::kGreater:
      return a > b;
    case Code::kGreaterEqual:
      return a >= b;
    case Code::kLogicalAnd:
      return truth(a) && truth(b);
    case Code::kLogicalOr:
      return truth(a) || truth(b);
    case Code::kLogicalXor:
      return truth(a) != truth(b);
    case Code::kReluGrad:
      return b > 0 ? a : 0;
    case Code::kRelu6Grad:
      return b > 0 && b < 6 ? a : 0;
    case Code::kSigmoidGrad:
      return a * b * (1 - b);
    case Code::kTanhGrad:
      return a * (1 - b * b);
    case Code::kClipGrad:
      return b >= k0 && b <= k1 ? a : 0;
    case Code::kEluGrad:
      return b >= 0 ? a : a * (b + 1);
    case Code::kIdentity:
      return a;
    case Code::kNeg:
      return -a;
    case Code::kAbs:
      return std::abs(a);
    case Code::kSign:
      return a > 0 ? 1 : a < 0 ? -1 : a;
    case Code::kSquare:
      return a * a;
    case Code::kLogicalNot:
      return !truth(a);
    case Code::kRelu:
      return std::max(a, 0.0);
    case Code::kRelu6:
      return std::min(std::max(a, 0.0), 6.0);
    case Code::kClip:
      return std::min(std::max(a, k0), k1);
    case Code::kStep:
      return a > 0 ? 1 : k0;
    case Code::kAddConstant:
      return a + k0;
    case Code::kMulConstant:
      return a * k0;
    case Code::kReciprocal:
      return 1 / a;
    case Code::kExp:
      return std::exp(a);
    case Code::kExpm1:
      return std::expm1(a);
    case Code::kLog:
      return std::log(a);
    case Code::kLog1p:
      return std::log1p(a);
    case Code::kSqrt:
      return std::sqrt(a);
    case Code::kRsqrt:
      return 1 / std::sqrt(a);
    case Code::kSigmoid:
      return 1 / (1 + std::exp(-a));
    case Code::kLogSigmoid:
      return std::min(a, 0.0) - std::log1p(std::exp(-std::abs(a)));
    case Code::kSoftplus:
      return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
    case Code::kTanh:
      return std::tanh(a);
    case Code::kElu:
      return a >= 0 ? a : std::expm1(a);
    case Code::kSelu:
      return 1.05070098735548 * (a >= 0 ? a : 1.67326324235437 * std::expm1(a));
    case Code::kLeakyRelu:
      return a >= 0 ? a : a * k0;
    case Code::kSin:
      return std::sin(a);
    case Code::kCos:
      return std::cos(a);
    case Code::kTan:
      return std::tan(a);
    case Code::kAsin:
      return std::asin(a);
    case Code::kAcos:
      return std::acos(a);
    case Code::kAtan:
      return std::atan(a);
    case Code::kSinh:
      return std::sinh(a);
    case Code::kCosh:
      return std::cosh(a);
    case Code::kAsinh:
      return std::asinh(a);
    case Code::kAcosh:
      return std::acosh(a);
    case Code::kAtanh:
      return std::atanh(a);
    case Code::kErf:
      return std::erf(a);
    case Code::kFloor:
      return std::floor(a);
    case Code::kCeil:
      return std::ceil(a);
    case Code::kRound:
      return std::nearbyint(a);
    case Code::kTrunc:
      return std::trunc(a);
    case Code::kIsNan:
      return std::isnan(a);
    case Code::kIsInf:
      return std::isinf(a);
    case Code::kIsFinite:
      return std::isfinite(a);
    case Code::kSelect:
      return truth(a) ? b : c;
    case Code::kMulAdd:
      return a * b + c;
    case Code::kConstant:
      return k0;
    case Code::kCount:
      break;
  }
  return NAN;
}

/// A chain of one step.
Chain single(Code code, DType compute, double k0 = 0, double k1 = 0) {
  Chain chain;
  chain.compute = compute;
  chain.num_inputs = operand_count(code);
  chain.num_steps = chain.num_outputs = 1;
  chain.steps[0] = {code, {0, 1, 2}, {k0, k1}};
  for (int i = 0; i < chain.num_inputs; ++i) chain.inputs[i] = compute;
  chain.outputs[0] = {static_cast<uint8_t>(chain.num_inputs), compute};
  return chain;
}

template <typename T>
std::vector<T> run_single(const Chain& chain, const std::vector<T>& a, const std::vector<T>& b,
                          const std::vector<T>& c) {
  const int n = static_cast<int>(a.size());
  const int one = 1;
  const int* strides[] = {&one, &one, &one};
  const void* inputs[] = {a.data(), b.data(), c.data()};
  std::vector<T> y(n);
  void* outputs[] = {y.data()};
  run_chain(chain, 1, &n, strides, inputs, outputs);
  return y;
}

/// Units in the last place that a code may be off.
double allowed(Code code) {
  switch (code) {
    case Code::kExpm1:
    case Code::kElu:
    case Code::kSelu:
    case Code::kLog1p:
    case Code::kSigmoid:
    case Code::kLogSigmoid:
    case Code::kSoftplus:
    case Code::kTanh:
      return 4;
    default:  // the C library's own functions are not always exact to the last place
      return 2;
  }
}

TEST(Elementwise, EveryFloatCode) {
  Numbers numbers(21);
  for (int c = 0; c < static_cast<int>(Code::kCount); ++c) {
    const Code code = static_cast<Code>(c);
    SCOPED_TRACE(c);
    const double k0 = code == Code::kClip || code == Code::kClipGrad ? -1.5 : 0.25, k1 = 2.25;
    const bool unit = code == Code::kAsin || code == Code::kAcos || code == Code::kAtanh;
    const bool grad = code == Code::kSigmoidGrad || code == Code::kTanhGrad;
    // 7 is no multiple of the lanes; 2000 is several tiles.
    for (const int n : {7, 2000}) {
      std::vector<float> a = numbers.floats(n, unit ? -1.0f : -9.0f, unit ? 1.0f : 9.0f);
      std::vector<float> b = numbers.floats(n, grad ? -0.5f : -9.0f, grad ? 0.5f : 9.0f);
      const std::vector<float> x = numbers.floats(n, -9, 9);
      for (int i = 0; i < n; i += 3) {
        a[i] = std::round(a[i]);
        b[i] = i % 2 ? std::round(b[i]) : a[i];
      }
      const Chain chain = single(code, DType::kFloat32, k0, k1);
      std::vector<float> y = run_single(chain, a, b, x);
      for (int i = 0; i < n; ++i) {
        const double want = reference(code, a[i], b[i], x[i], k0, k1);
        // Where terms cancel, the error is that of the terms.
        const double slack = code == Code::kMulAdd || code == Code::kTanhGrad ? 1e-5 : 0;
        if (std::abs(y[i] - want) <= slack) continue;
        ASSERT_LE(ulps(y[i], want), allowed(code))
            << "f(" << a[i] << ", " << b[i] << ", " << x[i] << ") = " << y[i] << ", want " << want;
      }
    }
  }
}

TEST(Elementwise, EveryIntCode) {
  Numbers numbers(22);
  for (int c = 0; c < static_cast<int>(Code::kCount); ++c) {
    const Code code = static_cast<Code>(c);
    if (code >= Code::kReciprocal && code <= Code::kIsFinite) continue;
    if (code == Code::kSigmoidGrad || code == Code::kTanhGrad || code == Code::kEluGrad) continue;
    if (code == Code::kAtan2 || code == Code::kPrelu) continue;
    SCOPED_TRACE(c);
    const double k0 = code == Code::kClip || code == Code::kClipGrad ? -3 : 5, k1 = 4;
    const int n = 1001;
    std::vector<int32_t> a(n), b(n), x(n);
    for (int i = 0; i < n; ++i) {
      a[i] = numbers.between(-9, 9);
      b[i] = numbers.between(-9, 9);
      x[i] = numbers.between(-9, 9);
    }
    const std::vector<int32_t> y = run_single(single(code, DType::kInt32, k0, k1), a, b, x);
    for (int i = 0; i < n; ++i) {
      double want = reference(code, a[i], b[i], x[i], k0, k1);
      if (code == Code::kDiv) want = b[i] == 0 ? 0 : std::trunc(want);
      if ((code == Code::kFloorDiv || code == Code::kMod) && b[i] == 0) want = 0;
      if (code == Code::kPow && b[i] < 0) want = a[i] == 0 ? 0 : std::trunc(want);
      ASSERT_EQ(y[i], static_cast<int32_t>(want)) << a[i] << ", " << b[i] << ", " << x[i];
    }
  }
}

TEST(Elementwise, IntsAtTheirLimits) {
  const std::vector<int32_t> a = {INT32_MIN, INT32_MAX, INT32_MIN, 7}, b = {-1, 1, 0, 0};
  const auto run = [&](Code code) { return run_single(single(code, DType::kInt32), a, b, b); };
  EXPECT_EQ(run(Code::kDiv), (std::vector<int32_t>{INT32_MIN, INT32_MAX, 0, 0}));
  EXPECT_EQ(run(Code::kFloorDiv), (std::vector<int32_t>{INT32_MIN, INT32_MAX, 0, 0}));
  EXPECT_EQ(run(Code::kMod), (std::vector<int32_t>{0, 0, 0, 0}));
  EXPECT_EQ(run(Code::kAdd), (std::vector<int32_t>{INT32_MAX, INT32_MIN, INT32_MIN, 7}));
  const Chain clip = single(Code::kClip, DType::kInt32, -INFINITY, INFINITY);
  EXPECT_EQ(run_single(clip, a, b, b), a);
}

TEST(Elementwise, NanGoesThrough) {
  const std::vector<float> nan(5, NAN), one(5, 1.0f);
  for (const Code code : {Code::kRelu, Code::kRelu6, Code::kClip, Code::kSign, Code::kStep,
                          Code::kExp, Code::kTanh, Code::kSigmoid, Code::kElu}) {
    EXPECT_TRUE(std::isnan(run_single(single(code, DType::kFloat32, -1, 1), nan, one, one)[4]));
  }
  for (const Code code : {Code::kMin, Code::kMax, Code::kAdd}) {
    EXPECT_TRUE(std::isnan(run_single(single(code, DType::kFloat32), nan, one, one)[4]));
    EXPECT_TRUE(std::isnan(run_single(single(code, DType::kFloat32), one, nan, one)[0]));
  }
}

// ----- Chains of several steps over broadcast shapes, against plain loops. -----

struct Array {
  DType dtype;
  std::vector<float> f;
  std::vector<int32_t> i;
  std::vector<uint8_t> b;

  Array(DType type, size_t n) : dtype(type) {
    f.resize(type == DType::kFloat32 ? n : 0);
    i.resize(type == DType::kInt32 ? n : 0);
    b.resize(type == DType::kBool ? n : 0);
  }
  void* data() {
    return dtype == DType::kFloat32 ? static_cast<void*>(f.data())
           : dtype == DType::kInt32 ? static_cast<void*>(i.data())
                                    : static_cast<void*>(b.data());
  }
  double at(size_t n) const {
    return dtype == DType::kFloat32 ? f[n] : dtype == DType::kInt32 ? i[n] : b[n];
  }
  void set(size_t n, double value) {
    if (dtype == DType::kFloat32) f[n] = static_cast<float>(value);
    if (dtype == DType::kInt32) i[n] = static_cast<int32_t>(value);
    if (dtype == DType::kBool) b[n] = value != 0;
  }
};

DType any_dtype(Numbers& numbers) { return static_cast<DType>(numbers.between(0, 2)); }

void check_random_chain(Numbers& numbers, int max_dim) {
  const Code codes[] = {Code::kAdd,      Code::kSub,  Code::kMin,      Code::kMax,
                        Code::kLess,     Code::kNeg,  Code::kSelect,   Code::kEqual,
                        Code::kClip,     Code::kAbs,  Code::kRelu,     Code::kIdentity,
                        Code::kReluGrad, Code::kSign, Code::kConstant, Code::kAddConstant};
  Chain chain;
  chain.compute = numbers.between(0, 2) ? DType::kFloat32 : DType::kInt32;
  chain.num_inputs = numbers.between(1, numbers.between(0, 3) ? 3 : kMaxChainInputs);
  chain.num_steps = numbers.between(0, numbers.between(0, 3) ? 4 : kMaxChainSteps);
  chain.num_outputs = numbers.between(1, 4);
  const int values = chain.num_inputs + chain.num_steps;
  for (int s = 0; s < chain.num_steps; ++s) {
    ChainStep& step = chain.steps[s];
    step.code = codes[numbers.between(0, 15)];
    for (uint8_t& operand : step.operands) {
      operand = static_cast<uint8_t>(numbers.between(0, chain.num_inputs + s - 1));
    }
    step.constants[0] = -2;
    step.constants[1] = 3;
  }
  for (int o = 0; o < chain.num_outputs; ++o) {
    chain.outputs[o] = {static_cast<uint8_t>(numbers.between(0, values - 1)), any_dtype(numbers)};
  }
  const int rank = numbers.between(0, 5);
  int dims[5];
  size_t total = 1;
  for (int d = 0; d < rank; ++d) {
    dims[d] = numbers.between(1, d == rank - 1 ? max_dim : 5);
    total *= dims[d];
  }
  std::vector<Array> inputs;
  std::vector<std::vector<int>> strides;
  for (int i = 0; i < chain.num_inputs; ++i) {
    chain.inputs[i] = any_dtype(numbers);
    std::vector<int> stride(rank);
    int size = 1;
    const int keep = numbers.between(0, 2);  // mostly whole inputs
    for (int d = rank - 1; d >= 0; --d) {
      const bool broadcast = keep == 0 && numbers.between(0, 1);
      stride[d] = broadcast ? 0 : size;
      if (!broadcast) size *= dims[d];
    }
    Array array(chain.inputs[i], size);
    for (int n = 0; n < size; ++n) array.set(n, numbers.between(-4, 4));
    inputs.push_back(array);
    strides.push_back(stride);
  }
  std::vector<Array> outputs, want;
  for (int o = 0; o < chain.num_outputs; ++o) {
    outputs.emplace_back(chain.outputs[o].dtype, total);
    want.emplace_back(chain.outputs[o].dtype, total);
  }
  for (size_t n = 0; n < total; ++n) {
    double value[kMaxChainInputs + kMaxChainSteps];
    for (int i = 0; i < chain.num_inputs; ++i) {
      size_t offset = 0, rest = n;
      for (int d = rank - 1; d >= 0; --d) {
        offset += rest % dims[d] * strides[i][d];
        rest /= dims[d];
      }
      value[i] = inputs[i].at(offset);
    }
    for (int s = 0; s < chain.num_steps; ++s) {
      const ChainStep& step = chain.steps[s];
      value[chain.num_inputs + s] =
          reference(step.code, value[step.operands[0]], value[step.operands[1]],
                    value[step.operands[2]], step.constants[0], step.constants[1]);
    }
    for (int o = 0; o < chain.num_outputs; ++o) want[o].set(n, value[chain.outputs[o].value]);
  }
  std::vector<const int*> stride_of(chain.num_inputs);
  std::vector<const void*> in(chain.num_inputs);
  std::vector<void*> out(chain.num_outputs);
  for (int i = 0; i < chain.num_inputs; ++i) {
    stride_of[i] = strides[i].data();
    in[i] = inputs[i].data();
  }
  for (int o = 0; o < chain.num_outputs; ++o) out[o] = outputs[o].data();
  // Now and then an output takes the memory of an input that allows it.
  for (int i = 0; i < chain.num_inputs && numbers.between(0, 1); ++i) {
    size_t dense = 1;
    bool whole = true;
    for (int d = rank - 1; d >= 0; --d) {
      whole = whole && strides[i][d] == static_cast<int>(dense);
      dense *= dims[d];
    }
    if (whole && size_of(chain.inputs[i]) == size_of(chain.outputs[0].dtype)) {
      out[0] = inputs[i].data();
      break;
    }
  }
  const ChainPlan plan = plan_chain(chain, rank, dims, stride_of.data());
  run_chain(plan, in.data(), out.data());
  for (int o = 0; o < chain.num_outputs; ++o) {
    const size_t bytes = total * size_of(chain.outputs[o].dtype);
    Array got(chain.outputs[o].dtype, total);
    std::memcpy(got.data(), out[o], bytes);
    for (size_t n = 0; n < total; ++n) {
      ASSERT_EQ(got.at(n), want[o].at(n)) << "output " << o << " at " << n;
    }
  }
}

TEST(Elementwise, RandomChains) {
  for (int trial = 0; trial < 3000; ++trial) {
    SCOPED_TRACE(trial);
    Numbers numbers(1000 + trial);
    check_random_chain(numbers, trial % 4 == 0 ? 700 : 9);
    if (HasFatalFailure()) return;
  }
}

TEST(Elementwise, LongRows) {
  for (int trial = 0; trial < 60; ++trial) {
    SCOPED_TRACE(trial);
    Numbers numbers(9000 + trial);
    check_random_chain(numbers, 3000);
    if (HasFatalFailure()) return;
  }
}

TEST(Elementwise, EmptyOutputs) {
  const int dims[] = {3, 0};
  const int strides[] = {0, 1};
  const int* stride_of[] = {strides, strides};
  const void* inputs[] = {nullptr, nullptr};
  void* outputs[] = {nullptr};
  run_chain(single(Code::kAdd, DType::kFloat32), 2, dims, stride_of, inputs, outputs);
}

TEST(Elementwise, FloatToIntTruncatesAndSaturates) {
  Chain chain = single(Code::kIdentity, DType::kFloat32);
  chain.outputs[0].dtype = DType::kInt32;
  const std::vector<float> x = {1.9f, -1.9f, NAN, 1e20f, -1e20f};
  const int n = 5, one = 1;
  const int* strides[] = {&one};
  const void* inputs[] = {x.data()};
  std::vector<int32_t> y(n);
  void* outputs[] = {y.data()};
  run_chain(chain, 1, &n, strides, inputs, outputs);
  EXPECT_EQ(y, (std::vector<int32_t>{1, -1, 0, INT32_MAX, INT32_MIN}));
}

TEST(Elementwise, MalformedChainsThrow) {
  const int n = 1, one = 1;
  const int* strides[] = {&one, &one};
  Chain chain = single(Code::kAdd, DType::kFloat32);
  chain.steps[0].operands[1] = 2;  // its own result
  EXPECT_THROW(plan_chain(chain, 1, &n, strides), std::invalid_argument);
  chain = single(Code::kExp, DType::kFloat32);
  chain.compute = DType::kInt32;
  EXPECT_THROW(plan_chain(chain, 1, &n, strides), std::invalid_argument);
  chain = single(Code::kAdd, DType::kFloat32);
  chain.outputs[0].value = 9;
  EXPECT_THROW(plan_chain(chain, 1, &n, strides), std::invalid_argument);
  EXPECT_THROW(plan_chain(single(Code::kAdd, DType::kFloat32), 9, &n, strides),
               std::invalid_argument);
}

TEST(Elementwise, AllocatesOnlyTheFirstTime) {
  Numbers numbers(77);
  check_random_chain(numbers, 100);
  const size_t growths = scratch_growths();
  Numbers again(77);
  check_random_chain(again, 100);
  EXPECT_EQ(scratch_growths(), growths);
}

}  // namespace
}  // namespace heddle::kernels

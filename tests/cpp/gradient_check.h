#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "graph/autodiff.h"
#include "graph/program.h"
#include "graph/trace.h"
#include "ops/op.h"

/// Checks of ops: values, gradients and gradients of gradients, run at once and compiled.

namespace heddle::test {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

/// Wraps a function of tensors that returns one tensor, or several.
template <typename F>
Function as_function(F f) {
  if constexpr (std::is_same_v<std::invoke_result_t<F, const Tensors&>, Tensor>) {
    return [f](const Tensors& x) { return Tensors{f(x)}; };
  } else {
    return f;
  }
}

// Central differences of the fourth order, with the step h = 1/32:
//   f'(x) = (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h + O(h⁴ f⁽⁵⁾ / 30).
// What the formula leaves out is about 3e-8 times the fifth derivative. What float32 costs is more:
// each result is off by about 1e-7 of its size, so the quotient by about 1.5e-7 / h = 5e-6 of it
// for each result that depends on x. The differences are summed in double, where nothing more is
// lost. Inputs are multiples of 1/1024 with few bits, so that x + h is exact. Allowed are 2e-4 of
// max(1, |f'|): forty results of size 1 that all err in the same direction. Wrong rules are off by
// a factor, a sign or a term, which are hundreds of times more.
inline constexpr double kStep = 1.0 / 32;
inline constexpr double kGradientTolerance = 2e-4;
/// A compiled function sums in another order than the ops one by one: float32 rounding.
inline constexpr double kProgramTolerance = 1e-5;

/// The random numbers of one test: always the same.
class Random {
 public:
  explicit Random(uint32_t seed = 1) : engine_(seed) {}

  /// Values in [low, high], multiples of 1/1024.
  Tensor uniform(const Shape& shape, double low = -2, double high = 2) {
    std::uniform_real_distribution<double> distribution(low, high);
    return fill(shape, [&] { return distribution(engine_); });
  }

  /// Values in [low, high] that keep away from kinks by more than the reach of the differences.
  Tensor uniform_without(const Shape& shape, const std::vector<double>& kinks, double low = -2,
                         double high = 2) {
    std::uniform_real_distribution<double> distribution(low, high);
    const auto near = [](double x, double kink) { return std::abs(x - kink) < 2.5 * kStep; };
    return fill(shape, [&] {
      double x = distribution(engine_);
      while (std::any_of(kinks.begin(), kinks.end(), [&](double k) { return near(x, k); })) {
        x = distribution(engine_);
      }
      return x;
    });
  }

  /// Values in random order, each further from all others than the differences reach.
  Tensor distinct(const Shape& shape) {
    std::vector<double> values(static_cast<size_t>(shape.size()));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = 5 * kStep * (static_cast<double>(i) - static_cast<double>(values.size()) / 2);
    }
    std::shuffle(values.begin(), values.end(), engine_);
    auto next = values.begin();
    return fill(shape, [&] { return *next++; });
  }

  /// Whole numbers in [0, high).
  Tensor indices(const Shape& shape, int high) {
    std::uniform_int_distribution<int32_t> distribution(0, high - 1);
    Tensor out = Tensor::empty(shape, DType::kInt32);
    std::generate_n(out.data<int32_t>(), out.size(), [&] { return distribution(engine_); });
    return out;
  }

  /// A whole number in [low, high].
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }

 private:
  template <typename Next>
  static Tensor fill(const Shape& shape, const Next& next) {
    Tensor out = Tensor::empty(shape, DType::kFloat32);
    std::generate_n(out.data(), out.size(),
                    [&] { return static_cast<float>(std::round(next() * 1024) / 1024); });
    return out;
  }

  std::mt19937 engine_;
};

inline std::vector<float> values_of(const Tensor& t) {
  std::vector<float> out(static_cast<size_t>(t.size()));
  for (size_t i = 0; i < out.size(); ++i) {
    switch (t.dtype()) {
      case DType::kFloat32:
        out[i] = t.data()[i];
        break;
      case DType::kInt32:
        out[i] = static_cast<float>(t.data<int32_t>()[i]);
        break;
      case DType::kBool:
        out[i] = static_cast<float>(t.data<uint8_t>()[i]);
        break;
    }
  }
  return out;
}

/// The same values in memory of its own: the checks change elements in place.
inline Tensor copy_of(const Tensor& t) {
  Tensor copy = Tensor::empty(t.shape(), t.dtype());
  std::memcpy(copy.buffer()->data(), t.buffer()->data(), t.spec().bytes());
  return copy;
}

/// Elements agree to `tolerance` of max(1, |expected|); NaN agrees with NaN.
inline void expect_near(const Tensor& got, const std::vector<float>& expected, double tolerance) {
  ASSERT_EQ(static_cast<size_t>(got.size()), expected.size());
  const std::vector<float> values = values_of(got);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]) && std::isnan(values[i])) continue;
    if (values[i] == expected[i]) continue;  // infinities too
    EXPECT_NEAR(values[i], expected[i], tolerance * std::max(1.0f, std::abs(expected[i])))
        << "element " << i << " of " << to_string(got.shape());
  }
}

inline void expect_values(const Tensor& got, const Shape& shape, const std::vector<float>& expected,
                          double tolerance = 1e-6) {
  EXPECT_EQ(to_string(got.shape()), to_string(shape));
  expect_near(got, expected, tolerance);
}

/// `f` throws a ValueError whose message has `part` in it.
template <typename F>
void expect_value_error(F f, const std::string& part) {
  try {
    f();
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
        << "message: " << error.what() << "\nwanted in it: " << part;
    return;
  }
  ADD_FAILURE() << "nothing was thrown; wanted an error with: " << part;
}

/// Fixed random weights for each output: the loss is their dot product with the outputs.
inline Tensors weights_for(const Tensors& outputs) {
  Random random(99);
  Tensors weights;
  for (const Tensor& y : outputs) {
    weights.push_back(y.dtype() == DType::kFloat32 ? random.uniform(y.shape(), -1, 1) : Tensor());
  }
  return weights;
}

/// sum(w * f(x)) in double.
inline double loss(const Function& f, const Tensors& inputs, const Tensors& weights) {
  const Tensors ys = f(inputs);
  double sum = 0;
  for (size_t o = 0; o < ys.size(); ++o) {
    if (!weights[o].defined()) continue;
    for (int64_t i = 0; i < ys[o].size(); ++i) {
      sum += static_cast<double>(weights[o].data()[i]) * static_cast<double>(ys[o].data()[i]);
    }
  }
  return sum;
}

/// The loss with `offset` added to one element of an input, less the loss with it taken away.
inline double loss_difference(const Function& f, const Tensors& inputs, size_t input,
                              int64_t element, double offset, const Tensors& weights) {
  float& x = inputs[input].data()[element];
  const float before = x;
  x = static_cast<float>(before + offset);
  const double above = loss(f, inputs, weights);
  x = static_cast<float>(before - offset);
  const double below = loss(f, inputs, weights);
  x = before;
  return above - below;
}

/// The gradients of sum(u * f(x)) with respect to every float32 input, zero where there is none.
inline Tensors gradients_of(const Function& f, const Tensors& inputs, const Tensors& u) {
  const Tape tape;
  Tensors watched;
  Tensors wanted;
  for (const Tensor& input : inputs) {
    const bool differentiable = input.dtype() == DType::kFloat32;
    watched.push_back(differentiable ? tape.watch(input) : input);
    if (differentiable) wanted.push_back(watched.back());
  }
  Tensors ys;
  Tensors grad_ys;
  const Tensors outputs = f(watched);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].dtype() != DType::kFloat32) continue;
    ys.push_back(outputs[i]);
    grad_ys.push_back(u[i]);
  }
  Tensors gradients = heddle::gradients(ys, grad_ys, wanted);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = Tensor::full(wanted[i].shape(), 0);
    EXPECT_EQ(to_string(gradients[i].shape()), to_string(wanted[i].shape()));
  }
  return gradients;
}

/// Values and gradients of the compiled function agree with those of the ops run at once.
inline void check_program(const Function& f, const Tensors& inputs, const Tensors& weights) {
  Tensors expected = f(inputs);
  const size_t num_outputs = expected.size();
  for (const Tensor& g : gradients_of(f, inputs, weights)) expected.push_back(g);

  Trace trace;
  Tensors traced;
  for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
  Tensors outputs = f(traced);
  ASSERT_EQ(outputs.size(), num_outputs);
  for (const Tensor& g : gradients_of(f, traced, weights)) outputs.push_back(g);
  Program program(trace.finish(outputs));
  for (int run = 0; run < 2; ++run) {  // the second finds the memory as the first left it
    program.run(inputs);
    for (size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE(i < num_outputs ? "program output " + std::to_string(i)
                                   : "program gradient " + std::to_string(i - num_outputs));
      const Tensor got = program.copy_output(static_cast<int>(i));
      EXPECT_EQ(to_string(got.shape()), to_string(expected[i].shape()));
      EXPECT_EQ(name_of(got.dtype()), name_of(expected[i].dtype()));
      expect_near(got, values_of(expected[i]), kProgramTolerance);
    }
  }
}

/// The gradients of f at the inputs agree with central differences.
inline void check_first(const Function& f, const Tensors& inputs, const Tensors& weights,
                        const std::string& what) {
  SCOPED_TRACE(what);
  const Tensors gradients = gradients_of(f, inputs, weights);
  size_t g = 0;
  for (size_t input = 0; input < inputs.size(); ++input) {
    if (inputs[input].dtype() != DType::kFloat32) continue;
    const Tensor& gradient = gradients[g++];
    for (int64_t i = 0; i < gradient.size(); ++i) {
      const double near = loss_difference(f, inputs, input, i, kStep, weights);
      const double far = loss_difference(f, inputs, input, i, 2 * kStep, weights);
      const double expected = (8 * near - far) / (12 * kStep);
      EXPECT_NEAR(gradient.data()[i], expected,
                  kGradientTolerance * std::max(1.0, std::abs(expected)))
          << "input " << input << " " << to_string(inputs[input].shape()) << ", element " << i;
    }
  }
}

/// First and second derivatives of f against central differences of f and of its gradient, and the
/// same functions compiled into Programs. Inputs that are not float32 are held.
template <typename F>
void check_gradient(F fn, const Tensors& given) {
  const Function f = as_function(fn);
  Tensors inputs;
  for (const Tensor& input : given) inputs.push_back(copy_of(input));
  const Tensors weights = weights_for(f(inputs));
  check_first(f, inputs, weights, "gradient");
  check_program(f, inputs, weights);

  // The gradient, as a function of the inputs and of the gradients that arrive.
  const size_t count = inputs.size();
  const Function gradient = [f, count, weights](const Tensors& all) {
    Tensors u(weights.size());
    for (size_t i = 0, next = count; i < u.size(); ++i) {
      if (weights[i].defined()) u[i] = all[next++];
    }
    return gradients_of(f, Tensors(all.begin(), all.begin() + static_cast<ptrdiff_t>(count)), u);
  };
  for (const Tensor& w : weights) {
    if (w.defined()) inputs.push_back(copy_of(w));
  }
  const Tensors second_weights = weights_for(gradient(inputs));
  check_first(gradient, inputs, second_weights, "gradient of the gradient");
  SCOPED_TRACE("gradient of the gradient");
  check_program(gradient, inputs, second_weights);
}

}  // namespace heddle::test

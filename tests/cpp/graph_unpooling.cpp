#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "graph/autodiff.h"
#include "graph/program.h"
#include "ops/elementwise.h"
#include "ops/pool2d.h"
#include "ops/random.h"
#include "ops/reduce.h"

namespace heddle {
namespace {

using Activate = Tensor (*)(const Tensor&);

/// The gradients of x and of a bias through a pooled activation, when they have arrived at `dy`.
std::vector<Tensor> gradients_of(const Tensor& x, const Tensor& bias, const Tensor& dy,
                                 Activate activate, const Pool2DOptions& options) {
  const Tape tape;
  const Tensor watched = tape.watch(x);
  const Tensor watched_bias = tape.watch(bias);
  const Tensor y = max_pool(activate(add(watched, watched_bias)), options);
  return gradients(std::vector{y}, std::vector{dy}, std::vector{watched, watched_bias});
}

void expect_late(Activate activate, const Pool2DOptions& options, const std::string& name) {
  SCOPED_TRACE(name);
  const Tensor x = random_normal({2, 7, 9, 3}, 0, 1, 1);
  const Tensor bias = random_normal({3}, 0, 1, 2);
  const Tensor dy = random_normal(max_pool(x, options).shape(), 0, 1, 3);
  const std::vector<Tensor> inputs{x, bias, dy};
  const std::vector<Tensor> expected = gradients_of(x, bias, dy, activate, options);

  Trace trace;
  std::vector<Tensor> traced;
  for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
  Program program(trace.finish(gradients_of(traced[0], traced[1], traced[2], activate, options)));
  program.run(inputs);
  for (int i = 0; i < 2; ++i) {
    const Tensor got = program.copy_output(i);
    for (int64_t k = 0; k < got.size(); ++k) {
      EXPECT_NEAR(got.data()[k], expected[i].data()[k], 1e-5) << program.describe();
    }
  }
  // On the windows: the activation's gradient and the bias's sum.
  const std::string windows = to_string(dy.shape());
  const std::string steps = program.describe();
  EXPECT_NE(steps.find(name + " " + windows + " " + windows), std::string::npos) << steps;
  EXPECT_NE(steps.find("sum " + windows), std::string::npos) << steps;
}

TEST(Unpooling, ComesAfterTheGradientOfTheActivation) {
  Pool2DOptions options;  // windows of 2 x 2
  expect_late(relu, options, "reluGrad");
  expect_late(relu6, options, "relu6Grad");
  expect_late(sigmoid, options, "sigmoidGrad");
  expect_late(tanh, options, "tanhGrad");
  expect_late(elu, options, "eluGrad");
  // Windows that overlap: one element may be the maximum of several.
  options.window_h = options.window_w = 3;
  expect_late(relu, options, "reluGrad");
  options.padding = Padding::kSame;
  expect_late(relu, options, "reluGrad");
}

TEST(Unpooling, StaysWhereItsResultIsNeededAsItIs) {
  Pool2DOptions options;  // windows of 2 x 2
  const Tensor x = random_normal({2, 6, 6, 3}, 0, 1, 1);
  const auto both = [&](const Tensor& in) {
    const Tape tape;
    const Tensor watched = tape.watch(in);
    const Tensor active = relu(watched);
    const Tensor y = max_pool(active, options);
    return gradients(std::vector{y}, {}, std::vector{active, watched});
  };
  const std::vector<Tensor> expected = both(x);
  Trace trace;
  Program program(trace.finish(both(trace.input(x.spec()))));
  program.run(std::vector{x});
  for (int i = 0; i < 2; ++i) {
    const Tensor got = program.copy_output(i);
    for (int64_t k = 0; k < got.size(); ++k) EXPECT_EQ(got.data()[k], expected[i].data()[k]);
  }
}

}  // namespace
}  // namespace heddle

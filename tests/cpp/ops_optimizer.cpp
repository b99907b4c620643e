#include "ops/optimizer_ops.h"

#include <cmath>

#include "gradient_check.h"
#include "ops/read_variable.h"

namespace heddle::test {
namespace {

constexpr float kLr = 0.1f;
constexpr float kMomentum = 0.9f;
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-7;

Tensor lr() { return Tensor::scalar(kLr); }

TEST(Optimizers, Sgd) {
  Random random;
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{3, 5}, Shape{0}}) {
    const Tensor param = random.uniform(shape);
    const Tensor grad = random.uniform(shape);
    std::vector<float> expected;
    for (int64_t i = 0; i < param.size(); ++i) {
      expected.push_back(param.data()[i] - kLr * grad.data()[i]);
    }
    const auto before = values_of(param);
    expect_values(sgd_update(param, grad, lr()), shape, expected);
    EXPECT_EQ(values_of(param), before);  // pure: the old value stays
  }
}

TEST(Optimizers, MomentumOverSeveralSteps) {
  Random random;
  for (const bool nesterov : {false, true}) {
    Tensor param = random.uniform({9});
    Tensor velocity = Tensor::full({9}, 0);
    std::vector<double> p(param.data(), param.data() + 9), v(9, 0.0);
    for (int step = 0; step < 5; ++step) {
      const Tensor grad = random.uniform({9});
      for (size_t i = 0; i < 9; ++i) {
        const auto g = static_cast<double>(grad.data()[i]);
        v[i] = 0.9 * v[i] + g;
        p[i] -= 0.1 * (nesterov ? g + 0.9 * v[i] : v[i]);
      }
      const auto updated = momentum_update(param, velocity, grad, lr(), kMomentum, nesterov);
      param = updated[0];
      velocity = updated[1];
    }
    expect_near(param, {p.begin(), p.end()}, 1e-5);
    expect_near(velocity, {v.begin(), v.end()}, 1e-5);
  }
}

TEST(Optimizers, AdamOverSeveralSteps) {
  Random random;
  Tensor param = random.uniform({9});
  Tensor m = Tensor::full({9}, 0);
  Tensor v = Tensor::full({9}, 0);
  std::vector<double> p(param.data(), param.data() + 9), pm(9, 0.0), pv(9, 0.0);
  for (int step = 1; step <= 5; ++step) {
    const Tensor grad = random.uniform({9});
    for (size_t i = 0; i < 9; ++i) {
      const auto g = static_cast<double>(grad.data()[i]);
      pm[i] = kBeta1 * pm[i] + (1 - kBeta1) * g;
      pv[i] = kBeta2 * pv[i] + (1 - kBeta2) * g * g;
      p[i] -= 0.1 * (pm[i] / (1 - std::pow(kBeta1, step))) /
              (std::sqrt(pv[i] / (1 - std::pow(kBeta2, step))) + kEpsilon);
    }
    const auto updated = adam_update(
        param, m, v, grad, lr(), Tensor::scalar(static_cast<float>(step)),
        static_cast<float>(kBeta1), static_cast<float>(kBeta2), static_cast<float>(kEpsilon));
    param = updated[0];
    m = updated[1];
    v = updated[2];
  }
  // 1 - 0.999f is off by 1.3e-5 of itself: float32 has no closer number.
  expect_near(param, {p.begin(), p.end()}, 5e-5);
  expect_near(m, {pm.begin(), pm.end()}, 1e-5);
  expect_near(v, {pv.begin(), pv.end()}, 5e-5);
}

/// In a Program, an update writes straight into the Variable's memory.
TEST(Optimizers, InPlaceInAProgram) {
  Random random;
  const Tensor start = random.uniform({6});
  const auto param = std::make_shared<Variable>(start, "param", true);
  const auto m = std::make_shared<Variable>(Tensor::full({6}, 0), "m", false);
  const auto v = std::make_shared<Variable>(Tensor::full({6}, 0), "v", false);
  const float* const memory = static_cast<const float*>(param->buffer()->data());
  Trace trace;
  const Tensor grad = trace.input({{6}});
  const Tensor step = trace.input({{}});
  const auto updated =
      adam_update(read(param), read(m), read(v), grad, lr(), step, 0.9f, 0.999f, 1e-7f);
  assign(param, updated[0]);
  assign(m, updated[1]);
  assign(v, updated[2]);
  Program program(trace.finish({}));

  Tensors eager = {start, Tensor::full({6}, 0), Tensor::full({6}, 0)};
  for (int i = 1; i <= 3; ++i) {
    const Tensors inputs = {random.uniform({6}), Tensor::scalar(static_cast<float>(i))};
    program.run(inputs);
    eager =
        adam_update(eager[0], eager[1], eager[2], inputs[0], lr(), inputs[1], 0.9f, 0.999f, 1e-7f);
    expect_near(param->value(), values_of(eager[0]), 1e-6);
    expect_near(m->value(), values_of(eager[1]), 1e-6);
    expect_near(v->value(), values_of(eager[2]), 1e-6);
  }
  EXPECT_EQ(static_cast<const float*>(param->buffer()->data()), memory);
  EXPECT_EQ(program.num_steps(), 1);
  EXPECT_EQ(program.arena_bytes(), 0u);  // nothing is written anywhere else
  EXPECT_EQ(param->version(), 3u);
}

TEST(Optimizers, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error([&] { sgd_update(t({2}), t({3}), lr()); },
                     "[sgd] the gradient must have the shape of the parameter [2], got [3]");
  expect_value_error([&] { sgd_update(t({2}), t({2}), t({2})); }, "[sgd] learning rate and step");
  expect_value_error([&] { momentum_update(t({2}), t({1}), t({2}), lr(), 0.9f, false); },
                     "[momentum] the state must have the shape of the parameter [2]");
  expect_value_error([&] { sgd_update(Tensor::full({2}, 1, DType::kInt32), t({2}), lr()); },
                     "[sgd] only float32 can be trained, got int32");
}

}  // namespace
}  // namespace heddle::test

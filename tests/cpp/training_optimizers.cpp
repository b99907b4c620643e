#include "training/optimizers.h"

#include <algorithm>
#include <cmath>

#include "graph/autodiff.h"
#include "graph/program.h"
#include "graph/trace.h"
#include "layers_testing.h"
#include "ops/elementwise.h"
#include "ops/gather.h"
#include "ops/random.h"
#include "ops/read_variable.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

using test::expect_value_error;
using test::options;
using test::tensor;
using test::values_of;

VariablePtr variable(const std::vector<float>& values, const char* name = "w") {
  return std::make_shared<Variable>(tensor({static_cast<int>(values.size())}, values), name, true);
}

/// The state of one weight in a reference written in double.
struct Scalar {
  double w = 0;
  double a = 0;
  double b = 0;
};
using Reference = std::function<void(Scalar& s, double g, int step)>;

/// Steps of the optimizer on the gradients g = w^2 - c, eagerly and compiled, against the
/// reference.
void expect_follows(const std::function<OptimizerPtr()>& make, const Reference& reference) {
  const std::vector<float> start = {1.5f, -0.75f, 0.25f, 3};
  const auto gradient = [](double w, int step) { return w * w - 0.5 * step; };
  constexpr int kSteps = 20;

  std::vector<Scalar> expected;
  for (const float w : start) expected.push_back({w, 0, 0});
  for (int step = 1; step <= kSteps; ++step) {
    for (Scalar& s : expected) reference(s, gradient(s.w, step), step);
  }

  for (const bool compiled : {false, true}) {
    SCOPED_TRACE(compiled ? "compiled" : "eager");
    const VariablePtr w = variable(start);
    const OptimizerPtr optimizer = make();
    std::unique_ptr<Program> program;
    if (compiled) {
      Trace trace;
      const Tensor g = trace.input({{4}});
      const std::pair<VariablePtr, Tensor> pairs[] = {{w, g}};
      optimizer->apply_gradients(pairs);
      program = std::make_unique<Program>(trace.finish({}));
      EXPECT_EQ(optimizer->iterations(), 0);
      EXPECT_EQ(values_of(w->value()), start);
    }
    for (int step = 1; step <= kSteps; ++step) {
      std::vector<float> g;
      for (const float v : values_of(w->value()))
        g.push_back(static_cast<float>(gradient(v, step)));
      const Tensor values = tensor({4}, g);
      if (compiled) {
        program->run(std::span(&values, 1));
      } else {
        const std::pair<VariablePtr, Tensor> pairs[] = {{w, values}};
        optimizer->apply_gradients(pairs);
      }
      EXPECT_EQ(optimizer->iterations(), step);
    }
    std::vector<float> wanted;
    for (const Scalar& s : expected) wanted.push_back(static_cast<float>(s.w));
    test::expect_near(w->value(), wanted, 1e-5);
  }
}

TEST(Optimizers, SgdFollowsItsFormula) {
  expect_follows([] { return make_optimizer("sgd", options({{"learningRate", 0.05}})); },
                 [](Scalar& s, double g, int) { s.w -= 0.05 * g; });
  expect_follows([] { return make_optimizer("sgd", Config()); },
                 [](Scalar& s, double g, int) { s.w -= 0.01 * g; });
}

TEST(Optimizers, MomentumFollowsItsFormula) {
  const Config plain = options({{"learningRate", 0.02}, {"momentum", 0.9}});
  expect_follows([&] { return make_optimizer("momentum", plain); },
                 [](Scalar& s, double g, int) {
                   s.a = 0.9 * s.a + g;
                   s.w -= 0.02 * s.a;
                 });
  const Config nesterov =
      options({{"learningRate", 0.02}, {"momentum", 0.9}, {"useNesterov", true}});
  expect_follows([&] { return make_optimizer("Momentum", nesterov); },
                 [](Scalar& s, double g, int) {
                   s.a = 0.9 * s.a + g;
                   s.w -= 0.02 * (g + 0.9 * s.a);
                 });
}

Reference adam(double rate, double beta1, double beta2, double epsilon) {
  return [=](Scalar& s, double g, int step) {
    s.a = beta1 * s.a + (1 - beta1) * g;
    s.b = beta2 * s.b + (1 - beta2) * g * g;
    s.w -= rate * (s.a / (1 - std::pow(beta1, step))) /
           (std::sqrt(s.b / (1 - std::pow(beta2, step))) + epsilon);
  };
}

TEST(Optimizers, AdamFollowsItsFormula) {
  expect_follows([] { return make_optimizer("adam", Config()); }, adam(0.001, 0.9, 0.999, 1e-7));
  expect_follows(
      [] {
        return make_optimizer(
            "Adam",
            options({{"learningRate", 0.03}, {"beta1", 0.8}, {"beta2", 0.99}, {"epsilon", 1e-3}}));
      },
      adam(0.03, 0.8, 0.99, 1e-3));
}

TEST(Optimizers, RmspropFollowsItsFormula) {
  expect_follows([] { return make_optimizer("rmsprop", options({{"learningRate", 0.01}})); },
                 [](Scalar& s, double g, int) {
                   s.a = 0.9 * s.a + 0.1 * g * g;
                   s.w -= 0.01 * g / std::sqrt(s.a + 1e-7);
                 });
  const Config with_momentum =
      options({{"learningRate", 0.01}, {"decay", 0.8}, {"momentum", 0.5}, {"epsilon", 1e-3}});
  expect_follows([&] { return make_optimizer("RMSProp", with_momentum); },
                 [](Scalar& s, double g, int) {
                   s.a = 0.8 * s.a + 0.2 * g * g;
                   s.b = 0.5 * s.b + 0.01 * g / std::sqrt(s.a + 1e-3);
                   s.w -= s.b;
                 });
}

TEST(Optimizers, CentredRmspropStepsByTheVariance) {
  const OptimizerPtr optimizer = make_optimizer(
      "rmsprop", options({{"learningRate", 0.1}, {"decay", 0.5}, {"centered", true}}));
  const VariablePtr w = variable({1});
  double square = 0;
  double mean = 0;
  double expected = 1;
  for (const double g : {1.0, -2.0, 3.0}) {
    square = 0.5 * square + 0.5 * g * g;
    mean = 0.5 * mean + 0.5 * g;
    expected -= 0.1 * g / std::sqrt(square - (mean * mean + 1e-7));
    const std::pair<VariablePtr, Tensor> pairs[] = {{w, tensor({1}, {static_cast<float>(g)})}};
    optimizer->apply_gradients(pairs);
  }
  EXPECT_NEAR(w->value().item(), expected, 1e-5);
}

TEST(Optimizers, AdagradFollowsItsFormula) {
  expect_follows([] { return make_optimizer("adagrad", Config()); },
                 [](Scalar& s, double g, int step) {
                   if (step == 1) s.a = 0.1;
                   s.a += g * g;
                   s.w -= 0.01 * g / std::sqrt(s.a + 1e-7);
                 });
}

TEST(Optimizers, AdadeltaFollowsItsFormula) {
  const Config given = options({{"learningRate", 0.05}, {"rho", 0.9}, {"epsilon", 1e-3}});
  expect_follows([&] { return make_optimizer("adadelta", given); },
                 [](Scalar& s, double g, int) {
                   const double move = std::sqrt(s.b + 1e-3) / std::sqrt(s.a + 1e-3) * g;
                   s.a = 0.9 * s.a + 0.1 * g * g;
                   s.b = 0.9 * s.b + 0.1 * move * move;
                   s.w -= 0.05 * move;
                 });
}

TEST(Optimizers, AdamaxFollowsItsFormula) {
  const Config given = options({{"learningRate", 0.05}, {"decay", 0.1}});
  expect_follows([&] { return make_optimizer("adamax", given); },
                 [](Scalar& s, double g, int step) {
                   s.a = 0.9 * s.a + 0.1 * g;
                   s.b = std::max(0.999 * s.b, std::abs(g));
                   s.w -= 0.05 / (1 + 0.1 * (step - 1)) / (1 - std::pow(0.9, step)) * s.a /
                          (s.b + 1e-7);
                 });
}

TEST(Optimizers, ConstraintsHoldAfterEachUpdate) {
  const OptimizerPtr optimizer = make_optimizer("sgd", options({{"learningRate", 1}}));
  const VariablePtr w = variable({0.5f, -0.5f});
  w->constraint = [](const Tensor& value) { return relu(value); };
  Trace trace;
  const Tensor g = trace.input({{2}});
  const std::pair<VariablePtr, Tensor> pairs[] = {{w, g}};
  optimizer->apply_gradients(pairs);
  Program program(trace.finish({}));
  const Tensor up = tensor({2}, {0.25f, -2});
  program.run(std::span(&up, 1));
  EXPECT_EQ(values_of(w->value()), (std::vector<float>{0.25f, 1.5f}));
  const Tensor down = tensor({2}, {1, 1});
  program.run(std::span(&down, 1));
  EXPECT_EQ(values_of(w->value()), (std::vector<float>{0, 0.5f}));
}

/// The gradient of an embedding with sgd: the numbers of a dense update, without one.
TEST(Optimizers, SgdTouchesOnlyTheRowsThatWereRead) {
  const int words = 1000;
  const auto step = [&](const VariablePtr& table, const Tensor& ids, bool twice, bool penalty) {
    Tensor loss = sum(square(gather(read(table), ids)));
    if (twice) loss = add(loss, sum(gather(read(table), reverse(slice(ids, {1})))));
    if (penalty) loss = add(loss, mul_constant(sum(square(read(table))), 0.25));
    return variable_gradients(loss, std::vector{table})[0];
  };
  const std::vector<int32_t> some = {7, 3, 7, 999, 0};
  const Tensor ids = Tensor::from({5}, some);
  for (const bool twice : {false, true}) {
    for (const bool penalty : {false, true}) {
      const Tensor start = random_normal({words, 4}, 0, 1, 5);
      const auto table = std::make_shared<Variable>(start, "table", true);
      const OptimizerPtr optimizer = make_optimizer("sgd", options({{"learningRate", 0.1}}));
      Trace trace;
      const Tensor in = trace.input(ids.spec());
      const std::pair<VariablePtr, Tensor> pairs[] = {{table, step(table, in, twice, penalty)}};
      optimizer->apply_gradients(pairs);
      Program program(trace.finish({}));
      if (!penalty) {
        EXPECT_EQ(program.describe().find("sgd"), std::string::npos) << program.describe();
        EXPECT_LT(program.arena_bytes(), 4000U);
        const Buffer* memory = table->buffer().get();
        program.run(std::span(&ids, 1));
        EXPECT_EQ(table->buffer().get(), memory);
      } else {
        program.run(std::span(&ids, 1));
      }
      std::vector<double> gradient(static_cast<size_t>(words) * 4, 0);
      for (size_t i = 0; i < some.size(); ++i) {
        for (int c = 0; c < 4; ++c) {
          gradient[some[i] * 4 + c] += 2 * start.data()[some[i] * 4 + c];
          if (twice && i > 0) gradient[some[i] * 4 + c] += 1;
        }
      }
      for (int i = 0; i < words * 4; ++i) {
        if (penalty) gradient[i] += 0.5 * start.data()[i];
        ASSERT_NEAR(table->value().data()[i], start.data()[i] - 0.1 * gradient[i], 1e-5) << i;
      }
      const std::vector<int32_t> wrong = {7, 3, 7, 1000, 0};
      const Tensor outside = Tensor::from({5}, wrong);
      const std::vector<float> before = values_of(table->value());
      EXPECT_THROW(program.run(std::span(&outside, 1)), ValueError);
      EXPECT_EQ(values_of(table->value()), before);
      EXPECT_EQ(optimizer->iterations(), 1);
    }
  }
}

TEST(Optimizers, KeepStateForEachVariable) {
  const OptimizerPtr optimizer = make_optimizer("adam", Config());
  const VariablePtr a = variable({1}, "a");
  const VariablePtr b = variable({1, 2}, "b");
  const std::pair<VariablePtr, Tensor> both[] = {{a, tensor({1}, {1})}, {b, tensor({2}, {1, 1})}};
  optimizer->apply_gradients(both);
  optimizer->apply_gradients(both);
  std::vector<std::string> names;
  for (const VariablePtr& weight : optimizer->weights()) names.push_back(weight->name());
  EXPECT_EQ(names, (std::vector<std::string>{"iterations", "a/m", "a/v", "b/m", "b/v"}));
  EXPECT_EQ(to_string(optimizer->weights()[3]->shape()), "[2]");
  EXPECT_EQ(optimizer->iterations(), 2);
}

TEST(Optimizers, SkipVariablesWithoutAGradient) {
  const OptimizerPtr optimizer = make_optimizer("sgd", Config());
  const VariablePtr a = variable({1}, "a");
  const VariablePtr b = variable({1}, "b");
  const std::pair<VariablePtr, Tensor> pairs[] = {{a, Tensor()}, {b, tensor({1}, {1})}};
  optimizer->apply_gradients(pairs);
  EXPECT_EQ(a->version(), 0u);
  EXPECT_EQ(b->version(), 1u);
}

TEST(Optimizers, LearningRateCountsFromTheNextStep) {
  const OptimizerPtr optimizer = make_optimizer("sgd", options({{"learningRate", 0.1}}));
  EXPECT_EQ(optimizer->learning_rate(), 0.1);  // as given, not its float32
  const VariablePtr w = variable({1});
  Trace trace;
  const Tensor g = trace.input({{1}});
  const std::pair<VariablePtr, Tensor> pairs[] = {{w, g}};
  optimizer->apply_gradients(pairs);
  Program program(trace.finish({}));
  const Tensor one = tensor({1}, {1});
  program.run(std::span(&one, 1));
  EXPECT_NEAR(w->value().item(), 0.9, 1e-6);
  optimizer->set_learning_rate(0.5);
  program.run(std::span(&one, 1));
  EXPECT_NEAR(w->value().item(), 0.4, 1e-6);
  EXPECT_EQ(to_string(optimizer->config()), R"({"learningRate":0.5})");
}

TEST(Optimizers, ConfigurationsComeBack) {
  const auto expect_config = [](const char* name, const char* class_name, const char* expected) {
    const OptimizerPtr optimizer = make_optimizer(name, Config());
    EXPECT_EQ(optimizer->class_name(), std::string(class_name));
    EXPECT_EQ(to_string(optimizer->config()), expected);
    EXPECT_EQ(to_string(make_optimizer(class_name, optimizer->config())->config()), expected);
  };
  expect_config("sgd", "SGD", R"({"learningRate":0.01})");
  expect_config("momentum", "Momentum",
                R"({"learningRate":0.01,"momentum":0.9,"useNesterov":false})");
  expect_config("adam", "Adam",
                R"({"learningRate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-7})");
}

TEST(Optimizers, Errors) {
  expect_value_error([] { make_optimizer("foo", Config()); },
                     "Unknown Optimizer foo. Known optimizers: ");
  expect_value_error([] { make_optimizer("adam", options({{"beta3", 1}})); },
                     "[Adam optimizer] there is no option 'beta3'");
  expect_value_error([] { make_optimizer("sgd", options({{"learningRate", "fast"}})); },
                     "option 'learningRate' must be a number");
  const OptimizerPtr optimizer = make_optimizer("sgd", Config());
  const VariablePtr a = variable({1}, "a");
  const VariablePtr b = variable({1, 2}, "b");
  const std::pair<VariablePtr, Tensor> pairs[] = {{a, tensor({1}, {1})},
                                                  {b, tensor({3}, {1, 1, 1})}};
  expect_value_error([&] { optimizer->apply_gradients(pairs); },
                     "variable 'b' must have its shape [2], got [3]");
  EXPECT_EQ(a->version(), 0u);
  EXPECT_EQ(optimizer->iterations(), 0);
}

}  // namespace
}  // namespace heddle

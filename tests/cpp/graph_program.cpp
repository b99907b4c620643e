#include "graph/program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "graph/autodiff.h"
#include "graph/fuse.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/optimizer_ops.h"
#include "ops/random.h"
#include "ops/read_variable.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

std::vector<float> values(const Tensor& t) { return {t.data(), t.data() + t.size()}; }

Graph trace(const Function& f, const std::vector<Tensor>& inputs) {
  Trace trace;
  std::vector<Tensor> traced;
  for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
  return trace.finish(f(traced));
}

/// A Program must give what the eager run gives, run after run.
void expect_same(const Function& f, const std::vector<Tensor>& inputs) {
  const std::vector<Tensor> eager = f(inputs);
  Program program(trace(f, inputs));
  for (int run = 0; run < 2; ++run) {
    program.run(inputs);
    for (size_t i = 0; i < eager.size(); ++i) {
      const Tensor got = program.copy_output(static_cast<int>(i));
      ASSERT_EQ(got.shape(), eager[i].shape());
      for (int64_t k = 0; k < got.size(); ++k) {
        EXPECT_NEAR(got.data()[k], eager[i].data()[k], 1e-5 * (1 + std::abs(eager[i].data()[k])))
            << "output " << i << " element " << k << "\n"
            << program.describe();
      }
    }
  }
}

Tensor random(const Shape& shape, uint64_t seed) { return random_normal(shape, 0, 1, seed); }

TEST(Program, DenseLayerBecomesOneStep) {
  const auto dense = [](const std::vector<Tensor>& in) {
    return std::vector{relu(add(matmul(in[0], in[1]), in[2]))};
  };
  const std::vector<Tensor> inputs{random({5, 7}, 1), random({7, 9}, 2), random({9}, 3)};
  expect_same(dense, inputs);
  EXPECT_EQ(Program(trace(dense, inputs)).num_steps(), 1);
}

TEST(Program, AReluWithAMaximumOf6IsPartOfTheProduct) {
  const auto layer = [](float maximum) {
    return [maximum](const std::vector<Tensor>& in) {
      return std::vector{clip_by_value(relu(matmul(in[0], in[1])), 0, maximum)};
    };
  };
  const std::vector<Tensor> inputs{mul_constant(random({5, 7}, 1), 5), random({7, 9}, 2)};
  for (const float maximum : {6.0f, 5.0f}) {
    expect_same(layer(maximum), inputs);
    EXPECT_EQ(Program(trace(layer(maximum), inputs)).num_steps(), maximum == 6 ? 1 : 2);
  }
}

TEST(Program, ElementwiseChainsBecomeOneStep) {
  const auto chain = [](const std::vector<Tensor>& in) {
    const Tensor a = mul(in[0], sigmoid(in[0]));
    return std::vector{add(a, mul(in[1], in[2])), sub(a, in[1])};
  };
  const std::vector<Tensor> inputs{random({4, 6}, 1), random({6}, 2), random({4, 1}, 3)};
  expect_same(chain, inputs);
  EXPECT_LE(Program(trace(chain, inputs)).num_steps(), 3);
}

TEST(Program, BoolsBetweenStepsOfAChain) {
  expect_same(
      [](const std::vector<Tensor>& in) {
        const Tensor positive = greater(in[0], Tensor::scalar(0));
        return std::vector{where(positive, in[0], mul_constant(in[0], 0.1)),
                           cast(logical_not(positive), DType::kFloat32)};
      },
      {random({3, 5}, 4)});
}

TEST(Program, RoundingConversionsInsideAChainStay) {
  expect_same(
      [](const std::vector<Tensor>& in) {
        return std::vector{mul_constant(cast(cast(in[0], DType::kInt32), DType::kFloat32), 2)};
      },
      {mul_constant(random({20}, 5), 3)});
}

TEST(Program, TwoLayerNetworkWithItsGradients) {
  const auto step = [](const std::vector<Tensor>& in) {
    const Tensor hidden = tanh(add(matmul(in[0], in[1]), in[2]));
    const Tensor logits = matmul(hidden, in[3]);
    const Tensor loss = mean(softmax_cross_entropy(logits, in[4]));
    std::vector<Tensor> out =
        gradients(std::vector{loss}, {}, std::vector{in[1], in[2], in[3], in[0]});
    out.push_back(loss);
    return out;
  };
  const auto eager_step = [&](const std::vector<Tensor>& in) {
    const Tape tape;
    std::vector<Tensor> watched;
    for (const Tensor& t : in) watched.push_back(t.traced() ? t : tape.watch(t));
    return step(watched);
  };
  expect_same(eager_step, {random({8, 5}, 1), random({5, 6}, 2), random({6}, 3), random({6, 4}, 4),
                           softmax(random({8, 4}, 5))});
}

TEST(Program, SharedWeightSumsItsGradientsInTheProduct) {
  const auto f = [](const std::vector<Tensor>& in) {
    const Tensor dw1 = matmul(in[0], in[1], true, false);
    const Tensor dw2 = matmul(in[2], in[3], true, false);
    return std::vector{add(dw1, dw2)};
  };
  const std::vector<Tensor> inputs{random({8, 5}, 1), random({8, 6}, 2), random({8, 5}, 3),
                                   random({8, 6}, 4)};
  expect_same(f, inputs);
  EXPECT_EQ(Program(trace(f, inputs)).num_steps(), 2);
}

TEST(Program, UpdatesVariablesInPlace) {
  const auto w = std::make_shared<Variable>(Tensor::full({3}, 1), "w", true);
  Graph graph;
  {
    Trace trace;
    const Tensor x = trace.input({{3}});
    const Tensor before = read(w);
    assign(w, add(before, x));
    EXPECT_TRUE(read(w).traced());
    graph = trace.finish({mul_constant(read(w), 10)});
  }
  Program program(graph);
  const Buffer* memory = w->buffer().get();
  program.run(std::vector{Tensor::from({3}, std::vector<float>{1, 2, 3})});
  EXPECT_EQ(values(program.copy_output(0)), (std::vector<float>{20, 30, 40}));
  EXPECT_EQ(values(w->value()), (std::vector<float>{2, 3, 4}));
  EXPECT_EQ(w->version(), 1U);
  EXPECT_EQ(w->buffer().get(), memory);
}

TEST(Program, OldValuesThatSomebodyHoldsStay) {
  const auto w = std::make_shared<Variable>(Tensor::full({2}, 1), "w", true);
  Graph graph;
  {
    Trace trace;
    assign(w, mul_constant(read(w), 2));
    graph = trace.finish({});
  }
  Program program(graph);
  const Tensor before = w->value();
  program.run({});
  program.run({});
  EXPECT_EQ(values(before), (std::vector<float>{1, 1}));
  EXPECT_EQ(values(w->value()), (std::vector<float>{4, 4}));
}

TEST(Program, VariablesCanTradeValues) {
  const auto a = std::make_shared<Variable>(Tensor::scalar(1), "a", true);
  const auto b = std::make_shared<Variable>(Tensor::scalar(2), "b", true);
  Graph graph;
  {
    Trace trace;
    const Tensor old_a = read(a);
    const Tensor old_b = read(b);
    assign(a, old_b);
    assign(b, old_a);
    graph = trace.finish({old_a});
  }
  Program program(graph);
  program.run({});
  EXPECT_EQ(a->value().item(), 2);
  EXPECT_EQ(b->value().item(), 1);
  EXPECT_EQ(program.copy_output(0).item(), 1);
}

/// Gradients end at reads, those of values assigned in the same trace too: v becomes 3 x, and its
/// square has the gradient 2 v, not one for x or for v before.
TEST(Program, GradientsOfWhatWasAssignedBefore) {
  const auto v = std::make_shared<Variable>(Tensor::scalar(1), "v", true);
  const auto fixed = std::make_shared<Variable>(Tensor::scalar(1), "fixed", true);
  const Function f = [&](const std::vector<Tensor>& in) {
    assign(v, mul_constant(mul(read(v), in[0]), 3));
    assign(fixed, Tensor::scalar(5));
    const Tensor y = mul(square(read(v)), read(fixed));
    std::vector<Tensor> results = variable_gradients(y, std::vector<VariablePtr>{v, fixed});
    results.push_back(read(v));
    return results;
  };
  const std::vector<Tensor> two{Tensor::scalar(2)};
  Program program(trace(f, two));
  program.run(two);
  EXPECT_EQ(program.copy_output(0).item(), 2 * 6 * 5);
  EXPECT_EQ(program.copy_output(1).item(), 36);
  EXPECT_EQ(program.copy_output(2).item(), 6);
  EXPECT_EQ(v->value().item(), 6);
  EXPECT_EQ(fixed->value().item(), 5);
}

/// v^4 / 4 from 1, by 0.1: 1 - 0.1, then 0.9 - 0.1 * 0.9^3, ...
TEST(Program, SeveralStepsOfAnOptimizerInOne) {
  const auto v = std::make_shared<Variable>(Tensor::scalar(1), "v", true);
  const Function f = [&](const std::vector<Tensor>&) {
    for (int step = 0; step < 2; ++step) {
      const Tensor y = mul_constant(square(square(read(v))), 0.25);
      const Tensor gradient = variable_gradients(y, std::vector<VariablePtr>{v})[0];
      assign(v, sgd_update(read(v), gradient, Tensor::scalar(0.1F)));
    }
    return std::vector<Tensor>{};
  };
  Program program(trace(f, {}));
  float expected = 1;
  for (int run = 0; run < 2; ++run) {
    program.run({});
    for (int step = 0; step < 2; ++step) expected -= 0.1F * expected * expected * expected;
    EXPECT_NEAR(v->value().item(), expected, 1e-6);
  }
}

TEST(Program, RandomOpsAreNewInEachRun) {
  const auto noise = [](const std::vector<Tensor>& in) {
    return std::vector{dropout(in[0], 0.5F), dropout(in[0], 0.5F)};
  };
  const std::vector<Tensor> inputs{Tensor::full({100}, 1)};
  Program program(trace(noise, inputs));
  program.run(inputs);
  const auto first = values(program.copy_output(0));
  const auto second = values(program.copy_output(1));
  program.run(inputs);
  const auto third = values(program.copy_output(0));
  EXPECT_NE(first, second);
  EXPECT_NE(first, third);
}

TEST(Program, OutputsMayBeInputsAndConstants) {
  const Tensor constant = Tensor::full({2}, 7);
  Graph graph;
  {
    Trace trace;
    const Tensor x = trace.input({{2}});
    graph = trace.finish({x, reshape(x, {2, 1}), constant});
  }
  Program program(graph);
  program.run(std::vector{Tensor::full({2}, 3)});
  EXPECT_EQ(values(program.copy_output(0)), (std::vector<float>{3, 3}));
  EXPECT_EQ(program.copy_output(1).shape(), (Shape{2, 1}));
  EXPECT_EQ(values(program.copy_output(2)), (std::vector<float>{7, 7}));
}

TEST(Program, RefusesInputsOfAnotherShapeAndStillWorks) {
  const auto f = [](const std::vector<Tensor>& in) { return std::vector{square(in[0])}; };
  Program program(trace(f, {Tensor::full({2}, 3)}));
  EXPECT_THROW(program.run(std::vector{Tensor::full({3}, 3)}), ValueError);
  EXPECT_THROW(program.run({}), ValueError);
  program.run(std::vector{Tensor::full({2}, 3)});
  EXPECT_EQ(values(program.copy_output(0)), (std::vector<float>{9, 9}));
}

TEST(Program, TracedTensorsHaveNoValuesAndDoNotLeaveTheirTrace) {
  Tensor leaked;
  {
    Trace trace;
    const Tensor x = trace.input({{2}});
    EXPECT_THROW(x.data(), ValueError);
    leaked = x;
  }
  EXPECT_THROW(square(leaked), ValueError);
}

TEST(MemoryPlan, ValuesThatLiveTogetherDoNotOverlap) {
  const auto f = [](const std::vector<Tensor>& in) {
    std::vector<Tensor> layers{in[0]};
    for (int i = 0; i < 12; ++i) {
      const Tensor wide = matmul(layers.back(), in[1]);
      layers.push_back(matmul(tanh(wide), in[2]));
      if (i % 3 == 0) layers.push_back(matmul(layers.back(), matmul(in[2], in[1], true, true)));
    }
    const Tensor loss = sum(square(layers.back()));
    return gradients(std::vector{loss}, {}, std::vector{in[1], in[2]});
  };
  StepGraph graph = lower(trace(f, {random({4, 8}, 1), random({8, 16}, 2), random({16, 8}, 3)}));
  fuse(graph);
  const MemoryPlan plan = plan_memory(graph);

  // Replays the steps: a value's bytes must still be its own when they are read.
  std::vector<int> owner(plan.arena_bytes, -1);
  std::vector<int> source(graph.values.size());  // through reshapes
  for (size_t v = 0; v < source.size(); ++v) source[v] = static_cast<int>(v);
  size_t sum_of_all = 0;
  for (const Step& step : graph.steps) {
    if (step.op->alias() >= 0) {
      source[step.outputs[0]] = source[step.inputs[step.op->alias()]];
      continue;
    }
    for (int input : step.inputs) {
      const int root = plan.places[input].root;
      if (graph.values[root].storage != Storage::kArena) continue;
      for (size_t byte = 0; byte < graph.values[input].spec.bytes(); ++byte) {
        ASSERT_EQ(owner[plan.places[root].offset + byte], source[input]);
      }
    }
    for (int output : step.outputs) {
      const int root = plan.places[output].root;
      sum_of_all += graph.values[output].spec.bytes();
      ASSERT_EQ(graph.values[root].storage, Storage::kArena);
      for (size_t byte = 0; byte < graph.values[output].spec.bytes(); ++byte) {
        owner[plan.places[root].offset + byte] = output;
      }
    }
  }
  EXPECT_LT(plan.arena_bytes, sum_of_all * 2 / 3);
}

}  // namespace
}  // namespace heddle

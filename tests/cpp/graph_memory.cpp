#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "graph/autodiff.h"
#include "graph/fuse.h"
#include "graph/memory_plan.h"
#include "graph/program.h"
#include "graph/schedule.h"
#include "ops/conv2d.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/optimizer_ops.h"
#include "ops/random.h"
#include "ops/read_variable.h"
#include "ops/reduce.h"

namespace heddle {
namespace {

std::vector<float> values(const Tensor& t) { return {t.data(), t.data() + t.size()}; }

std::vector<VariablePtr> square_weights(int layers, int width) {
  std::vector<VariablePtr> weights;
  for (int i = 0; i < layers; ++i) {
    weights.push_back(std::make_shared<Variable>(
        random_normal({width, width}, 0, 0.2F, static_cast<uint64_t>(i)), "w", true));
  }
  return weights;
}

/// A step of Adam for a deep network of dense layers with dropout, and layers that skip.
Graph training_step(const std::vector<VariablePtr>& weights, const Shape& batch) {
  Trace trace;
  const Tensor x = trace.input({batch});
  Tensor h = x;
  Tensor skipped = x;
  for (size_t i = 0; i < weights.size(); ++i) {
    h = dropout(tanh(matmul(h, read(weights[i]))), 0.1F);
    if (i % 5 == 4) skipped = h = add(h, skipped);
  }
  const Tensor loss = mean(square(h));
  const std::vector<Tensor> gradients = variable_gradients(loss, weights);
  for (size_t i = 0; i < weights.size(); ++i) {
    assign(weights[i], sgd_update(read(weights[i]), gradients[i], Tensor::scalar(0.1F)));
  }
  return trace.finish({loss});
}

/// Gradients are used up one by one: the arena does not hold all of them.
TEST(Memory, UpdatesComeWhenTheirGradientsAreThere) {
  const int layers = 20;
  const int width = 64;
  Program program(training_step(square_weights(layers, width), {2, width}));
  const size_t all_gradients = size_t{layers} * width * width * sizeof(float);
  EXPECT_LT(program.arena_bytes(), all_gradients / 4);
}

TEST(Memory, LongTracesArePlannedInTime) {
  const auto weights = square_weights(1, 4);
  Graph graph;
  {
    Trace trace;
    const Tensor x = trace.input({{2, 4}});
    Tensor h = x;
    // Every layer is a product (the dropout between keeps it from becoming one chain).
    for (int i = 0; i < 3500; ++i) h = tanh(dropout(matmul(h, read(weights[0])), 0.1F));
    const Tensor gradient = variable_gradients(mean(h), weights)[0];
    assign(weights[0], sgd_update(read(weights[0]), gradient, Tensor::scalar(0.1F)));
    graph = trace.finish({});
  }
  StepGraph steps = lower(graph);
  EXPECT_GE(steps.steps.size(), 20000U);
  fuse(steps);
  schedule_updates(steps);
  const MemoryPlan plan = plan_memory(steps);
  EXPECT_GT(plan.arena_bytes, 0U);
}

/// Runs `steps` steps of the two ways, which must agree to the bit.
void expect_same_with_less(const std::function<Graph(const std::vector<VariablePtr>&)>& trace,
                           const std::function<std::vector<VariablePtr>()>& make, const Tensor& x,
                           double most) {
  const std::vector<VariablePtr> weights[2] = {make(), make()};
  Program normal(trace(weights[0]));
  Program low(trace(weights[1]), true);
  EXPECT_LT(static_cast<double>(low.arena_bytes()),
            most * static_cast<double>(normal.arena_bytes()))
      << low.describe();
  for (Program* program : {&normal, &low}) {
    set_random_seed(7);
    for (int step = 0; step < 3; ++step) program->run(std::vector{x});
  }
  EXPECT_TRUE(std::isfinite(low.copy_output(0).item()));
  for (size_t i = 0; i < weights[0].size(); ++i) {
    EXPECT_EQ(values(weights[0][i]->value()), values(weights[1][i]->value())) << i;
  }
}

TEST(Rematerialize, DeepNetworkWithDropout) {
  expect_same_with_less(
      [](const std::vector<VariablePtr>& weights) { return training_step(weights, {64, 16}); },
      [] { return square_weights(64, 16); }, random_normal({64, 16}, 0, 1, 3), 0.45);
}

TEST(Rematerialize, Convolutions) {
  const auto make = [] {
    std::vector<VariablePtr> filters;
    for (int i = 0; i < 16; ++i) {
      filters.push_back(std::make_shared<Variable>(
          random_normal({3, 3, 4, 4}, 0, 0.15F, static_cast<uint64_t>(i)), "w", true));
    }
    return filters;
  };
  const auto trace_step = [](const std::vector<VariablePtr>& filters) {
    Trace trace;
    Conv2DOptions same;
    same.padding = Padding::kSame;
    Tensor h = trace.input({{2, 9, 7, 4}});
    for (const VariablePtr& filter : filters) h = elu(conv2d(h, read(filter), same));
    const Tensor loss = mean(square(h));
    const std::vector<Tensor> gradients = variable_gradients(loss, filters);
    for (size_t i = 0; i < filters.size(); ++i) {
      assign(filters[i], sgd_update(read(filters[i]), gradients[i], Tensor::scalar(0.01F)));
    }
    return trace.finish({loss});
  };
  expect_same_with_less(trace_step, make, random_normal({2, 9, 7, 4}, 0, 1, 3), 0.7);
}

/// Variables that the forward pass itself assigns (running averages) get the same values.
TEST(Rematerialize, AssignmentsInTheForwardPass) {
  const auto make = [] {
    std::vector<VariablePtr> all = square_weights(24, 8);
    all.push_back(std::make_shared<Variable>(Tensor::full({8}, 1), "average", false));
    return all;
  };
  const auto trace_step = [](const std::vector<VariablePtr>& all) {
    const std::vector<VariablePtr> weights(all.begin(), all.end() - 1);
    const VariablePtr& average = all.back();
    Trace trace;
    Tensor h = trace.input({{32, 8}});
    for (const VariablePtr& w : weights) {
      h = tanh(matmul(h, read(w)));
      h = sub(h, read(average));
      assign(average, add(mul_constant(read(average), 0.9), mul_constant(mean(h, {0}), 0.1)));
    }
    const Tensor loss = mean(square(h));
    const std::vector<Tensor> gradients = variable_gradients(loss, weights);
    for (size_t i = 0; i < weights.size(); ++i) {
      assign(weights[i], sgd_update(read(weights[i]), gradients[i], Tensor::scalar(0.1F)));
    }
    return trace.finish({loss});
  };
  expect_same_with_less(trace_step, make, random_normal({32, 8}, 0, 1, 3), 0.6);
}

TEST(Rematerialize, GraphsWithoutGradientsStayAsTheyAre) {
  const std::vector<VariablePtr> weights = square_weights(3, 4);
  Graph graph;
  {
    Trace trace;
    Tensor h = trace.input({{2, 4}});
    for (const VariablePtr& w : weights) h = tanh(matmul(h, read(w)));
    graph = trace.finish({h});
  }
  EXPECT_EQ(Program(graph, true).describe(), Program(graph).describe());
}

}  // namespace
}  // namespace heddle

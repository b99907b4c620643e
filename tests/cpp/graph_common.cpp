#include "graph/common.h"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/program.h"
#include "ops/conv2d.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/random.h"
#include "ops/read_variable.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

/// How many steps are left of the graph of these outputs.
size_t steps_after_merging(Trace& trace, std::vector<Tensor> outputs) {
  StepGraph graph = lower(trace.finish(std::move(outputs)));
  merge_common(graph);
  return graph.steps.size();
}

TEST(Common, EqualStepsOfEqualInputsAreDoneOnce) {
  Trace trace;
  const Tensor x = trace.input({{3, 4}});
  const Tensor w = trace.input({{4, 4}});
  // matMul, softmax, exp, sum, transpose, reshape, and the copy of what is an input's memory.
  EXPECT_EQ(steps_after_merging(trace, {softmax(matmul(x, w)), softmax(matmul(x, w)),
                                        sum(exp(x), {1}), sum(exp(x), {1}), transpose(x),
                                        transpose(x, {1, 0}), reshape(x, {12}), reshape(x, {12})}),
            7U);
}

TEST(Common, AttributesTellStepsApart) {
  Trace trace;
  const Tensor x = trace.input({{1, 4, 4, 1}});
  const Tensor w = trace.input({{2, 2, 1, 1}});
  const Tensor square = reshape(x, {4, 4});  // the only step that all share
  Conv2DOptions strided;
  strided.stride_h = 2;
  Conv2DOptions same;
  same.padding = Padding::kSame;
  const std::vector<Tensor> outputs{
      matmul(square, square),
      matmul(square, square, true),
      matmul(square, square, false, true),
      sum(square, {0}),
      sum(square, {1}),
      mean(square, {1}),
      sum(square, {1}, true),
      arg_max(square, 0),
      arg_max(square, 1),
      arg_min(square, 1),
      conv2d(x, w),
      conv2d(x, w, strided),
      conv2d(x, w, same),
      softmax(square),
      log_softmax(square),
      slice(square, {0, 0}, {2, 2}),
      slice(square, {1, 0}, {2, 2}),
      slice(square, {0, 0}, {2, 3}),
      add_constant(square, 1),
      add_constant(square, 2),
      mul_constant(square, 1),
      cast(square, DType::kInt32),
      cast(square, DType::kBool),
      broadcast_to(square, {2, 4, 4}),
      broadcast_to(square, {3, 4, 4}),
  };
  const size_t count = outputs.size();
  EXPECT_EQ(steps_after_merging(trace, outputs), count + 1);
}

TEST(Common, RandomStepsStayApart) {
  Trace trace;
  const Tensor x = trace.input({{8}});
  EXPECT_EQ(steps_after_merging(trace, {dropout(x, 0.5F), dropout(x, 0.5F)}), 4U);
}

TEST(Common, ReadsAcrossAnAssignmentStayApart) {
  const auto v = std::make_shared<Variable>(Tensor::full({3}, 2), "v", true);
  Graph graph;
  {
    Trace trace;
    const Tensor before = exp(read(v));
    const Tensor again = exp(read(v));
    assign(v, mul(trace.input({{3}}), before));
    graph = trace.finish({before, again, exp(read(v))});
  }
  StepGraph steps = lower(graph);
  merge_common(steps);
  EXPECT_EQ(steps.outputs[0], steps.outputs[1]);
  EXPECT_NE(steps.outputs[0], steps.outputs[2]);
  Program program(graph);
  program.run(std::vector{Tensor::full({3}, 0.25F)});
  const float e2 = std::exp(2.0F);
  EXPECT_FLOAT_EQ(program.copy_output(1).data()[2], e2);
  EXPECT_FLOAT_EQ(program.copy_output(2).data()[2], std::exp(0.25F * e2));
}

/// Cheap steps on large tensors are not kept for a second use, but what follows from them is.
TEST(Common, WhatIsCheapIsDoneAgain) {
  Trace trace;
  const Tensor x = trace.input({{100, 100}});
  const Tensor one = sum(mul(x, add_constant(x, 1)));
  const Tensor two = sum(mul(x, add_constant(x, 1)));
  const Tensor other = exp(mul(x, add_constant(x, 1)));
  // add, mul, sum; add, mul, exp
  EXPECT_EQ(steps_after_merging(trace, {one, two, other}), 6U);
}

TEST(Common, EqualSmallConstantsAreOne) {
  Trace trace;
  const Tensor x = trace.input({{4}});
  EXPECT_EQ(steps_after_merging(trace, {sub(Tensor::scalar(1), x), sub(Tensor::scalar(1), x),
                                        sub(Tensor::scalar(2), x), sub(Tensor::full({1}, 1), x)}),
            3U);
}

}  // namespace
}  // namespace heddle

#include "graph/autodiff.h"

#include <gtest/gtest.h>

#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/read_variable.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

std::vector<float> values(const Tensor& t) { return {t.data(), t.data() + t.size()}; }

TEST(Autodiff, GradientsSumOverAllUses) {
  const Tape tape;
  const Tensor x = tape.watch(Tensor::from({3}, std::vector<float>{1, 2, 3}));
  // y = x*x + x, dy/dx = 2x + 1
  const Tensor y = add(mul(x, x), x);
  const auto g = gradients(std::vector{y}, {}, std::vector{x});
  EXPECT_EQ(values(g[0]), (std::vector<float>{3, 5, 7}));
}

TEST(Autodiff, GradientOfGradientOfGradient) {
  const Tape outer;
  const Tensor x = outer.watch(Tensor::from({2}, std::vector<float>{2, 3}));
  const Tensor y = mul(square(x), x);  // x^3
  const Tensor first = gradients(std::vector{y}, {}, std::vector{x})[0];
  const Tensor second = gradients(std::vector{first}, {}, std::vector{x})[0];
  const Tensor third = gradients(std::vector{second}, {}, std::vector{x})[0];
  EXPECT_EQ(values(first), (std::vector<float>{12, 27}));
  EXPECT_EQ(values(second), (std::vector<float>{12, 18}));
  EXPECT_EQ(values(third), (std::vector<float>{6, 6}));
}

TEST(Autodiff, NestedTapesReachThroughEachOther) {
  const Tape outer;
  const Tensor x = outer.watch(Tensor::scalar(3));
  Tensor inner_gradient;
  {
    const Tape inner;
    const Tensor again = inner.watch(x);
    inner_gradient = gradients(std::vector{square(again)}, {}, std::vector{again})[0];
  }
  EXPECT_FLOAT_EQ(inner_gradient.item(), 6);
  EXPECT_FLOAT_EQ(gradients(std::vector{inner_gradient}, {}, std::vector{x})[0].item(), 2);
}

TEST(Autodiff, UnreachedInputsHaveNoGradient) {
  const Tape tape;
  const Tensor x = tape.watch(Tensor::scalar(1));
  const Tensor other = tape.watch(Tensor::scalar(2));
  EXPECT_FALSE(gradients(std::vector{square(x)}, {}, std::vector{other})[0].defined());
}

TEST(Autodiff, FlatOpsHaveAGradientOfZero) {
  const Tape tape;
  const Tensor x = tape.watch(Tensor::from({2}, std::vector<float>{1.5f, -2}));
  for (const Tensor& y : {sign(x), floor(x), step(x), cast(is_nan(x), DType::kFloat32)}) {
    EXPECT_EQ(values(gradients(std::vector{y}, {}, std::vector{x})[0]), (std::vector<float>{0, 0}));
  }
}

TEST(Autodiff, NothingIsRememberedWithoutATape) {
  Tensor x = Tensor::scalar(1);
  for (int i = 0; i < 100; ++i) x = add(x, x);
  EXPECT_TRUE(x.node().inputs.empty());
}

TEST(Autodiff, AMillionStepsAreTakenApartWithoutRecursion) {
  const Tape tape;
  Tensor x = tape.watch(Tensor::scalar(0));
  for (int i = 0; i < 1'000'000; ++i) x = add_constant(x, 1);
  EXPECT_EQ(x.item(), 1e6F);
  x = Tensor();
}

TEST(Autodiff, EachReadOfAVariableHasItsOwnPart) {
  const auto w = std::make_shared<Variable>(Tensor::scalar(3), "w", true);
  const Tape tape;
  const Tensor y = add(mul_constant(read(w), 2), mul_constant(read(w), 5));
  const auto reads = variable_reads(std::vector{y});
  ASSERT_EQ(reads.size(), 2U);
  const auto parts = gradients(std::vector{y}, {}, reads);
  EXPECT_EQ(parts[0].item(), 2);
  EXPECT_EQ(parts[1].item(), 5);
  EXPECT_EQ(variable_gradients(y, std::vector{w})[0].item(), 7);
}

TEST(Autodiff, AnAssignmentDoesNotChangeValuesReadBefore) {
  const auto w = std::make_shared<Variable>(Tensor::scalar(3), "w", true);
  const Tensor before = read(w);
  assign(w, Tensor::scalar(4));
  EXPECT_EQ(before.item(), 3);
  EXPECT_EQ(read(w).item(), 4);
  EXPECT_EQ(w->version(), 1U);
  EXPECT_THROW(assign(w, Tensor::full({2}, 1)), ValueError);
  EXPECT_THROW(assign(w, Tensor::scalar(1, DType::kInt32)), ValueError);
}

TEST(Autodiff, GradientsStopAtWholeNumbers) {
  const Tape tape;
  const Tensor x = tape.watch(Tensor::from({2}, std::vector<float>{1, 2}));
  const Tensor y = mul(x, cast(arg_max(x, 0), DType::kFloat32));  // x * 1
  EXPECT_EQ(values(gradients(std::vector{y}, {}, std::vector{x})[0]), (std::vector<float>{1, 1}));
}

}  // namespace
}  // namespace heddle

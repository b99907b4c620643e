#include "ops/matmul.h"

#include <array>

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace heddle::test {
namespace {

/// The product of two matrices in double; a is [m, k], b is [k, n], or their transposes.
std::vector<float> product(const float* a, const float* b, int m, int k, int n, bool transpose_a,
                           bool transpose_b) {
  std::vector<float> c;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int l = 0; l < k; ++l) {
        sum += static_cast<double>(a[transpose_a ? l * m + i : i * k + l]) *
               static_cast<double>(b[transpose_b ? j * k + l : l * n + j]);
      }
      c.push_back(static_cast<float>(sum));
    }
  }
  return c;
}

Shape matrix(const Shape& batch, int rows, int cols, bool transposed) {
  Shape shape = batch;
  shape.push_back(transposed ? cols : rows);
  shape.push_back(transposed ? rows : cols);
  return shape;
}

TEST(MatMul, MatchesPlainSumsWithAnyTranspose) {
  Random random;
  for (const auto& [m, k, n] :
       {std::array{1, 1, 1}, {2, 3, 4}, {7, 5, 9}, {17, 33, 8}, {6, 1, 13}}) {
    for (int flags = 0; flags < 4; ++flags) {
      const bool ta = (flags & 1) != 0;
      const bool tb = (flags & 2) != 0;
      const Tensor a = random.uniform(matrix({}, m, k, ta));
      const Tensor b = random.uniform(matrix({}, k, n, tb));
      expect_values(matmul(a, b, ta, tb), {m, n}, product(a.data(), b.data(), m, k, n, ta, tb),
                    1e-5);
    }
  }
}

TEST(MatMul, BatchesBroadcast) {
  Random random;
  struct Case {
    Shape a, b, batch;
  };
  const std::vector<Case> cases = {{{3}, {3}, {3}},       {{3}, {}, {3}},          {{}, {3}, {3}},
                                   {{2, 3}, {3}, {2, 3}}, {{2, 1}, {3}, {2, 3}},   {{1}, {}, {1}},
                                   {{2, 3}, {1}, {2, 3}}, {{2, 1}, {1, 3}, {2, 3}}};
  for (const Case& c : cases) {
    for (int flags = 0; flags < 4; ++flags) {
      SCOPED_TRACE(to_string(c.a) + " x " + to_string(c.b) + " " + std::to_string(flags));
      const bool ta = (flags & 1) != 0;
      const bool tb = (flags & 2) != 0;
      const int m = 2, k = 3, n = 4;
      const Tensor a = random.uniform(matrix(c.a, m, k, ta));
      const Tensor b = random.uniform(matrix(c.b, k, n, tb));
      const Tensor y = matmul(a, b, ta, tb);
      ASSERT_EQ(y.shape(), matrix(c.batch, m, n, false));
      // Every product of the batch on its own, with operands found by NumPy's rules.
      for (int64_t i = 0; i < c.batch.size(); ++i) {
        const auto place = [&](const Shape& own) {
          int64_t rest = i, index = 0, stride = 1;
          for (int back = 1; back <= own.rank(); ++back) {
            const int dim = c.batch[-back];
            if (own[-back] != 1) index += rest % dim * stride;
            rest /= dim;
            stride *= own[-back];
          }
          return index;
        };
        const std::vector<float> expected =
            product(a.data() + place(c.a) * m * k, b.data() + place(c.b) * k * n, m, k, n, ta, tb);
        const Tensor part = Tensor::from(
            {m, n}, std::span<const float>(y.data() + i * m * n, static_cast<size_t>(m * n)));
        expect_near(part, expected, 1e-5);
      }
    }
  }
}

TEST(MatMul, Gradients) {
  Random random;
  for (int flags = 0; flags < 4; ++flags) {
    const bool ta = (flags & 1) != 0;
    const bool tb = (flags & 2) != 0;
    const auto fn = [&](const Tensors& x) { return matmul(x[0], x[1], ta, tb); };
    for (const auto& [batch_a, batch_b] : std::vector<std::pair<Shape, Shape>>{{{}, {}},
                                                                               {{2}, {2}},
                                                                               {{2}, {}},
                                                                               {{}, {2}},
                                                                               {{2}, {1, 1}},
                                                                               {{1, 1}, {2}},
                                                                               {{2, 1}, {3}},
                                                                               {{0}, {}},
                                                                               {{}, {0}}}) {
      SCOPED_TRACE(to_string(batch_a) + " x " + to_string(batch_b) + " " + std::to_string(flags));
      check_gradient(fn, {random.uniform(matrix(batch_a, 2, 3, ta)),
                          random.uniform(matrix(batch_b, 3, 2, tb))});
    }
    for (int trial = 0; trial < 3; ++trial) {
      const int m = random.integer(1, 5), k = random.integer(1, 5), n = random.integer(1, 5);
      check_gradient(fn,
                     {random.uniform(matrix({}, m, k, ta)), random.uniform(matrix({}, k, n, tb))});
    }
  }
}

TEST(MatMul, EmptyDimensions) {
  const auto empty = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_values(matmul(empty({0, 3}), empty({3, 2})), {0, 2}, {});
  expect_values(matmul(empty({2, 3}), empty({3, 0})), {2, 0}, {});
  expect_values(matmul(empty({2, 0}), empty({0, 2})), {2, 2}, {0, 0, 0, 0});
  expect_values(matmul(empty({0, 2, 3}), empty({3, 2})), {0, 2, 2}, {});
  const auto fn = [](const Tensors& x) { return matmul(x[0], x[1]); };
  check_gradient(fn, {empty({0, 3}), empty({3, 2})});
  check_gradient(fn, {empty({2, 0}), empty({0, 2})});
  check_gradient(fn, {empty({3, 2, 0}), empty({0, 2})});
}

TEST(MatMul, ConvertsWholeNumbers) {
  const std::vector<int32_t> numbers = {1, 2, 3, 4};
  const Tensor a = Tensor::from({2, 2}, numbers);
  const Tensor y = matmul(a, a);
  EXPECT_EQ(y.dtype(), DType::kFloat32);
  expect_values(y, {2, 2}, {7, 10, 15, 22});
}

TEST(MatMul, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  expect_value_error([&] { matmul(t({2, 3}), t({4, 5})); },
                     "[matMul] inner dimensions must agree: got [2,3] x [4,5] (3 and 4)");
  expect_value_error([&] { matmul(t({2, 3}), t({2, 3}), true, true); },
                     "[2,3] transposed x [2,3] transposed (2 and 3)");
  expect_value_error([&] { matmul(t({3}), t({3, 2})); }, "[matMul] both operands must have rank 2");
  expect_value_error([&] { matmul(t({2, 1, 1}), t({3, 1, 1})); }, "cannot be broadcast");
}

/// A product with everything that fusion can add, in the ways that training makes it.
TEST(MatMul, FusedIntoOneStep) {
  Random random;
  const Tensors inputs = {random.uniform({5, 7}), random.uniform({7, 9}), random.uniform({9}),
                          random.uniform({5, 9})};
  const auto count_steps = [&](const Function& f) {
    Trace trace;
    Tensors traced;
    for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
    Program program(trace.finish(f(traced)));
    return program.num_steps();
  };
  const std::vector<Function> functions = {
      [](const Tensors& x) { return Tensors{add(matmul(x[0], x[1]), x[2])}; },
      [](const Tensors& x) { return Tensors{relu(add(matmul(x[0], x[1]), x[2]))}; },
      [](const Tensors& x) { return Tensors{relu6(matmul(x[0], x[1]))}; },
      [](const Tensors& x) { return Tensors{sigmoid(add(matmul(x[0], x[1]), x[2]))}; },
      [](const Tensors& x) { return Tensors{tanh(add(matmul(x[0], x[1]), x[2]))}; },
      [](const Tensors& x) { return Tensors{add(x[3], matmul(x[0], x[1]))}; },
      [](const Tensors& x) { return Tensors{relu(add(matmul(x[0], x[1]), x[3]))}; },
      [](const Tensors& x) { return Tensors{tanh(add(add(matmul(x[0], x[1]), x[2]), x[3]))}; },
  };
  for (size_t i = 0; i < functions.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(count_steps(functions[i]), 1);
    check_program(functions[i], inputs, weights_for(functions[i](inputs)));
  }
  // Sums of products accumulate in place; what is added may be needed again, or be an operand.
  const Tensors squares = {random.uniform({6, 6}), random.uniform({6, 6}), random.uniform({6, 6})};
  for (const Function& f : std::vector<Function>{
           [](const Tensors& x) {
             return Tensors{add(matmul(x[0], x[1]), matmul(x[1], x[2], true))};
           },
           [](const Tensors& x) {
             const Tensor s = sigmoid(x[0]);
             return Tensors{add(matmul(s, x[1]), s), s};
           },
           [](const Tensors& x) {
             const Tensor s = exp(x[0]);
             return Tensors{add(s, matmul(s, x[1]))};
           },
           // After an activation, what is added is not part of the product any more.
           [](const Tensors& x) { return Tensors{add(relu(matmul(x[0], x[1])), x[2])}; },
           [](const Tensors& x) { return Tensors{relu(relu(matmul(x[0], x[1])))}; }}) {
    check_program(f, squares, weights_for(f(squares)));
  }
}

TEST(MatMul, WhatMayBeAbsorbed) {
  Trace trace;
  const Tensor y = matmul(trace.input({{2, 3}}), trace.input({{3, 4}}));
  const OpPtr plain = y.node().op;
  const OpPtr bias = plain->absorb_bias();
  const OpPtr sum = plain->absorb_sum();
  const OpPtr active = plain->absorb_activation(kernels::Activation::kRelu);
  ASSERT_TRUE(bias && sum && active);
  EXPECT_FALSE(bias->absorb_bias());
  EXPECT_FALSE(sum->absorb_bias());  // the accumulator stays the last input
  EXPECT_FALSE(sum->absorb_sum());
  EXPECT_TRUE(sum->absorb_activation(kernels::Activation::kTanh));
  EXPECT_FALSE(active->absorb_bias());
  EXPECT_FALSE(active->absorb_sum());
  EXPECT_FALSE(active->absorb_activation(kernels::Activation::kRelu));
  const OpPtr both = bias->absorb_sum();
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->in_place(2, 0));
  EXPECT_TRUE(both->in_place(3, 0));
  EXPECT_TRUE(sum->in_place(2, 0));
  EXPECT_FALSE(plain->in_place(0, 0));
  const std::vector<TensorSpec> wrong = {{{2, 3}}, {{3, 4}}, {{3}}};
  expect_value_error([&] { bias->infer(wrong); }, "the bias must have shape [4], got [3]");
  expect_value_error([&] { sum->infer(wrong); },
                     "must have the shape of the result [2,4], got [3]");
}

}  // namespace
}  // namespace heddle::test

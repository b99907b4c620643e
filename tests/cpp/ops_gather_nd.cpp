#include "ops/gather_nd.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

Tensor ints(const Shape& shape, const std::vector<int32_t>& values) {
  return Tensor::from(shape, values);
}

Tensor counted(const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::kFloat32);
  for (int i = 0; i < static_cast<int>(x.size()); ++i) x.data()[i] = static_cast<float>(i);
  return x;
}

TEST(GatherND, Values) {
  const Tensor x = counted({2, 3});
  expect_values(gather_nd(x, ints({2, 2}, {0, 1, 1, 2})), {2}, {1, 5});
  expect_values(gather_nd(x, ints({1, 1}, {1})), {1, 3}, {3, 4, 5});
  expect_values(gather_nd(x, ints({2}, {1, 0})), {}, {3});
  expect_values(gather_nd(x, ints({1, 0}, {})), {1, 2, 3}, {0, 1, 2, 3, 4, 5});
  expect_values(gather_nd(x, ints({0, 2}, {})), {0}, {});
  EXPECT_EQ(gather_nd(cast(x, DType::kBool), ints({1, 1}, {1})).dtype(), DType::kBool);
}

TEST(GatherND, ScatterValues) {
  const Tensor indices = ints({3, 1}, {1, 3, 1});
  expect_values(scatter_nd(indices, counted({3}), {5}), {5}, {0, 2, 0, 1, 0});
  const Tensor whole = cast(counted({3}), DType::kInt32);
  EXPECT_EQ(scatter_nd(indices, whole, {4}).dtype(), DType::kInt32);
  expect_values(scatter_nd(indices, whole, {4}), {4}, {0, 2, 0, 1});
  expect_values(scatter_nd(ints({1, 2}, {1, 0}), ints({1, 2}, {7, 8}), {2, 2, 2}), {2, 2, 2},
                {0, 0, 0, 0, 7, 8, 0, 0});
  expect_values(tensor_scatter_update(counted({4}), ints({2, 1}, {3, 0}), counted({2})), {4},
                {1, 1, 2, 0});
  // The last of several stays.
  expect_values(tensor_scatter_update(counted({2, 2}), ints({3, 1}, {0, 1, 0}), counted({3, 2})),
                {2, 2}, {4, 5, 2, 3});
  expect_values(tensor_scatter_update(counted({2, 2}), ints({1, 2}, {1, 0}), counted({1})), {2, 2},
                {0, 1, 0, 3});
}

TEST(GatherND, Gradients) {
  Random random;
  check_gradient([](const Tensors& t) { return square(gather_nd(t[0], t[1])); },
                 {random.uniform({2, 3, 2}), ints({2, 2, 2}, {0, 1, 1, 2, 1, 2, 0, 0})});
  check_gradient([](const Tensors& t) { return square(gather_nd(t[0], t[1])); },
                 {random.uniform({2, 3}), ints({0, 1}, {})});
  check_gradient([](const Tensors& t) { return square(scatter_nd(t[1], t[0], {3, 4, 2})); },
                 {random.uniform({3, 2}), ints({3, 2}, {0, 1, 2, 3, 0, 1})});
  // Twice the same place among them.
  check_gradient([](const Tensors& t) { return square(tensor_scatter_update(t[0], t[2], t[1])); },
                 {random.uniform({3, 2}), random.uniform({3, 2}), ints({3, 1}, {2, 0, 2})});
  check_gradient([](const Tensors& t) { return square(tensor_scatter_update(t[0], t[2], t[1])); },
                 {random.uniform({3, 2}), random.uniform({2}), ints({2, 2}, {2, 0, 0, 1})});
}

TEST(GatherND, ScatterAddsOntoWhatIsThere) {
  // Two gathers from one table: the second gradient is added in place, row by row.
  Random random;
  const Tensor table = random.uniform({50, 3});
  const Tensor first = random.indices({4}, 50);
  const Tensor second = random.indices({4}, 50);
  const Function fn = [](const Tensors& t) {
    return Tensors{square(gather(t[0], t[1])), square(gather(t[0], t[2]))};
  };
  const Tensors inputs = {table, first, second};
  check_program(fn, inputs, weights_for(fn(inputs)));
  Trace trace;
  const Tensor rows = trace.input({{2, 3}});
  const Tensor scattered = scatter_add(rows, trace.input({{2}, DType::kInt32}), 50);
  const OpPtr sum = scattered.node().op->absorb_sum();
  ASSERT_TRUE(sum);
  EXPECT_TRUE(sum->in_place(2, 0));
  EXPECT_FALSE(sum->absorb_sum());
  Program program(trace.finish({add(scattered, trace.input({{50, 3}}))}));
  EXPECT_EQ(program.num_steps(), 1);
}

TEST(GatherND, Misuse) {
  const Tensor x = counted({2, 3});
  expect_value_error([&] { gather_nd(x, ints({1, 2}, {0, 3})); },
                     "[gatherND] index 3 is out of range: the axis has 3 elements, 0 to 2");
  expect_value_error([&] { gather_nd(x, ints({1, 3}, {0, 0, 0})); },
                     "[gatherND] the last dimension of indices [1,3]");
  expect_value_error([&] { gather_nd(x, counted({1, 1})); }, "indices must be int32");
  expect_value_error([&] { scatter_nd(ints({1, 1}, {0}), counted({2}), {3}); },
                     "[scatterND] updates must have shape [1], got [2]");
  expect_value_error([&] { scatter_nd(ints({1, 1}, {-1}), counted({1}), {3}); },
                     "[scatterND] index -1 is out of range");
  expect_value_error([&] { tensor_scatter_update(x, ints({1, 1}, {0}), counted({2})); },
                     "[tensorScatterUpdate] updates must have shape [1,3]");
}

}  // namespace
}  // namespace heddle::test

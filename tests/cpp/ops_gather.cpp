#include "ops/gather.h"

#include "gradient_check.h"
#include "ops/elementwise.h"

namespace heddle::test {
namespace {

Tensor ints(const Shape& shape, const std::vector<int32_t>& values) {
  return Tensor::from(shape, std::span<const int32_t>(values));
}

Tensor floats(const Shape& shape, const std::vector<float>& values) {
  return Tensor::from(shape, std::span<const float>(values));
}

TEST(Gather, Values) {
  const Tensor x = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  expect_values(gather(x, ints({2}, {2, 0})), {2, 2}, {5, 6, 1, 2});
  expect_values(gather(x, ints({3}, {1, 1, 0}), 1), {3, 3}, {2, 2, 1, 4, 4, 3, 6, 6, 5});
  expect_values(gather(x, ints({}, {1})), {2}, {3, 4});
  expect_values(gather(x, ints({1, 2}, {1, 2}), -2), {1, 2, 2}, {3, 4, 5, 6});
  expect_values(gather(x, ints({0}, {})), {0, 2}, {});
  expect_values(gather(cast(x, DType::kInt32), ints({1}, {1})), {1, 2}, {3, 4});
  expect_values(gather(cast(floats({3}, {0, 1, 0}), DType::kBool), ints({2}, {1, 2})), {2}, {1, 0});
}

TEST(Gather, Gradients) {
  Random random;
  struct Case {
    Shape x, indices;
    int axis;
  };
  for (const Case& c : {Case{{4, 2}, {3}, 0}, Case{{4}, {2, 3}, 0}, Case{{2, 3, 2}, {4}, 1},
                        Case{{2, 3}, {}, 1}, Case{{2, 3}, {0}, 0}, Case{{2, 3}, {2, 2}, -1}}) {
    SCOPED_TRACE(to_string(c.x) + " at " + to_string(c.indices));
    const Tensor indices = random.indices(c.indices, c.x[c.axis]);
    check_gradient([&](const Tensors& x) { return square(gather(x[0], x[1], c.axis)); },
                   {random.uniform(c.x), indices});
  }
}

TEST(Gather, ScatterAddSumsWhatMeets) {
  expect_values(scatter_add(floats({3, 2}, {1, 2, 3, 4, 5, 6}), ints({3}, {1, 1, 0}), 3), {3, 2},
                {5, 6, 4, 6, 0, 0});
  expect_values(scatter_add(floats({2, 2}, {1, 2, 3, 4}), ints({2}, {1, 1}), 2, 1), {2, 2},
                {0, 3, 0, 7});
  expect_values(scatter_add(floats({0}, {}), ints({0}, {}), 2), {2}, {0, 0});
  Random random;
  check_gradient([](const Tensors& x) { return square(scatter_add(x[0], x[1], 3, 1)); },
                 {random.uniform({2, 4, 2}), random.indices({4}, 3)});
}

TEST(OneHot, Values) {
  const Tensor labels = ints({3}, {2, 0, 5});
  expect_values(one_hot(labels, 3), {3, 3}, {0, 0, 1, 1, 0, 0, 0, 0, 0});
  expect_values(one_hot(labels, 3, 5, -1, DType::kInt32), {3, 3},
                {-1, -1, 5, 5, -1, -1, -1, -1, -1});
  expect_values(one_hot(ints({1, 1}, {-1}), 2, 1, 0, DType::kBool), {1, 1, 2}, {0, 0});
  EXPECT_EQ(one_hot(labels, 3, 1, 0, DType::kBool).dtype(), DType::kBool);
  expect_values(one_hot(ints({}, {1}), 2), {2}, {0, 1});
  expect_values(one_hot(ints({0}, {}), 2), {0, 2}, {});
  const Function fn = [](const Tensors& x) {
    return Tensors{one_hot(x[0], 4), one_hot(x[0], 4, 2, -2, DType::kInt32)};
  };
  check_program(fn, {labels}, {Tensor::full({3, 4}, 1), Tensor()});
}

TEST(Gather, Misuse) {
  const Tensor x = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  expect_value_error([&] { gather(x, ints({1}, {3})); },
                     "[gather] index 3 is out of range: the axis has 3 elements, 0 to 2");
  expect_value_error([&] { gather(x, ints({2}, {0, -1})); }, "[gather] index -1");
  expect_value_error([&] { gather(x, floats({1}, {0})); },
                     "[gather] indices must be int32, got float32");
  expect_value_error([&] { gather(x, ints({1}, {0}), 2); }, "[gather] axis 2");
  expect_value_error([&] { scatter_add(x, ints({2}, {0, 1}), 3); }, "[scatterAdd] from axis 0 on");
  expect_value_error([&] { scatter_add(x, ints({3}, {0, 1, 3}), 3); }, "[scatterAdd] index 3");
  expect_value_error([&] { one_hot(ints({1}, {0}), 0); },
                     "[oneHot] depth must be 1 or more, got 0");
  expect_value_error([&] { one_hot(x, 2); }, "[oneHot] indices must be int32");
  // A Program finds wrong indices when it runs, and works again after.
  Trace trace;
  const Tensor in = trace.input({{1}, DType::kInt32});
  Program program(trace.finish({gather(x, in)}));
  const Tensors wrong = {ints({1}, {7})};
  const Tensors right = {ints({1}, {2})};
  expect_value_error([&] { program.run(wrong); }, "[gather] index 7");
  program.run(right);
  expect_values(program.copy_output(0), {1, 2}, {5, 6});
}

}  // namespace
}  // namespace heddle::test

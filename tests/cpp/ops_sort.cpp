#include "ops/sort.h"

#include <limits>

#include "gradient_check.h"
#include "ops/elementwise.h"

namespace heddle::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Tensor ints(const Shape& shape, const std::vector<int32_t>& values) {
  return Tensor::from(shape, values);
}
Tensor floats(const Shape& shape, const std::vector<float>& values) {
  return Tensor::from(shape, values);
}

TEST(Sort, TopK) {
  const Tensor x = floats({2, 4}, {1, 5, 5, 2, -1, kNan, 0, -3});
  const TopK top = top_k(x, 3);
  expect_values(top.values, {2, 3}, {5, 5, 2, 0, -1, -3});
  expect_values(top.indices, {2, 3}, {1, 2, 3, 2, 0, 3});
  EXPECT_EQ(top.indices.dtype(), DType::kInt32);
  expect_values(top_k(x).values, {2, 1}, {5, 0});
  expect_values(top_k(x, 0).values, {2, 0}, {});
  expect_values(top_k(ints({3}, {7, 9, 8}), 2).values, {2}, {9, 8});
  EXPECT_EQ(top_k(ints({3}, {7, 9, 8}), 2).values.dtype(), DType::kInt32);
  EXPECT_EQ(top_k(Tensor::full({0, 3}, 1), 2).values.shape(), (Shape{0, 2}));
  Random random;
  check_gradient([](const Tensors& t) { return square(top_k(t[0], 2).values); },
                 {random.distinct({2, 3, 4})});
  check_gradient([](const Tensors& t) { return square(top_k(t[0], 2).values); },
                 {random.distinct({0, 4})});
  const Function both = [](const Tensors& t) {
    const TopK k = top_k(t[0], 2);
    return Tensors{k.values, k.indices};
  };
  check_program(both, {random.distinct({3, 5})}, {Tensor::full({3, 2}, 1), Tensor()});
}

TEST(Sort, SearchSorted) {
  const Tensor sorted = floats({1, 5}, {1, 2, 2, 4, 7});
  const Tensor values = floats({1, 5}, {0, 2, 3, 7, 9});
  expect_values(search_sorted(sorted, values), {1, 5}, {0, 1, 3, 4, 5});
  expect_values(search_sorted(sorted, values, true), {1, 5}, {0, 3, 3, 5, 5});
  expect_values(search_sorted(ints({2, 2}, {1, 3, 5, 7}), ints({2, 1}, {2, 8})), {2, 1}, {1, 2});
  expect_values(search_sorted(ints({2}, {1, 3}), floats({3}, {0.5f, 1.5f, 3.5f})), {3}, {0, 1, 2});
  expect_values(search_sorted(floats({0}, {}), floats({2}, {1, 2})), {2}, {0, 0});
  EXPECT_EQ(search_sorted(sorted, values).dtype(), DType::kInt32);
  check_program([](const Tensors& t) { return Tensors{search_sorted(t[0], t[1], true)}; },
                {sorted, values}, {Tensor()});
}

TEST(Sort, Misuse) {
  const Tensor x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_value_error([&] { top_k(x, 4); }, "[topk] k must be from 0 to the size of the last axis");
  expect_value_error([&] { top_k(Tensor::scalar(1)); }, "[topk]");
  expect_value_error([&] { search_sorted(x, floats({1, 1}, {1})); }, "[searchSorted]");
}

}  // namespace
}  // namespace heddle::test

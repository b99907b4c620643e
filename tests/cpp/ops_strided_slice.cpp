#include "ops/strided_slice.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

/// 0, 1, 2, ... in a shape.
Tensor counted(const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::kFloat32);
  for (int i = 0; i < static_cast<int>(x.size()); ++i) x.data()[i] = static_cast<float>(i);
  return x;
}

/// Moves elements only, so it is followed by a square to make it bend.
template <typename F>
void check_moves(F fn, const Shape& shape) {
  SCOPED_TRACE(to_string(shape));
  Random random;
  check_gradient([&](const Tensors& x) { return square(fn(x[0])); }, {random.uniform(shape)});
}

TEST(StridedSlice, Steps) {
  const Tensor x = counted({3, 4});
  expect_values(slice_steps(x, {0, 1}, {2, 2}, {2, 2}), {2, 2}, {1, 3, 9, 11});
  expect_values(slice_steps(x, {2, 3}, {2, 3}, {-2, -1}), {2, 3}, {11, 10, 9, 3, 2, 1});
  expect_values(slice_steps(x, {0, 0}, {0, 4}, {1, 1}), {0, 4}, {});
  expect_values(place_steps(counted({2, 2}), {3, 4}, {0, 1}, {2, 2}), {3, 4},
                {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 3});
  check_moves([](const Tensor& t) { return slice_steps(t, {0, 3}, {2, 2}, {2, -2}); }, {3, 4});
  check_moves([](const Tensor& t) { return place_steps(t, {5, 4}, {4, 1}, {-3, 2}); }, {2, 2});
  check_moves([](const Tensor& t) { return place_steps(t, {5, 4}, {0, 1}, {1, 2}); }, {0, 2});
  EXPECT_EQ(slice_steps(cast(x, DType::kBool), {0, 0}, {2, 4}, {2, 1}).dtype(), DType::kBool);
}

TEST(StridedSlice, Unstack) {
  const std::vector<Tensor> rows = unstack(counted({2, 3}));
  ASSERT_EQ(rows.size(), 2U);
  expect_values(rows[1], {3}, {3, 4, 5});
  EXPECT_EQ(unstack(counted({2, 3}), -1).size(), 3U);
  EXPECT_EQ(unstack(counted({1, 3})).size(), 1U);
  EXPECT_TRUE(unstack(counted({0, 3})).empty());
  check_moves([](const Tensor& t) { return stack(unstack(t, 1), 0); }, {2, 3});
}

TEST(StridedSlice, Misuse) {
  const Tensor x = counted({3, 4});
  expect_value_error([&] { slice_steps(x, {0, 0}, {2, 2}, {2, 4}); },
                     "[stridedSlice] on axis 1, 2 elements from 0 on in steps of 4 do not lie "
                     "within the shape [3,4]");
  expect_value_error([&] { slice_steps(x, {0}, {2}, {2}); }, "one entry per axis");
  expect_value_error([&] { place_steps(x, {3, 6}, {0, 0}, {1, 2}); }, "[placeSteps] on axis 1");
}

}  // namespace
}  // namespace heddle::test

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

TEST(StridedSlice, AsInTensorFlow) {
  const Tensor x = counted({3, 4});
  expect_values(strided_slice(x, {0, 1}, {3, 4}, {2, 2}), {2, 2}, {1, 3, 9, 11});
  expect_values(strided_slice(x, {1}, {2}), {1, 4}, {4, 5, 6, 7});
  expect_values(strided_slice(x, {-1, -1}, {-4, -5}, {-1, -2}), {3, 2}, {11, 9, 7, 5, 3, 1});
  expect_values(strided_slice(x, {0, 2}, {9, 99}), {3, 2}, {2, 3, 6, 7, 10, 11});
  expect_values(strided_slice(x, {2, 0}, {1, 4}), {0, 4}, {});
  expect_values(strided_slice(x, {1, 9}, {2, 9}, {1, 1}, {.begin = 2, .end = 2}), {1, 4},
                {4, 5, 6, 7});
  expect_values(strided_slice(x, {1, 9}, {2, 9}, {1, -1}, {.begin = 2, .end = 2}), {1, 4},
                {7, 6, 5, 4});
  expect_values(strided_slice(x, {1, 2}, {9, 9}, {1, 1}, {.shrink_axis = 3}), {}, {6});
  expect_values(strided_slice(x, {-1}, {0}, {1}, {.shrink_axis = 1}), {4}, {8, 9, 10, 11});
  expect_values(strided_slice(x, {0, 1}, {0, 2}, {1, 1}, {.ellipsis = 1}), {3, 1}, {1, 5, 9});
  expect_values(strided_slice(x, {0, 1, 0}, {0, 2, 0}, {1, 1, 1}, {.new_axis = 5}), {1, 1, 1, 4},
                {4, 5, 6, 7});
  const Tensor cube = counted({2, 3, 4});
  expect_values(
      strided_slice(cube, {1, 0, 3}, {2, 0, 4}, {1, 1, 1}, {.ellipsis = 2, .shrink_axis = 5}), {3},
      {15, 19, 23});
  check_moves(
      [](const Tensor& t) {
        return strided_slice(t, {0, 0, 2}, {0, 0, 0}, {1, 1, -1},
                             {.end = 4, .ellipsis = 1, .new_axis = 2});
      },
      {2, 3, 4});
}

TEST(StridedSlice, MirrorPad) {
  const Tensor x = counted({3});
  expect_values(mirror_pad(x, {2}, {2}, true), {7}, {2, 1, 0, 1, 2, 1, 0});
  expect_values(mirror_pad(x, {2}, {3}, false), {8}, {1, 0, 0, 1, 2, 2, 1, 0});
  expect_values(mirror_pad(counted({2, 2}), {1, 0}, {0, 1}, true), {3, 3},
                {2, 3, 2, 0, 1, 0, 2, 3, 2});
  for (const bool reflect : {false, true}) {
    check_moves([&](const Tensor& t) { return mirror_pad(t, {1, 0}, {1, 2}, reflect); }, {2, 3});
  }
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

TEST(StridedSlice, BlocksOfSpace) {
  const Tensor x = counted({1, 4, 4, 1});
  const Tensor batch = space_to_batch(x, {2, 2}, {0, 0}, {0, 0});
  expect_values(batch, {4, 2, 2, 1}, {0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15});
  expect_values(batch_to_space(batch, {2, 2}, {0, 0}, {0, 0}), {1, 4, 4, 1}, values_of(x));
  expect_values(space_to_batch(counted({1, 3}), {2}, {0}, {1}), {2, 2}, {0, 2, 1, 0});
  expect_values(batch_to_space(counted({2, 2}), {2}, {1}, {0}), {1, 3}, {2, 1, 3});
  expect_values(depth_to_space(counted({1, 1, 2, 4}), 2), {1, 2, 4, 1}, {0, 1, 4, 5, 2, 3, 6, 7});
  EXPECT_EQ(depth_to_space(counted({1, 8, 2, 3}), 2, true).shape(), (Shape{1, 2, 4, 6}));
  check_moves([](const Tensor& t) { return space_to_batch(t, {2, 3}, {1, 0}, {0, 1}); },
              {1, 3, 2, 2});
  check_moves([](const Tensor& t) { return batch_to_space(t, {2, 2}, {1, 0}, {0, 1}); },
              {4, 2, 2, 1});
  check_moves([](const Tensor& t) { return depth_to_space(t, 2); }, {1, 2, 1, 4});
}

TEST(StridedSlice, Misuse) {
  const Tensor x = counted({3, 4});
  expect_value_error([&] { slice_steps(x, {0, 0}, {2, 2}, {2, 4}); },
                     "[stridedSlice] on axis 1, 2 elements from 0 on in steps of 4 do not lie "
                     "within the shape [3,4]");
  expect_value_error([&] { slice_steps(x, {0}, {2}, {2}); }, "one entry per axis");
  expect_value_error([&] { place_steps(x, {3, 6}, {0, 0}, {1, 2}); }, "[placeSteps] on axis 1");
  expect_value_error([&] { strided_slice(x, {0, 0, 0}, {1, 1, 1}); },
                     "[stridedSlice] 3 entries are too many for the shape [3,4]");
  expect_value_error([&] { strided_slice(x, {0}, {1}, {0}); }, "strides must not be 0");
  expect_value_error([&] { strided_slice(x, {3}, {4}, {1}, {.shrink_axis = 1}); },
                     "[stridedSlice] on axis 0");
  expect_value_error([&] { strided_slice(x, {0, 0}, {1, 1}, {}, {.ellipsis = 3}); },
                     "only one ellipsis");
  expect_value_error([&] { mirror_pad(x, {3, 0}, {0, 0}, true); },
                     "[mirrorPad] paddings of axis 0 of [3,4] must be from 0 to 2, got [3,0]");
  expect_value_error([&] { space_to_batch(x, {3}, {0}, {0}); }, "[spaceToBatchND] axis 1");
  expect_value_error([&] { batch_to_space(x, {2}, {0}, {0}); }, "[batchToSpaceND] the batch 3");
  expect_value_error([&] { space_to_batch(x, {0}, {0}, {0}); }, "blocks must be 1 or more");
  expect_value_error([&] { depth_to_space(x, 2); }, "[depthToSpace]");
}

}  // namespace
}  // namespace heddle::test

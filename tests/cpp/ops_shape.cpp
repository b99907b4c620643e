#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

/// 0, 1, 2, ... in a shape.
Tensor range(const Shape& shape, DType dtype = DType::kFloat32) {
  Tensor x = Tensor::empty(shape, DType::kInt32);
  for (int i = 0; i < static_cast<int>(x.size()); ++i) x.data<int32_t>()[i] = i;
  return cast(x, dtype);
}

/// Checks an op of one tensor on float32 inputs of the shape, first and second derivative. The op
/// moves elements only, so it is followed by a square to make it bend.
template <typename F>
void check_moves(F fn, const Shape& shape) {
  SCOPED_TRACE(to_string(shape));
  Random random;
  check_gradient([&](const Tensors& x) { return square(fn(x[0])); }, {random.uniform(shape)});
}

TEST(ShapeOps, ReshapeIsTheSameMemory) {
  const Tensor x = range({2, 3});
  const Tensor y = reshape(x, {3, -1});
  expect_values(y, {3, 2}, {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(y.data(), x.data());
  EXPECT_EQ(identity(x).data(), x.data());
  EXPECT_FALSE(identity(x).is(x));
  expect_values(reshape(x, {-1}), {6}, {0, 1, 2, 3, 4, 5});
  expect_values(reshape(range({1}), {}), {}, {0});
  expect_values(reshape(range({2, 0}), {0, 5}), {0, 5}, {});
  expect_values(expand_dims(x), {1, 2, 3}, {0, 1, 2, 3, 4, 5});
  expect_values(expand_dims(x, -1), {2, 3, 1}, {0, 1, 2, 3, 4, 5});
  expect_values(expand_dims(x, 1), {2, 1, 3}, {0, 1, 2, 3, 4, 5});
  expect_values(squeeze(range({1, 2, 1})), {2}, {0, 1});
  expect_values(squeeze(range({1, 2, 1}), {-1}), {1, 2}, {0, 1});
  EXPECT_EQ(reshape(range({4}, DType::kInt32), {2, 2}).dtype(), DType::kInt32);
  check_moves([](const Tensor& t) { return reshape(t, {-1, 2}); }, {2, 3});
  check_moves([](const Tensor& t) { return reshape(t, {0, 7}); }, {2, 0});
  check_moves([](const Tensor& t) { return squeeze(expand_dims(t, 1), {1}); }, {2, 3});
  check_moves(identity, {3});
}

TEST(ShapeOps, Transpose) {
  expect_values(transpose(range({2, 3})), {3, 2}, {0, 3, 1, 4, 2, 5});
  expect_values(transpose(range({2, 3}, DType::kInt32)), {3, 2}, {0, 3, 1, 4, 2, 5});
  expect_values(transpose(cast(range({1, 3}), DType::kBool)), {3, 1}, {0, 1, 1});
  expect_values(transpose(range({2, 1, 3}), {1, 0, 2}), {1, 2, 3}, {0, 1, 2, 3, 4, 5});
  expect_values(transpose(range({2, 2, 2}), {1, -1, 0}), {2, 2, 2}, {0, 4, 1, 5, 2, 6, 3, 7});
  expect_values(transpose(range({0, 2})), {2, 0}, {});
  const Tensor x = range({3, 1});
  EXPECT_EQ(transpose(x).data(), x.data());  // no element moves
  check_moves([](const Tensor& t) { return transpose(t); }, {2, 3});
  check_moves([](const Tensor& t) { return transpose(t, {2, 0, 1}); }, {2, 3, 2});
  check_moves([](const Tensor& t) { return transpose(t, {3, 1, 0, 2}); }, {2, 1, 3, 2});
  check_moves([](const Tensor& t) { return transpose(t); }, {0, 3});
}

TEST(ShapeOps, Reverse) {
  expect_values(reverse(range({2, 3}), {1}), {2, 3}, {2, 1, 0, 5, 4, 3});
  expect_values(reverse(range({2, 3})), {2, 3}, {5, 4, 3, 2, 1, 0});
  check_moves([](const Tensor& t) { return reverse(t, {-1}); }, {2, 3});
  check_moves([](const Tensor& t) { return reverse(t); }, {2, 0});
}

TEST(ShapeOps, SliceAndPad) {
  const Tensor x = range({3, 4});
  expect_values(slice(x, {1, 2}, {2, 2}), {2, 2}, {6, 7, 10, 11});
  expect_values(slice(x, {1, 2}, {-1, 1}), {2, 1}, {6, 10});
  expect_values(slice(x, {2}), {1, 4}, {8, 9, 10, 11});
  expect_values(slice(x, {3, 0}, {0, 4}), {0, 4}, {});
  expect_values(slice(cast(x, DType::kBool), {0, 0}, {1, 2}), {1, 2}, {0, 1});
  expect_values(pad(range({2}), {1}, {2}), {5}, {0, 0, 1, 0, 0});
  expect_values(pad(range({1, 2}), {1, 0}, {0, 1}, 9), {2, 3}, {9, 9, 9, 0, 1, 9});
  expect_values(pad(range({2}, DType::kInt32), {1}, {0}, -7), {3}, {-7, 0, 1});
  expect_values(pad(cast(range({2}), DType::kBool), {1}, {0}, 1), {3}, {1, 0, 1});
  expect_values(pad(range({0, 2}), {1, 0}, {0, 1}, 3), {1, 3}, {3, 3, 3});
  check_moves([](const Tensor& t) { return slice(t, {1, 0}, {2, 2}); }, {3, 4});
  check_moves([](const Tensor& t) { return slice(t, {1, 0}, {0, 2}); }, {3, 4});
  check_moves([](const Tensor& t) { return slice(t, {0, 1, 1}, {2, 1, -1}); }, {2, 3, 4});
  check_moves([](const Tensor& t) { return pad(t, {1, 0}, {0, 2}, 0.5f); }, {2, 3});
  check_moves([](const Tensor& t) { return pad(t, {1, 0}, {0, 2}); }, {0, 3});
}

TEST(ShapeOps, BroadcastAndTile) {
  expect_values(broadcast_to(range({2, 1}), {2, 3}), {2, 3}, {0, 0, 0, 1, 1, 1});
  expect_values(broadcast_to(range({3}), {2, 3}), {2, 3}, {0, 1, 2, 0, 1, 2});
  expect_values(broadcast_to(range({}), {2, 2}), {2, 2}, {0, 0, 0, 0});
  expect_values(broadcast_to(range({1, 2}), {0, 2}), {0, 2}, {});
  expect_values(broadcast_to(range({2, 1}, DType::kInt32), {2, 2}), {2, 2}, {0, 0, 1, 1});
  expect_values(tile(range({2, 2}), {1, 2}), {2, 4}, {0, 1, 0, 1, 2, 3, 2, 3});
  expect_values(tile(range({2}), {3}), {6}, {0, 1, 0, 1, 0, 1});
  expect_values(tile(range({2}), {0}), {0}, {});
  check_moves([](const Tensor& t) { return broadcast_to(t, {2, 2, 3}); }, {2, 1});
  check_moves([](const Tensor& t) { return broadcast_to(t, {3}); }, {});
  check_moves([](const Tensor& t) { return broadcast_to(t, {0, 2}); }, {1, 2});
  check_moves([](const Tensor& t) { return tile(t, {2, 3}); }, {2, 2});
  check_moves([](const Tensor& t) { return tile(t, {1, 2, 2}); }, {2, 1, 3});
  check_moves([](const Tensor& t) { return tile(t, {0, 2}); }, {2, 2});
}

TEST(ShapeOps, Concat) {
  const auto join = [](const Tensors& t, int axis) { return concat(t, axis); };
  expect_values(join({range({2, 2}), range({2, 1})}, 1), {2, 3}, {0, 1, 0, 2, 3, 1});
  expect_values(join({range({1, 2}), range({2, 2})}, 0), {3, 2}, {0, 1, 0, 1, 2, 3});
  expect_values(join({range({0, 2}), range({1, 2}), range({0, 2})}, 0), {1, 2}, {0, 1});
  expect_values(join({range({2, 1, 2}), range({2, 2, 2})}, -2), {2, 3, 2},
                {0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(join({range({1}, DType::kInt32), range({1})}, 0).dtype(), DType::kFloat32);
  expect_values(join({cast(range({2}), DType::kBool), cast(range({2}), DType::kBool)}, 0), {4},
                {0, 1, 0, 1});
  Random random;
  const auto fn = [](int axis) {
    return [axis](const Tensors& x) { return square(concat(x, axis)); };
  };
  check_gradient(fn(1), {random.uniform({2, 3}), random.uniform({2, 1}), random.uniform({2, 2})});
  check_gradient(fn(0), {random.uniform({1, 2}), random.uniform({0, 2}), random.uniform({3, 2})});
  check_gradient(fn(1), {random.uniform({2, 1, 2}), random.uniform({2, 3, 2})});
  check_gradient([](const Tensors& x) { return square(concat(Tensors{x[0], x[0]}, 0)); },
                 {random.uniform({2, 2})});
}

TEST(ShapeOps, StackAndSplit) {
  const Tensors two = {range({2}), add(range({2}), Tensor::scalar(5))};
  expect_values(stack(two), {2, 2}, {0, 1, 5, 6});
  expect_values(stack(two, 1), {2, 2}, {0, 5, 1, 6});
  expect_values(stack(two, -1), {2, 2}, {0, 5, 1, 6});
  const Tensors pieces = split(range({2, 4}), {1, -1}, 1);
  ASSERT_EQ(pieces.size(), 2u);
  expect_values(pieces[0], {2, 1}, {0, 4});
  expect_values(pieces[1], {2, 3}, {1, 2, 3, 5, 6, 7});
  const Tensors halves = split(range({4}), 2);
  expect_values(halves[1], {2}, {2, 3});
  EXPECT_EQ(split(range({4}), 1).size(), 1u);
  expect_values(split(range({3}), {3, 0})[1], {0}, {});
  Random random;
  check_gradient([](const Tensors& x) { return square(stack(x, 1)); },
                 {random.uniform({2, 2}), random.uniform({2, 2})});
  check_gradient(
      [](const Tensors& x) {
        const Tensors parts = split(x[0], {1, 2, 1}, 1);
        return Tensors{square(parts[0]), exp(parts[2])};  // the middle one is not used
      },
      {random.uniform({2, 4}, -1, 1)});
  check_gradient([](const Tensors& x) { return mul(split(x[0], 2, 0)[0], split(x[0], 2, 0)[1]); },
                 {random.uniform({4, 3})});
}

TEST(ShapeOps, Repeat) {
  expect_values(repeat(range({2, 2}), 2, 0), {4, 2}, {0, 1, 0, 1, 2, 3, 2, 3});
  expect_values(repeat(range({2, 2}), 3, -1), {2, 6}, {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3});
  EXPECT_EQ(repeat(range({2}), 0, 0).shape(), (Shape{0}));
  EXPECT_EQ(repeat(range({2}, DType::kBool), 2, 0).dtype(), DType::kBool);
  for (int axis : {0, 1, 2}) {
    check_moves([&](const Tensor& t) { return repeat(t, 2, axis); }, {2, 3, 1});
  }
  expect_value_error([] { repeat(range({2}), -1, 0); }, "[repeat] times");
}

TEST(ShapeOps, Misuse) {
  const Tensor x = range({2, 3});
  expect_value_error([&] { reshape(x, {4, 2}); },
                     "[reshape] cannot reshape [2,3] (6 elements) into [4,2] (8)");
  expect_value_error([&] { reshape(x, {-1, 4}); }, "[reshape] cannot find the -1");
  expect_value_error([&] { reshape(x, {-1, -1}); }, "[reshape] the shape");
  expect_value_error([&] { reshape(range({0}), {0, -1}); }, "[reshape] cannot find the -1");
  expect_value_error([&] { expand_dims(x, 4); }, "[expandDims] axis 4");
  expect_value_error([&] { squeeze(x, {0}); }, "[squeeze] axis 0 of [2,3] is 2");
  expect_value_error([&] { transpose(x, {0}); }, "[transpose] perm must have one entry per axis");
  expect_value_error([&] { transpose(x, {1, 1}); }, "[transpose] perm names axis 1 twice");
  expect_value_error([&] { transpose(x, {0, 2}); }, "[transpose] axis 2");
  expect_value_error([&] { reverse(x, {2}); }, "[reverse] axis 2");
  expect_value_error([&] { slice(x, {0, 2}, {1, 2}); },
                     "[slice] on axis 1, begin 2 with size 2 does not lie within the shape [2,3]");
  expect_value_error([&] { slice(x, {-1}); }, "[slice] on axis 0, begin -1");
  expect_value_error([&] { slice(x, {0, 4}, {1, 0}); }, "[slice] on axis 1");
  expect_value_error([&] { slice(x, {0}, {1, 1}); }, "[slice] begin and size");
  expect_value_error([&] { slice(x, {0, 0, 0}); }, "[slice] begin and size");
  expect_value_error([&] { pad(x, {1}, {1}); }, "[pad] paddings must have one entry per axis");
  expect_value_error([&] { pad(x, {1, -1}, {0, 0}); }, "[pad] paddings must not be negative");
  expect_value_error([&] { broadcast_to(x, {2, 4}); }, "[broadcastTo]");
  expect_value_error([&] { broadcast_to(x, {3}); }, "[broadcastTo] [2,3] cannot be broadcast to");
  expect_value_error([&] { broadcast_to(x, {1, 3}); }, "[broadcastTo]");
  expect_value_error([&] { tile(x, {2}); }, "[tile] reps must have one entry per axis");
  expect_value_error([&] { tile(x, {2, -1}); }, "[tile] reps must not be negative, got -1");
  expect_value_error([&] { concat({}, 0); }, "[concat] needs at least one tensor");
  expect_value_error([&] { concat(Tensors{x, range({3, 2})}, 0); },
                     "[concat] all dimensions but axis 0 must agree: got [2,3] and [3,2]");
  expect_value_error([&] { concat(Tensors{x, range({3})}, 0); }, "[concat] all dimensions");
  expect_value_error([&] { stack(Tensors{x, range({3, 2})}, 0); }, "[stack]");
  expect_value_error([&] { split(x, {1, 1}, 1); }, "[split] the sizes add up to 2");
  expect_value_error([&] { split(x, 2, 1); }, "[split] axis 1 of [2,3] cannot be cut into 2");
  expect_value_error([&] { split(x, {-1, -2}, 1); }, "[split] sizes may have one -1");
}

}  // namespace
}  // namespace heddle::test

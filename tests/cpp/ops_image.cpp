#include "ops/image.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

Tensor floats(const Shape& shape, const std::vector<float>& values) {
  return Tensor::from(shape, values);
}
Tensor ints(const Shape& shape, const std::vector<int32_t>& values) {
  return Tensor::from(shape, values);
}
Tensor counted(const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::kFloat32);
  for (int i = 0; i < static_cast<int>(x.size()); ++i) x.data()[i] = static_cast<float>(i);
  return x;
}

TEST(Image, ResizeBilinear) {
  const Tensor x = floats({1, 2, 1}, {0, 10});
  expect_values(resize_bilinear(x, 1, 4), {1, 4, 1}, {0, 5, 10, 10});
  expect_values(resize_bilinear(x, 1, 3, {.align_corners = true}), {1, 3, 1}, {0, 5, 10});
  expect_values(resize_bilinear(x, 1, 4, {.half_pixel_centers = true}), {1, 4, 1},
                {0, 2.5f, 7.5f, 10});
  const Tensor square = floats({1, 2, 2, 1}, {0, 2, 4, 6});
  expect_values(resize_bilinear(square, 3, 3, {.align_corners = true}), {1, 3, 3, 1},
                {0, 1, 2, 2, 3, 4, 4, 5, 6});
  expect_values(resize_bilinear(counted({1, 4, 4, 1}), 2, 2), {1, 2, 2, 1}, {0, 2, 8, 10});
  expect_values(resize_bilinear(square, 1, 1, {.align_corners = true}), {1, 1, 1, 1}, {0});
  expect_values(resize_bilinear(square, 2, 2, {.half_pixel_centers = true}), {1, 2, 2, 1},
                {0, 2, 4, 6});
  EXPECT_EQ(resize_bilinear(ints({1, 1, 1}, {3}), 2, 2).dtype(), DType::kFloat32);
  const Tensor image = counted({2, 3, 4, 2});
  const Tensor big = resize_bilinear(image, 5, 7);
  const Tensor turned =
      resize_bilinear(transpose(image, {0, 3, 1, 2}), 5, 7, {.channels_first = true});
  expect_values(transpose(turned, {0, 2, 3, 1}), big.shape(), values_of(big));
}

TEST(Image, ResizeNearest) {
  const Tensor x = floats({1, 3, 1}, {1, 2, 3});
  expect_values(resize_nearest(x, 1, 6), {1, 6, 1}, {1, 1, 2, 2, 3, 3});
  expect_values(resize_nearest(x, 2, 2), {2, 2, 1}, {1, 2, 1, 2});
  expect_values(resize_nearest(x, 1, 5, {.align_corners = true}), {1, 5, 1}, {1, 2, 2, 3, 3});
  expect_values(resize_nearest(x, 1, 2, {.half_pixel_centers = true}), {1, 2, 1}, {1, 3});
  EXPECT_EQ(resize_nearest(ints({1, 1, 1}, {3}), 2, 2).dtype(), DType::kInt32);
}

TEST(Image, ResizeGradients) {
  Random random;
  for (const ResizeOptions& options :
       {ResizeOptions{}, ResizeOptions{.align_corners = true},
        ResizeOptions{.half_pixel_centers = true}, ResizeOptions{.channels_first = true}}) {
    const Shape shape = options.channels_first ? Shape{1, 2, 3, 2} : Shape{1, 3, 2, 2};
    for (const auto& [height, width] : std::vector<std::pair<int, int>>{{5, 3}, {2, 2}, {3, 1}}) {
      SCOPED_TRACE(height);
      const int h = height, w = width;
      check_gradient([&](const Tensors& t) { return square(resize_bilinear(t[0], h, w, options)); },
                     {random.uniform(shape)});
      check_gradient([&](const Tensors& t) { return square(resize_nearest(t[0], h, w, options)); },
                     {random.uniform(shape)});
    }
  }
  check_gradient([](const Tensors& t) { return resize_bilinear(t[0], 3, 3); },
                 {random.uniform({0, 2, 2, 1})});
}

TEST(Image, CropAndResize) {
  const Tensor images = counted({2, 3, 3, 1});
  const Tensor boxes = floats({3, 4}, {0, 0, 1, 1, 0.5f, 0.5f, 1, 1, 0, 0, 0.5f, 1});
  const Tensor index = ints({3}, {0, 1, 0});
  expect_values(crop_and_resize(images, boxes, index, 2, 2), {3, 2, 2, 1},
                {0, 2, 6, 8, 13, 14, 16, 17, 0, 2, 3, 5});
  expect_values(crop_and_resize(images, floats({1, 4}, {0, 0, 0.5f, 0.5f}), ints({1}, {0}), 3, 3),
                {1, 3, 3, 1}, {0, 0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4});
  // One cell lies in the middle of its box.
  expect_values(crop_and_resize(images, floats({1, 4}, {0, 0, 1, 0.5f}), ints({1}, {0}), 1, 1),
                {1, 1, 1, 1}, {3.5f});
  // Outside: the value given, also for places that are outside by part of a cell.
  expect_values(
      crop_and_resize(images, floats({1, 4}, {-0.25f, 0, 1, 1}), ints({1}, {0}), 2, 2, true, 9),
      {1, 2, 2, 1}, {9, 9, 6, 8});
  // Backwards, and by the nearest cell.
  expect_values(crop_and_resize(images, floats({1, 4}, {1, 1, 0, 0}), ints({1}, {0}), 2, 2, false),
                {1, 2, 2, 1}, {8, 6, 2, 0});
  Random random;
  check_gradient(
      [&](const Tensors& t) {
        return square(crop_and_resize(t[0], floats({2, 4}, {0.1f, 0, 1.2f, 0.9f, 0, 0.3f, 1, 1}),
                                      ints({2}, {1, 1}), 3, 2, true, 0.5f));
      },
      {random.uniform({2, 3, 3, 2})});
  check_program([&](const Tensors& t) { return Tensors{crop_and_resize(t[0], t[1], t[2], 2, 3)}; },
                {images, boxes, index}, {Tensor::full({3, 2, 3, 1}, 1)});
}

TEST(Image, Transforms) {
  const Tensor x = counted({1, 2, 3, 1});
  const auto by = [&](const std::vector<float>& t, const TransformOptions& options) {
    return transform_images(x, floats({1, 8}, t), options);
  };
  expect_values(by({1, 0, 1, 0, 1, 0, 0, 0}, {}), {1, 2, 3, 1}, {1, 2, 0, 4, 5, 0});
  const std::vector<float> seven = {7};
  expect_values(by({1, 0, -1, 0, 1, 0, 0, 0}, {.fill = seven}), {1, 2, 3, 1}, {7, 0, 1, 7, 3, 4});
  expect_values(by({1, 0, 0.5f, 0, 1, 0, 0, 0}, {.bilinear = true, .fill = seven}), {1, 2, 3, 1},
                {0.5f, 1.5f, 4.5f, 3.5f, 4.5f, 6});
  using kernels::Outside;
  expect_values(by({1, 0, -2, 0, 1, 0, 0, 0}, {.outside = Outside::kReflect}), {1, 2, 3, 1},
                {1, 0, 0, 4, 3, 3});
  expect_values(by({1, 0, 2, 0, 1, 0, 0, 0}, {.outside = Outside::kReflect}), {1, 2, 3, 1},
                {2, 2, 1, 5, 5, 4});
  expect_values(by({1, 0, -1, 0, 1, 0, 0, 0}, {.outside = Outside::kWrap}), {1, 2, 3, 1},
                {2, 0, 1, 5, 3, 4});
  expect_values(by({1, 0, -1, 0, 1, 0, 0, 0}, {.outside = Outside::kNearest}), {1, 2, 3, 1},
                {0, 0, 1, 3, 3, 4});
  expect_values(by({2, 0, 0, 0, 1, 0, 1, 0}, {.height = 1, .width = 2}), {1, 1, 2, 1}, {0, 1});
  // Every image has its own transform, and no size is taken from another image.
  const Tensor two = concat(std::vector{x, x}, 0);
  expect_values(transform_images(two, floats({2, 8}, {1, 0, 0, 0, 1, 0, 0, 0,  //
                                                      -1, 0, 2, 0, 1, 0, 0, 0})),
                {2, 2, 3, 1}, {0, 1, 2, 3, 4, 5, 2, 1, 0, 5, 4, 3});
  EXPECT_EQ(
      transform_images(cast(x, DType::kInt32), floats({1, 8}, {1, 0, 0, 0, 1, 0, 0, 0})).dtype(),
      DType::kInt32);
  Random random;
  for (Outside outside : {Outside::kFill, Outside::kReflect, Outside::kWrap, Outside::kNearest}) {
    const Tensor turn = floats({1, 8}, {0.9f, -0.3f, 0.4f, 0.2f, 1.1f, -0.6f, 0.01f, 0});
    check_gradient(
        [&](const Tensors& t) {
          return square(transform_images(t[0], turn, {.bilinear = true, .outside = outside}));
        },
        {random.uniform({2, 3, 4, 2})});
  }
}

TEST(Image, NumbersOfTensorFlowJs) {
  const Tensor x = counted({1, 4, 3, 1});
  expect_values(resize_nearest(x, 3, 5, {.half_pixel_centers = true}), {1, 3, 5, 1},
                {0, 0, 1, 2, 2, 6, 6, 7, 8, 8, 9, 9, 10, 11, 11});
  expect_values(
      resize_bilinear(x, 3, 5, {.half_pixel_centers = true}), {1, 3, 5, 1},
      {0.5f, 0.9f, 1.5f, 2.1f, 2.5f, 4.5f, 4.9f, 5.5f, 6.1f, 6.5f, 8.5f, 8.9f, 9.5f, 10.1f, 10.5f});
  expect_values(
      crop_and_resize(counted({2, 3, 3, 1}), floats({2, 4}, {0.1f, 0, 1.2f, 0.9f, 0, 0.3f, 1, 1}),
                      ints({2}, {1, 1}), 3, 2, true, 0.5f),
      {2, 3, 2, 1}, {9.6f, 11.4f, 12.9f, 14.7f, 0.5f, 0.5f, 9.6f, 11, 12.6f, 14, 15.6f, 17});
  using kernels::Outside;
  const Tensor image = counted({1, 3, 4, 1});
  const Tensor turn = floats({1, 8}, {0.9f, -0.3f, 0.4f, 0.2f, 1.1f, -0.6f, 0.01f, 0});
  expect_values(transform_images(image, turn, {.bilinear = true, .outside = Outside::kReflect}),
                {1, 3, 4, 1},
                {0.4f, 1.2871287f, 2.1568627f, 3, 2.1f, 3.7623763f, 5.3921566f, 6.9902911f, 6.4f,
                 7.8217821f, 9.4117651f, 10.427184f},
                1e-5);
  const Tensor shift = floats({1, 8}, {0.9f, -0.3f, -3.4f, 0.2f, 1.1f, 2.6f, 0.01f, 0});
  expect_values(transform_images(image, shift, {.bilinear = true, .outside = Outside::kWrap}),
                {1, 3, 4, 1},
                {3, 1.5247524f, 2.4313724f, 3.4271841f, 5.8f, 4.6732669f, 2.1372547f, 3, 3, 3,
                 1.8431371f, 2.7378639f},
                1e-5);
  // Four channels, three values: what is outside is opaque.
  const std::vector<float> rgb = {1, 2, 3};
  expect_values(transform_images(Tensor::full({1, 2, 4}, 0),
                                 floats({1, 8}, {1, 0, 1, 0, 1, 0, 0, 0}), {.fill = rgb}),
                {1, 2, 4}, {0, 0, 0, 0, 1, 2, 3, 255});
}

TEST(Image, Misuse) {
  const Tensor x = counted({1, 2, 2, 1});
  expect_value_error([&] { resize_bilinear(counted({2, 2}), 1, 1); },
                     "[resizeBilinear] images must have rank 4");
  expect_value_error([&] { resize_nearest(x, 0, 1); }, "[resizeNearestNeighbor] sizes");
  expect_value_error(
      [&] { resize_bilinear(x, 1, 1, {.align_corners = true, .half_pixel_centers = true}); },
      "exclude each other");
  expect_value_error([&] { crop_and_resize(x, floats({1, 3}, {0, 0, 1}), ints({1}, {0}), 1, 1); },
                     "[cropAndResize] needs");
  expect_value_error(
      [&] { crop_and_resize(x, floats({1, 4}, {0, 0, 1, 1}), ints({1}, {1}), 1, 1); },
      "[cropAndResize] there is no image 1: the batch has 1");
  expect_value_error([&] { transform_images(x, floats({1, 4}, {0, 0, 1, 1})); }, "[transform]");
}

}  // namespace
}  // namespace heddle::test

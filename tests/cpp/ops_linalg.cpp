#include "ops/linalg.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

Tensor floats(const Shape& shape, const std::vector<float>& values) {
  return Tensor::from(shape, values);
}

TEST(Linalg, Diag) {
  expect_values(diag(floats({3}, {1, 2, 3})), {3, 3}, {1, 0, 0, 0, 2, 0, 0, 0, 3});
  expect_values(diag(floats({1, 2}, {1, 2})), {1, 2, 1, 2}, {1, 0, 0, 2});
  expect_values(diag(Tensor::scalar(5)), {}, {5});
  EXPECT_EQ(diag(floats({0}, {})).shape(), (Shape{0, 0}));
  Random random;
  check_gradient([](const Tensors& t) { return square(diag(t[0])); }, {random.uniform({3})});
}

TEST(Linalg, BandPart) {
  const Tensor x = floats({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  expect_values(band_part(x, 0, -1), {3, 3}, {1, 2, 3, 0, 5, 6, 0, 0, 9});
  expect_values(band_part(x, 1, 0), {3, 3}, {1, 0, 0, 4, 5, 0, 0, 8, 9});
  expect_values(band_part(x, -1, -1), {3, 3}, values_of(x));
  EXPECT_EQ(band_part(cast(x, DType::kInt32), 0, 0).dtype(), DType::kInt32);
  Random random;
  check_gradient([](const Tensors& t) { return square(band_part(t[0], 1, 0)); },
                 {random.uniform({2, 3, 4})});
}

void expect_orthonormal_rows(const Tensor& q) {
  const Tensor product = matmul(q, q, false, true);
  const int n = q.shape()[-2];
  const Tensor expected = broadcast_to(band_part(Tensor::full({n, n}, 1), 0, 0), product.shape());
  expect_near(product, values_of(expected), 1e-5);
}

TEST(Linalg, GramSchmidt) {
  Random random;
  const Tensor x = random.uniform({3, 5});
  const Tensor y = gram_schmidt(x);
  expect_orthonormal_rows(y);
  // The first keeps its direction, and x is y times a lower triangle.
  const Tensor triangle = matmul(x, y, false, true);
  expect_near(sub(triangle, band_part(triangle, -1, 0)), std::vector<float>(9, 0), 1e-5);
  EXPECT_GT(triangle.data()[0], 0);
  expect_near(matmul(triangle, y), values_of(x), 1e-5);
  check_gradient([](const Tensors& t) { return gram_schmidt(t[0]); },
                 {floats({2, 3}, {2, 0.5f, -0.25f, 0.25f, 2, 0.75f})});
}

TEST(Linalg, QRValues) {
  Random random;
  for (const Shape& shape :
       {Shape{3, 3}, Shape{5, 3}, Shape{3, 5}, Shape{2, 4, 3}, Shape{1, 1}, Shape{4, 1}}) {
    for (const bool full : {false, true}) {
      SCOPED_TRACE(to_string(shape) + (full ? " full" : ""));
      const Tensor x = random.uniform(shape);
      const auto [q, r] = qr(x, full);
      const int k = full ? shape[-2] : std::min(shape[-1], shape[-2]);
      EXPECT_EQ(q.shape()[-1], k);
      EXPECT_EQ(r.shape()[-2], k);
      expect_near(matmul(q, r), values_of(x), 1e-5);
      Shape turn;
      for (int i = 0; i < shape.rank(); ++i) turn.push_back(i);
      std::swap(turn[-1], turn[-2]);
      expect_orthonormal_rows(transpose(q, turn));
      expect_near(r, values_of(band_part(r, 0, -1)), 0);
    }
  }
  // Signs as in TensorFlow.js: opposite to what is reflected.
  const auto [q, r] = qr(floats({2, 2}, {3, 1, 4, 2}));
  expect_values(r, {2, 2}, {-5, -2.2f, 0, -0.4f}, 1e-5);
  expect_values(q, {2, 2}, {-0.6f, 0.8f, -0.8f, -0.6f}, 1e-5);
  const auto zero = qr(Tensor::full({2, 2}, 0));
  expect_values(zero.second, {2, 2}, {0, 0, 0, 0});
  EXPECT_EQ(qr(Tensor::full({0, 2, 2}, 0)).first.size(), 0);
  EXPECT_EQ(qr(Tensor::full({2, 0}, 0)).first.shape(), (Shape{2, 0}));
}

TEST(Linalg, QRGradients) {
  const Function both = [](const Tensors& t) {
    const auto [q, r] = qr(t[0]);
    return Tensors{q, r};
  };
  // Far from where a column vanishes.
  check_gradient(both, {floats({2, 2}, {2, 0.5f, -0.25f, 1.75f})});
  check_gradient(both, {floats({3, 2}, {2, 0.5f, -0.25f, 1.75f, 0.5f, -0.5f})});
  check_gradient(both, {floats({2, 3}, {2, 0.5f, -0.75f, -0.25f, 1.75f, 0.5f})});
  check_gradient(both, {floats({2, 2, 1}, {2, 0.5f, -1, 1.75f})});
}

TEST(Linalg, Misuse) {
  expect_value_error([] { band_part(Tensor::full({2}, 1), 0, 0); },
                     "[bandPart] x must have rank 2");
  expect_value_error([] { band_part(Tensor::full({2, 2}, 1), 3, 0); }, "[bandPart] numLower");
  expect_value_error([] { gram_schmidt(Tensor::full({3, 2}, 1)); }, "[gramSchmidt]");
  expect_value_error([] { qr(Tensor::full({3}, 1)); }, "[qr] x must have rank 2");
  const Function full = [](const Tensors& t) { return Tensors{qr(t[0], true).second}; };
  expect_value_error(
      [&] { gradients_of(full, {Tensor::full({3, 2}, 1)}, {Tensor::full({3, 2}, 1)}); },
      "[qr] a full q");
}

}  // namespace
}  // namespace heddle::test

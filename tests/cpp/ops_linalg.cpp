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

void expect_orthonormal_rows(const Tensor& q) {
  const Tensor product = matmul(q, q, false, true);
  const int n = q.shape()[-2];
  std::vector<float> unit(product.size(), 0);
  for (size_t i = 0; i < unit.size(); ++i) {
    unit[i] = i % (n * n) % (n + 1) == 0 ? 1 : 0;
  }
  expect_near(product, unit, 1e-5);
}

/// Zeros below the diagonal of r [..., k, n].
void expect_upper(const Tensor& r) {
  const int k = r.shape()[-2];
  const int n = r.shape()[-1];
  const std::vector<float> values = values_of(r);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto row = static_cast<int>(i) / n % k;
    if (static_cast<int>(i) % n < row) EXPECT_EQ(values[i], 0) << "element " << i;
  }
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
      expect_upper(r);
    }
  }
  // Signs as in TensorFlow.js: opposite to what is reflected.
  const auto [q, r] = qr(floats({2, 2}, {3, 1, 4, 2}));
  expect_values(r, {2, 2}, {-5, -2.2f, 0, -0.4f}, 1e-5);
  expect_values(q, {2, 2}, {-0.6f, 0.8f, -0.8f, -0.6f}, 1e-5);
  // A head of 0 counts as negative, and the last one turns its sign with nothing below it.
  const auto swapped = qr(floats({2, 2}, {0, 1, 1, 0}));
  expect_values(swapped.second, {2, 2}, {1, 0, 0, -1}, 1e-6);
  expect_values(swapped.first, {2, 2}, {0, -1, 1, 0}, 1e-6);
  const auto triangle = qr(floats({2, 2}, {-2, 3, 0, -4}));
  expect_values(triangle.second, {2, 2}, {2, -3, 0, 4}, 1e-6);
  expect_values(triangle.first, {2, 2}, {-1, 0, 0, -1}, 1e-6);
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
  expect_value_error([] { qr(Tensor::full({3}, 1)); }, "[qr] x must have rank 2");
  const Function full = [](const Tensors& t) { return Tensors{qr(t[0], true).second}; };
  expect_value_error(
      [&] { gradients_of(full, {Tensor::full({3, 2}, 1)}, {Tensor::full({3, 2}, 1)}); },
      "[qr] a full q");
}

}  // namespace
}  // namespace heddle::test

#include "ops/scan.h"

#include "gradient_check.h"
#include "ops/elementwise.h"

namespace heddle::test {
namespace {

using Scan = Tensor (*)(const Tensor&, int, bool, bool);

/// The scan by its definition.
std::vector<float> scanned(const Tensor& x, int axis, bool exclusive, bool reverse, bool product) {
  const Shape& shape = x.shape();
  const int64_t inner = shape.slice(axis + 1).size();
  const int length = shape[axis];
  std::vector<float> out;
  for (int64_t i = 0; i < x.size(); ++i) {
    const int at = static_cast<int>(i / inner % length);
    double total = product ? 1 : 0;
    for (int other = 0; other < length; ++other) {
      const bool before = reverse ? other > at : other < at;
      if (!before && (exclusive || other != at)) continue;
      const double value = values_of(x)[static_cast<size_t>(i + (other - at) * inner)];
      total = product ? total * value : total + value;
    }
    out.push_back(static_cast<float>(total));
  }
  return out;
}

TEST(Scan, ValuesAndGradients) {
  Random random;
  for (const auto& [shape, axis] : std::vector<std::pair<Shape, int>>{{{5}, 0},
                                                                      {{3, 4}, 0},
                                                                      {{3, 4}, 1},
                                                                      {{2, 3, 2}, 1},
                                                                      {{1, 2}, 0},
                                                                      {{0, 3}, 1},
                                                                      {{3, 0}, 1},
                                                                      {{0}, 0}}) {
    for (const bool product : {false, true}) {
      for (const bool exclusive : {false, true}) {
        for (const bool reverse : {false, true}) {
          SCOPED_TRACE(to_string(shape) + " axis " + std::to_string(axis) +
                       (product ? " product" : " sum") + (exclusive ? " exclusive" : "") +
                       (reverse ? " reverse" : ""));
          const Scan scan = product ? Scan(cumprod) : Scan(cumsum);
          const Tensor x = random.uniform(shape, -1.25, 1.25);
          expect_values(scan(x, axis, exclusive, reverse), shape,
                        scanned(x, axis, exclusive, reverse, product), 1e-6);
          const int place = axis;
          check_gradient(
              [&](const Tensors& t) { return square(scan(t[0], place, exclusive, reverse)); }, {x});
        }
      }
    }
  }
}

TEST(Scan, ProductsOfZerosHaveGradients) {
  const std::vector<float> values = {0.5f, 0, 2, 0, 3};
  check_gradient([](const Tensors& x) { return cumprod(x[0]); }, {Tensor::from({5}, values)});
}

TEST(Scan, Dtypes) {
  const std::vector<int32_t> numbers = {1, 0, 3};
  const Tensor whole = Tensor::from({3}, numbers);
  expect_values(cumsum(whole), {3}, {1, 1, 4});
  expect_values(cumprod(whole), {3}, {1, 0, 0});
  for (Scan scan : {Scan(cumsum), Scan(cumprod)}) {
    EXPECT_EQ(scan(whole, 0, false, false).dtype(), DType::kInt32);
    EXPECT_EQ(scan(cast(whole, DType::kBool), 0, false, false).dtype(), DType::kInt32);
  }
  expect_values(cumsum(cast(whole, DType::kBool)), {3}, {1, 1, 2});
}

TEST(Scan, Misuse) {
  expect_value_error([] { cumsum(Tensor::full({2}, 1), 1); }, "[cumsum] axis 1");
  expect_value_error([] { cumprod(Tensor::scalar(1)); }, "[cumprod] axis 0");
}

}  // namespace
}  // namespace heddle::test

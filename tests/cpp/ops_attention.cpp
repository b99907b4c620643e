#include "ops/attention.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

namespace heddle::test {
namespace {

Tensor causal_mask(int queries, int keys) {
  Tensor seen = Tensor::empty({1, queries, keys}, DType::kBool);
  for (int i = 0; i < queries; ++i) {
    for (int j = 0; j < keys; ++j) seen.data<uint8_t>()[i * keys + j] = j <= i ? 1 : 0;
  }
  return seen;
}

/// With the whole matrix of scores.
Tensor composed(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, float scale,
                bool causal) {
  Tensor scores = mul_constant(matmul(q, k, false, true), scale);
  Tensor seen = causal ? causal_mask(q.shape()[1], k.shape()[1]) : Tensor();
  if (mask.defined()) {
    const int neighbours = q.shape()[0] / mask.shape()[0];
    const Tensor spread = reshape(repeat(expand_dims(mask, 1), neighbours, 1),
                                  {q.shape()[0], mask.shape()[1], mask.shape()[2]});
    seen = seen.defined() ? logical_and(seen, spread) : spread;
  }
  if (seen.defined()) {
    scores = add(scores, mul_constant(add_constant(cast(seen, DType::kFloat32), -1), 1e9));
  }
  return matmul(softmax(scores), v);
}

struct Sizes {
  int batch, queries, keys, size, value_size;
};

/// No mask, or one of a shape; some true, some false.
Tensor mask_of(Random& random, const Shape& shape) {
  if (shape.rank() == 0) return {};
  return greater(random.uniform(shape, -1, 1), Tensor::scalar(-0.3f));
}

TEST(Attention, AsComposed) {
  Random random;
  const std::vector<Sizes> sizes = {
      {1, 1, 1, 1, 1}, {2, 5, 7, 3, 4}, {4, 70, 70, 8, 8}, {2, 150, 33, 5, 6}, {1, 13, 4100, 4, 3},
  };
  for (const Sizes& s : sizes) {
    const std::vector<Shape> masks = {
        {}, {1, s.queries, s.keys}, {s.batch, 1, s.keys}, {s.batch, s.queries, 1}};
    for (const Shape& shape : masks) {
      for (const bool causal : {false, true}) {
        SCOPED_TRACE(::testing::Message() << s.queries << "x" << s.keys << " mask "
                                          << to_string(shape) << (causal ? " causal" : ""));
        const Tensors inputs{random.uniform({s.batch, s.queries, s.size}, -1, 1),
                             random.uniform({s.batch, s.keys, s.size}, -1, 1),
                             random.uniform({s.batch, s.keys, s.value_size}, -1, 1)};
        const Tensor mask = mask_of(random, shape);
        const auto of = [&](auto op) {
          return as_function(
              [&, op](const Tensors& t) { return op(t[0], t[1], t[2], mask, 0.7f, causal); });
        };
        const Tensor got = of(attention)(inputs)[0];
        const Tensor want = of(composed)(inputs)[0];
        expect_values(got, want.shape(), values_of(want), 1e-5);
        const Tensors u{random.uniform(got.shape(), -1, 1)};
        const Tensors grads = gradients_of(of(attention), inputs, u);
        const Tensors wanted = gradients_of(of(composed), inputs, u);
        for (size_t i = 0; i < grads.size(); ++i) {
          expect_near(grads[i], values_of(wanted[i]), 2e-5);
        }
      }
    }
  }
}

TEST(Attention, FirstAndSecondDerivatives) {
  Random random;
  for (const Shape& shape : std::vector<Shape>{{}, {2, 1, 3}, {1, 2, 3}}) {
    for (const bool causal : {false, true}) {
      SCOPED_TRACE(to_string(shape));
      const Tensor mask = mask_of(random, shape);
      // Where a query sees nothing, scores vanish beside what is taken from them: no differences.
      for (int64_t i = 0; mask.defined() && i < mask.size(); i += shape[-1]) {
        mask.data<uint8_t>()[i] = 1;
      }
      check_gradient(
          [&](const Tensors& t) { return attention(t[0], t[1], t[2], mask, 0.5f, causal); },
          {random.uniform({4, 2, 2}, -1, 1), random.uniform({4, 3, 2}, -1, 1),
           random.uniform({4, 3, 3}, -1, 1)});
    }
  }
}

TEST(Attention, MemoryGrowsWithTheLength) {
  const auto bytes = [](int length) {
    Trace trace;
    const TensorSpec spec{{2, length, 8}, DType::kFloat32};
    const Tensors in{trace.input(spec), trace.input(spec), trace.input(spec)};
    const Tensor out = attention(in[0], in[1], in[2], {}, 1, true);
    Tensors results = gradients(std::vector{sum(square(out))}, {}, in);
    return Program(trace.finish(results)).arena_bytes();
  };
  EXPECT_LE(bytes(1024), 2 * bytes(512) + 1024);
}

TEST(Attention, Misuse) {
  const auto t = [](const Shape& shape) { return Tensor::full(shape, 1); };
  const auto run = [&](const Shape& q, const Shape& k, const Shape& v, const Shape& mask) {
    attention(t(q), t(k), t(v), mask.rank() == 0 ? Tensor() : t(mask), 1, false);
  };
  expect_value_error([&] { run({2, 3, 4}, {2, 5, 3}, {2, 5, 1}, {}); }, "[attention] q, k and v");
  expect_value_error([&] { run({2, 3}, {2, 5, 3}, {2, 5, 1}, {}); }, "[attention] q, k and v");
  expect_value_error([&] { run({4, 3, 4}, {4, 5, 4}, {4, 5, 1}, {3, 1, 5}); },
                     "[attention] the mask must be");
  expect_value_error([&] { run({4, 3, 4}, {4, 5, 4}, {4, 5, 1}, {2, 2, 5}); },
                     "[attention] the mask must be");
}

}  // namespace
}  // namespace heddle::test

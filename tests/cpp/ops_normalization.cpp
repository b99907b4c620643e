#include "ops/normalization.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

using kernels::NormalizeGeometry;

/// By moments and batch_norm.
Normalized composed(const Tensor& x, const NormalizeGeometry& g, const Tensor& gamma,
                    const Tensor& beta) {
  const Tensor view = reshape(x, {g.outer, g.positions, g.groups, g.size});
  const Moments m = moments(view, {1, 3}, true);
  const auto channels = [&](const Tensor& t) {
    return t.defined() ? reshape(t, {g.groups, g.size}) : t;
  };
  const Tensor y = batch_norm(view, m.mean, m.variance, channels(beta), channels(gamma), g.epsilon);
  const Shape stats{g.outer, g.groups};
  return {reshape(y, x.shape()), reshape(m.mean, stats), reshape(m.variance, stats)};
}

const std::vector<NormalizeGeometry> kSmall = {
    {3, 1, 1, 5, 0.5f},  // layer normalisation
    {1, 4, 3, 1, 0.5f},  // batch normalisation
    {2, 3, 2, 2, 0.5f},  // group normalisation
    {2, 4, 3, 1, 0.5f},  // each channel of each example
};

TEST(Normalize, FirstAndSecondDerivatives) {
  for (const NormalizeGeometry& g : kSmall) {
    for (const bool has_gamma : {true, false}) {
      for (const bool has_beta : {true, false}) {
        SCOPED_TRACE(::testing::Message() << g.outer << "," << g.positions << "," << g.groups << ","
                                          << g.size << " " << has_gamma << has_beta);
        Random random;
        Tensors inputs{random.uniform({g.outer, g.positions * g.channels()})};
        if (has_gamma) inputs.push_back(random.uniform({g.channels()}, 0.5, 1.5));
        if (has_beta) inputs.push_back(random.uniform({g.channels()}));
        check_gradient(
            [&](const Tensors& t) {
              const Normalized n =
                  normalize(t[0], g, has_gamma ? t[1] : Tensor(), has_beta ? t.back() : Tensor());
              return Tensors{n.y, n.mean, n.variance};
            },
            inputs);
      }
    }
  }
}

TEST(Normalize, AsComposed) {
  Random random;
  const std::vector<NormalizeGeometry> cases = {
      {7, 1, 1, 1, 1e-3f},   {9, 1, 1, 3, 1e-3f},    {19, 1, 1, 64, 1e-5f}, {2, 1, 1, 5003, 1e-3f},
      {1, 150, 1, 1, 1e-3f}, {1, 129, 21, 1, 1e-3f}, {1, 1, 8, 1, 1e-3f},   {3, 70, 18, 1, 1e-3f},
      {2, 900, 3, 4, 1e-3f}, {2, 31, 2, 7, 1e-3f},   {11, 5, 4, 2, 1e-3f},
  };
  for (const NormalizeGeometry& g : cases) {
    SCOPED_TRACE(::testing::Message()
                 << g.outer << "," << g.positions << "," << g.groups << "," << g.size);
    // A mean that is large beside the spread.
    const Tensor x =
        add_constant(random.uniform({g.outer, g.positions, g.groups, g.size}, -1, 1), 3);
    const Tensor gamma = random.uniform({g.groups, g.size}, 0.5, 1.5);
    const Tensor beta = random.uniform({g.groups, g.size});
    const Tensor u = random.uniform(x.shape(), -1, 1);
    const auto run = [&](auto normalizer) {
      return [&g, normalizer](const Tensors& t) {
        const Normalized n = normalizer(t[0], g, t[1], t[2]);
        return Tensors{n.y, n.mean, n.variance};
      };
    };
    const Function ours = run(normalize);
    const Function theirs = run(composed);
    const Tensors got = ours({x, gamma, beta});
    const Tensors want = theirs({x, gamma, beta});
    for (size_t i = 0; i < got.size(); ++i) {
      expect_values(got[i], want[i].shape(), values_of(want[i]), 2e-5);
    }
    const Tensors grads{u, Tensor::full(want[1].shape(), 0), Tensor::full(want[2].shape(), 0)};
    const Tensors dx = gradients_of(ours, {x, gamma, beta}, grads);
    const Tensors dx_want = gradients_of(theirs, {x, gamma, beta}, grads);
    for (size_t i = 0; i < dx.size(); ++i) expect_near(dx[i], values_of(dx_want[i]), 2e-4);
  }
}

TEST(Normalize, ConstantsAndOddNumbers) {
  const NormalizeGeometry rows{2, 1, 1, 6, 1e-3f};
  const Tensor same = Tensor::full({2, 6}, 5);
  expect_values(normalize(same, rows, {}, {}).y, {2, 6}, std::vector<float>(12, 0.0f));
  expect_values(normalize(same, {1, 2, 6, 1, 1e-3f}, {}, {}).variance, {1, 6},
                std::vector<float>(6, 0.0f));
  // One bad number spoils its own group and no other.
  const Tensor x = copy_of(same);
  x.data()[3] = std::numeric_limits<float>::infinity();
  const Tensor y = normalize(x, rows, {}, {}).y;
  for (int i = 0; i < 12; ++i) EXPECT_EQ(std::isnan(y.data()[i]), i < 6) << i;
  expect_value_error([&] { normalize(x, {2, 1, 1, 5, 0}, {}, {}); }, "[normalize] x [2,6]");
  expect_value_error([&] { normalize(x, rows, Tensor::full({5}, 1), {}); }, "[normalize]");
}

}  // namespace
}  // namespace heddle::test

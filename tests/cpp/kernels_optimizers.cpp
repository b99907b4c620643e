#include "kernels/optimizers.h"

#include <cmath>

#include "kernels_testing.h"

namespace heddle::kernels {
namespace {

using testing::expect_close;
using testing::Numbers;

std::vector<double> wide(const std::vector<float>& x) { return {x.begin(), x.end()}; }

TEST(Optimizers, Sgd) {
  Numbers numbers(1);
  for (const int n : {0, 1, 3, 4, 101}) {
    const std::vector<float> g = numbers.floats(n);
    std::vector<float> p = numbers.floats(n);
    std::vector<double> want = wide(p);
    for (int i = 0; i < n; ++i) want[i] -= 0.1 * g[i];
    sgd_update(n, 0.1f, g.data(), p.data());
    expect_close(p, want, 1e-6);
  }
}

TEST(Optimizers, Momentum) {
  Numbers numbers(2);
  for (const bool nesterov : {false, true}) {
    const int n = 103;
    std::vector<float> p = numbers.floats(n), v(n);
    std::vector<double> want = wide(p), velocity(n);
    for (int step = 0; step < 10; ++step) {
      const std::vector<float> g = numbers.floats(n);
      for (int i = 0; i < n; ++i) {
        velocity[i] = 0.9 * velocity[i] + g[i];
        want[i] -= 0.05 * (nesterov ? g[i] + 0.9 * velocity[i] : velocity[i]);
      }
      sgd_momentum_update(n, 0.05f, 0.9f, nesterov, g.data(), v.data(), p.data());
    }
    expect_close(p, want, 5e-6);
    expect_close(v, velocity, 5e-6);
  }
}

TEST(Optimizers, Adam) {
  Numbers numbers(3);
  const int n = 103;
  std::vector<float> p = numbers.floats(n), m(n), v(n);
  std::vector<double> want = wide(p), first(n), second(n);
  AdamStep adam;
  adam.learning_rate = 0.01f;
  for (int step = 1; step <= 20; ++step) {
    const std::vector<float> g = numbers.floats(n);
    const double power1 = std::pow(0.9, step), power2 = std::pow(0.999, step);
    for (int i = 0; i < n; ++i) {
      first[i] = 0.9 * first[i] + 0.1 * g[i];
      second[i] = 0.999 * second[i] + 0.001 * g[i] * g[i];
      want[i] -= 0.01 * (first[i] / (1 - power1)) / (std::sqrt(second[i] / (1 - power2)) + 1e-7);
    }
    adam.beta1_power = static_cast<float>(power1);
    adam.beta2_power = static_cast<float>(power2);
    adam_update(n, adam, g.data(), m.data(), v.data(), p.data());
  }
  expect_close(p, want, 5e-6);
  expect_close(m, first, 1e-6);
}

// Once gradients have ceased, what shrinks for ever ends at zero and not among the slow subnormals.
TEST(Optimizers, NoSubnormalMoments) {
  const int n = 9;
  const std::vector<float> g(n, 0.0f);
  std::vector<float> p(n, 0.5f), m(n, 1e-3f), v(n, 1e-37f), velocity(n, -1e-3f);
  for (int step = 0; step < 3000; ++step) {
    adam_update(n, AdamStep{}, g.data(), m.data(), v.data(), p.data());
    sgd_momentum_update(n, 0.01f, 0.9f, true, g.data(), velocity.data(), p.data());
    for (const std::vector<float>* moments : {&m, &v, &velocity}) {
      for (const float value : *moments) {
        ASSERT_NE(std::fpclassify(value), FP_SUBNORMAL) << "in step " << step;
      }
    }
  }
  for (int i = 0; i < n; ++i) {
    EXPECT_EQ(m[i], 0.0f);
    EXPECT_EQ(v[i], 0.0f);
    EXPECT_EQ(velocity[i], 0.0f);
  }
}

}  // namespace
}  // namespace heddle::kernels

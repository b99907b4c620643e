#include "ops/custom_gradient.h"

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace heddle::test {
namespace {

/// sigmoid(x) · y with the gradient written by hand, from the sigmoid that is saved.
Tensor gated(const Tensors& t) {
  const Tensor gate = sigmoid(t[0]);
  const Tensor saved[] = {t[1], gate};
  return custom_gradient(mul(gate, t[1]), t, saved,
                         [](const Tensor& dy, std::span<const Tensor> kept) {
                           const Tensor slope = mul(kept[1], sub(Tensor::scalar(1), kept[1]));
                           return Tensors{mul(mul(dy, kept[0]), slope), mul(dy, kept[1])};
                         });
}

// At once, traced and compiled, once and twice: what is saved is differentiated too.
TEST(CustomGradient, OfOps) {
  Random random;
  check_gradient(gated, {random.uniform({2, 3}), random.uniform({2, 3})});
  check_gradient(gated, {random.uniform({0, 3}), random.uniform({0, 3})});
}

TEST(CustomGradient, TakesThePlaceOfTheOps) {
  const Function tripled = [](const Tensors& t) {
    return Tensors{
        custom_gradient(square(t[0]), t, {}, [](const Tensor& dy, std::span<const Tensor>) {
          return Tensors{mul(dy, Tensor::scalar(3))};
        })};
  };
  const Tensor x = Tensor::from({2}, std::vector<float>{5, 7});
  expect_values(tripled({x})[0], {2}, {25, 49});
  expect_values(gradients_of(tripled, {x}, {Tensor::full({2}, 2)})[0], {2}, {6, 6});
}

TEST(CustomGradient, KeepsOnlyWhatIsSaved) {
  const Tape tape;
  const Tensor x = tape.watch(Tensor::full({1000}, 1));
  const size_t before = Buffer::live_count();
  const Tensor y =
      custom_gradient(exp(sin(square(x))), {&x, 1}, {},
                      [](const Tensor& dy, std::span<const Tensor>) { return Tensors{dy}; });
  EXPECT_EQ(Buffer::live_count(), before + 1);
}

TEST(CustomGradient, Misuse) {
  const auto giving = [](Tensors gradients) -> Function {
    return [gradients](const Tensors& t) {
      return Tensors{custom_gradient(
          neg(t[0]), t, {},
          [gradients](const Tensor&, std::span<const Tensor>) { return gradients; })};
    };
  };
  const Tensor x = Tensor::full({2}, 1);
  const auto attempt = [&](Tensors gradients) {
    return [=] { gradients_of(giving(gradients), {x}, {x}); };
  };
  expect_value_error(attempt({}), "[customGrad] gradFunc must return one gradient");
  expect_value_error(attempt({Tensor::full({3}, 1)}), "of shape [2] for input 0");
  expect_value_error(attempt({Tensor::full({2}, 1, DType::kInt32)}), "got int32");
}

}  // namespace
}  // namespace heddle::test

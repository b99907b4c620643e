#include "training/attribution.h"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/autodiff.h"
#include "layers_testing.h"
#include "ops/elementwise.h"
#include "ops/random.h"
#include "ops/reduce.h"

namespace heddle {
namespace {

using test::layer;
using test::values_of;

/// One dense layer on two inputs, with a loss on both outputs.
struct Twice {
  LayerPtr shared = layer("Dense", {{"units", 3}, {"activation", "tanh"}});
  ModelPtr model;
  std::unique_ptr<Trainer> trainer;
  std::vector<Tensor> x{random_normal({5, 4}, 0, 1, 1), random_normal({5, 4}, 0, 1, 2)};
  std::vector<Tensor> y{random_normal({5, 3}, 0, 1, 3), random_normal({5, 3}, 0, 1, 4)};

  Twice() {
    const SymbolicTensor a = test::input({4});
    const SymbolicTensor b = test::input({4});
    model = Model::create({a, b}, {test::apply_one(shared, {a}), test::apply_one(shared, {b})});
    const LossFunction loss = make_loss("meanSquaredError");
    const OutputGoal goal{loss, "meanSquaredError", 1, {}};
    trainer = std::make_unique<Trainer>(model, make_optimizer("sgd", {}),
                                        std::vector<OutputGoal>{goal, goal});
  }
};

TEST(Attribution, PartsAreTheCallsOwnGradientsAndSumToTheWhole) {
  Twice twice;
  const auto attributions = twice.trainer->attribute(twice.x, twice.y);
  ASSERT_EQ(attributions.size(), 2U);  // kernel and bias
  for (const Attribution& attribution : attributions) {
    ASSERT_EQ(attribution.parts.size(), 2U);
    for (int call = 0; call < 2; ++call) {
      const AttributionPart& part = attribution.parts[call];
      ASSERT_EQ(part.path.size(), 1U);
      EXPECT_EQ(part.path[0].layer, twice.shared);
      EXPECT_EQ(part.path[0].call_index, call);
      // The same loss of that call alone.
      const Tape tape;
      const CallOptions options{true};
      const Tensor out = twice.shared->apply(std::span(&twice.x[call], 1), options)[0];
      const Tensor loss = mean(square(sub(out, twice.y[call])));
      const Tensor expected = variable_gradients(loss, std::vector{attribution.variable})[0];
      double squares = 0;
      for (int64_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(part.gradient.data()[i], expected.data()[i], 1e-5);
        squares += static_cast<double>(expected.data()[i]) * expected.data()[i];
      }
      EXPECT_NEAR(part.norm, std::sqrt(squares), 1e-5);
    }
    EXPECT_EQ(values_of(attribution.total),
              values_of(add(attribution.parts[0].gradient, attribution.parts[1].gradient)));
    EXPECT_NEAR(attribution.cosine[0][0], 1, 1e-6);
    EXPECT_EQ(attribution.cosine[0][1], attribution.cosine[1][0]);
    EXPECT_LE(std::abs(attribution.cosine[0][1]), 1);
  }
}

TEST(Attribution, LookingChangesNothingAndFollowsTheWeights) {
  Twice twice;
  const auto weights = values_of(twice.shared->weights()[0]->value());
  const auto first = twice.trainer->attribute(twice.x, twice.y);
  EXPECT_EQ(values_of(twice.shared->weights()[0]->value()), weights);
  const auto again = twice.trainer->attribute(twice.x, twice.y);
  EXPECT_EQ(values_of(again[0].total), values_of(first[0].total));
  twice.trainer->train_batch(twice.x, twice.y);
  const auto moved = twice.trainer->attribute(twice.x, twice.y);
  EXPECT_NE(values_of(moved[0].total), values_of(first[0].total));
}

TEST(Attribution, ModelsWithoutSharingHaveNone) {
  const SymbolicTensor a = test::input({4});
  const ModelPtr model = Model::create({a}, {test::apply_one(layer("Dense", {{"units", 3}}), {a})});
  Trainer trainer(model, make_optimizer("sgd", {}),
                  {{make_loss("meanSquaredError"), "meanSquaredError", 1, {}}});
  const std::vector<Tensor> x{Tensor::full({2, 4}, 1)};
  const std::vector<Tensor> y{Tensor::full({2, 3}, 1)};
  EXPECT_TRUE(trainer.attribute(x, y).empty());
}

}  // namespace
}  // namespace heddle

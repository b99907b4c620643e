#include "graph/trace.h"
#include "layers/added_values.h"
#include "layers_testing.h"
#include "ops/elementwise.h"
#include "ops/read_variable.h"
#include "ops/reduce.h"
#include "training/trainer.h"

namespace heddle {
namespace {

using test::input;
using test::layer;
using test::options;
using test::tensor;
using test::values_of;

/// Passes its input on; where an element is 0, a mask says so. Adds the sum to the loss, and to the
/// logs. Keeps the masks that it was given.
class Probe : public Layer {
 public:
  explicit Probe(Options& options, bool masks = false) : Layer(options, "Probe"), masks_(masks) {
    supports_masking_ = masks;
  }
  std::string class_name() const override { return "Probe"; }
  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
    return {inputs[0]};
  }
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) override {
    seen.assign(options.masks.begin(), options.masks.end());
    if (AddedValues* added = AddedValues::current()) {
      added->losses.push_back(sum(inputs[0]));
      added->metrics.emplace_back("total", sum(inputs[0]));
    }
    return {inputs[0]};
  }
  std::vector<Tensor> output_masks(std::span<const Tensor> inputs,
                                   const CallOptions& options) override {
    if (!masks_) return Layer::output_masks(inputs, options);
    return {not_equal(inputs[0], Tensor::scalar(0))};
  }
  std::vector<Tensor> seen;

 private:
  bool masks_;
};

std::shared_ptr<Probe> probe(bool masks = false) {
  const Config config = options({});
  Options reader(config, "probe");
  return std::make_shared<Probe>(reader, masks);
}

SymbolicTensor on(const LayerPtr& layer, std::vector<SymbolicTensor> inputs) {
  return layer->apply(inputs)[0];
}

TEST(Masks, GoThroughLayersThatSupportThem) {
  const auto masking = probe(true);
  const auto end = probe();
  const auto after = probe();
  const SymbolicTensor x = input({3});
  const SymbolicTensor masked = on(masking, {x});
  const SymbolicTensor active = on(layer("Activation", {{"activation", "relu"}}), {masked});
  const SymbolicTensor sum_of_both = on(layer("Add", {}), {active, x});
  const SymbolicTensor y = on(after, {on(end, {sum_of_both})});
  const auto model = Model::create({x}, {y});
  const Tensor values = tensor({2, 3}, {1, 0, 2, 0, 0, 3});
  model->call(std::span(&values, 1), {});
  ASSERT_EQ(end->seen.size(), 1u);
  EXPECT_EQ(values_of(cast(end->seen[0], DType::kFloat32)), (std::vector<float>{1, 0, 1, 0, 0, 1}));
  EXPECT_TRUE(after->seen.empty());  // the one before supports none

  const auto outer_end = probe();
  const SymbolicTensor outer = input({3});
  const auto nested = Model::create({x}, {sum_of_both});
  const auto whole = Model::create({outer}, {on(outer_end, {on(nested, {outer})})});
  whole->call(std::span(&values, 1), {});
  ASSERT_EQ(outer_end->seen.size(), 1u);  // told by the nested model
}

TEST(Masks, OfConcatenatedInputsAreJoined) {
  const auto masking = probe(true);
  const auto end = probe();
  const SymbolicTensor x = input({2});
  const SymbolicTensor y =
      on(end, {on(layer("Concatenate", {{"axis", 1}}), {on(masking, {x}), x})});
  const auto model = Model::create({x}, {y});
  const Tensor values = tensor({2, 2}, {1, 2, 1, 0});
  model->call(std::span(&values, 1), {});
  ASSERT_EQ(end->seen.size(), 1u);
  EXPECT_EQ(values_of(cast(end->seen[0], DType::kFloat32)), (std::vector<float>{1, 0}));
}

OutputGoal squared_error() { return {make_loss("meanSquaredError"), "meanSquaredError", 1, {}}; }

TEST(AddedValues, CountInTheLossAndInTheLogs) {
  for (const bool eager : {false, true}) {
    SCOPED_TRACE(eager);
    const SymbolicTensor x = input({2});
    const auto added = probe();
    const LayerPtr dense = layer("Dense", {{"units", 1}, {"kernelInitializer", "ones"}});
    const auto model = Model::create({x}, {on(dense, {on(added, {x})})});
    dense->add_loss([&] { return mul_constant(sum(read(dense->weights()[0])), 0.5); });
    Trainer trainer(model, make_optimizer("sgd", options({{"learningRate", 0.1}})),
                    {squared_error()}, eager);
    const Tensor batch = tensor({1, 2}, {1, 2});
    const Tensor target = tensor({1, 1}, {3});
    const std::vector<float> tested = [&] {
      const auto values = trainer.test_batch(std::span(&batch, 1), std::span(&target, 1));
      return std::vector<float>(values.begin(), values.end());
    }();
    // No error; the layer adds 3; penalties of weights count in training only.
    EXPECT_EQ(tested, (std::vector<float>{3, 3}));
    EXPECT_EQ(trainer.metric_names(), (std::vector<std::string>{"loss", "total"}));
    const auto trained = trainer.train_batch(std::span(&batch, 1), std::span(&target, 1));
    EXPECT_NEAR(trained[0], 4, 1e-6);  // and 0.5 (1 + 1) of the weights
    EXPECT_NEAR(values_of(dense->weights()[0]->value())[0], 0.95, 1e-6);
  }
}

}  // namespace
}  // namespace heddle

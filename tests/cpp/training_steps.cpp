#include <cmath>

#include "graph/autodiff.h"
#include "layers_testing.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "training/trainer.h"

namespace heddle {
namespace {

using test::apply_one;
using test::input;
using test::layer;
using test::options;
using test::Random;
using test::Tensors;
using test::values_of;

OutputGoal goal(const char* loss, const Shape& output, const std::vector<std::string>& metrics = {},
                float weight = 1) {
  OutputGoal goal;
  goal.loss = make_loss(loss);
  goal.loss_name = canonical_loss_name(loss);
  goal.loss_weight = weight;
  for (const std::string& name : metrics) {
    goal.metrics.push_back(make_metric(name, output, goal.loss_name));
  }
  return goal;
}

std::vector<Tensor> copy_weights(const Model& model) {
  std::vector<Tensor> copies;
  for (const VariablePtr& weight : model.weights()) copies.push_back(weight->value());
  return copies;
}

void expect_same_weights(const Model& a, const Model& b, double tolerance) {
  const std::vector<VariablePtr> left = a.weights();
  const std::vector<VariablePtr> right = b.weights();
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    SCOPED_TRACE(left[i]->name());
    test::expect_near(left[i]->value(), values_of(right[i]->value()), tolerance);
  }
}

/// One step of training, by tape and ops run one by one.
std::vector<float> eager_step(Model& model, Optimizer& optimizer,
                              const std::vector<OutputGoal>& goals, const Tensors& x,
                              const Tensors& y) {
  const Tape tape;
  const std::vector<Tensor> outputs = model.call(x, {true});
  Tensor total;
  std::vector<float> values;
  std::vector<float> metrics;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor loss = mean(goals[i].loss(y[i], outputs[i]));
    const Tensor weighted = mul_constant(loss, goals[i].loss_weight);
    total = total.defined() ? add(total, weighted) : weighted;
    values.push_back(loss.item());
    for (const Metric& metric : goals[i].metrics) {
      metrics.push_back(mean(metric.function(y[i], outputs[i])).item());
    }
  }
  const std::vector<VariablePtr> variables = model.trainable_weights();
  const std::vector<Tensor> gradients = variable_gradients(total, variables);
  std::vector<std::pair<VariablePtr, Tensor>> pairs;
  for (size_t i = 0; i < variables.size(); ++i) pairs.emplace_back(variables[i], gradients[i]);
  optimizer.apply_gradients(pairs);
  if (outputs.size() == 1) values.clear();
  values.insert(values.begin(), total.item());
  values.insert(values.end(), metrics.begin(), metrics.end());
  return values;
}

ModelPtr shared_model() {
  const LayerPtr shared = layer("Dense", {{"units", 16}, {"activation", "relu"}});
  const SymbolicTensor a = input({8});
  const SymbolicTensor b = input({8});
  return Model::create({a, b}, {apply_one(shared, {a}), apply_one(shared, {b})});
}

ModelPtr classifier(const char* activation) {
  const SymbolicTensor x = input({8, 8, 2});
  const SymbolicTensor conv =
      apply_one(layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}, {"activation", "relu"}}), {x});
  const SymbolicTensor pool = apply_one(layer("MaxPooling2D"), {conv});
  const SymbolicTensor flat = apply_one(layer("Flatten"), {pool});
  const SymbolicTensor y =
      apply_one(layer("Dense", {{"units", 5}, {"activation", activation}}), {flat});
  return Model::create({x}, {y});
}

/// Twenty steps of two models of the same weights, one compiled and one by tape.
void expect_same_training(const std::function<ModelPtr()>& build, const char* optimizer,
                          const std::vector<OutputGoal>& goals, const std::vector<Tensors>& x,
                          const std::vector<Tensors>& y) {
  const ModelPtr compiled = build();
  const ModelPtr eager = build();
  eager->set_weights(copy_weights(*compiled));
  const OptimizerPtr eager_optimizer = make_optimizer(optimizer, Config());
  Trainer trainer(compiled, make_optimizer(optimizer, Config()), goals);
  for (int step = 0; step < 20; ++step) {
    const size_t batch = static_cast<size_t>(step) % x.size();
    const std::vector<float> expected =
        eager_step(*eager, *eager_optimizer, goals, x[batch], y[batch]);
    const std::span<const float> got = trainer.train_batch(x[batch], y[batch]);
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-4 * std::max(1.0f, std::abs(expected[i])))
          << trainer.metric_names()[i] << " in step " << step;
    }
  }
  EXPECT_EQ(trainer.optimizer()->iterations(), 20);
  expect_same_weights(*compiled, *eager, 1e-4);
}

Tensor one_hot_batch(int rows, int classes, int shift) {
  Tensor y = Tensor::full({rows, classes}, 0);
  for (int row = 0; row < rows; ++row) y.data()[row * classes + (row * 7 + shift) % classes] = 1;
  return y;
}

TEST(TrainingSteps, CompiledAndByTapeAgreeOnASharedLayer) {
  Random random;
  std::vector<Tensors> x;
  std::vector<Tensors> y;
  for (int batch = 0; batch < 3; ++batch) {
    const int rows = batch == 2 ? 5 : 12;  // the last batch is smaller
    x.push_back({random.uniform({rows, 8}), random.uniform({rows, 8})});
    y.push_back({random.uniform({rows, 16}), random.uniform({rows, 16})});
  }
  const std::vector<OutputGoal> goals = {goal("mse", {kUnknown, 16}, {"mae"}),
                                         goal("mse", {kUnknown, 16}, {"mae"}, 0.25f)};
  for (const char* optimizer : {"sgd", "momentum", "adam"}) {
    SCOPED_TRACE(optimizer);
    expect_same_training(shared_model, optimizer, goals, x, y);
  }
}

TEST(TrainingSteps, CompiledAndByTapeAgreeOnAConvolution) {
  Random random;
  std::vector<Tensors> x;
  std::vector<Tensors> y;
  for (int batch = 0; batch < 2; ++batch) {
    x.push_back({random.uniform({6, 8, 8, 2})});
    y.push_back({one_hot_batch(6, 5, batch)});
  }
  const Shape output = {kUnknown, 5};
  expect_same_training([] { return classifier("softmax"); }, "adam",
                       {goal("categoricalCrossentropy", output, {"accuracy", "ce"})}, x, y);
  expect_same_training([] { return classifier("sigmoid"); }, "adam",
                       {goal("binaryCrossentropy", output, {"accuracy"})}, x, y);
  for (Tensors& batch : y) batch[0] = cast(arg_max(batch[0], -1), DType::kFloat32);
  for (Tensors& batch : y) batch[0] = reshape(batch[0], {6, 1});
  expect_same_training([] { return classifier("softmax"); }, "momentum",
                       {goal("sparseCategoricalCrossentropy", output, {"accuracy"})}, x, y);
}

TEST(TrainingSteps, OneLayerServesTwoInputs) {
  // A loss on the first output alone moves what the second returns, and the loss falls.
  const LayerPtr shared = layer("Dense", {{"units", 16}, {"activation", "relu"}});
  const SymbolicTensor a = input({8});
  const SymbolicTensor b = input({8});
  const ModelPtr both = Model::create({a, b}, {apply_one(shared, {a}), apply_one(shared, {b})});
  EXPECT_EQ(both->count_params(), 144);
  const ModelPtr first = Model::create({a}, {shared->output_at(0)});
  Trainer trainer(first, make_optimizer("adam", options({{"learningRate", 0.02}})),
                  {goal("meanSquaredError", {kUnknown, 16})});

  Random random;
  const Tensor x = random.uniform({32, 8});
  const Tensor y = random.uniform({32, 16}, 0, 1);
  ProgramCache cache;
  const Tensors same = {x, x};
  const std::vector<Tensor> before = predict_batch(*both, cache, same);
  EXPECT_EQ(values_of(before[0]), values_of(before[1]));
  float start = 0;
  float end = 0;
  for (int step = 0; step < 300; ++step) {
    end = trainer.train_batch(std::span(&x, 1), std::span(&y, 1))[0];
    if (step == 0) start = end;
  }
  EXPECT_LT(end, 0.5f * start);
  const std::vector<Tensor> after = predict_batch(*both, cache, same);
  EXPECT_EQ(values_of(after[0]), values_of(after[1]));
  EXPECT_NE(values_of(after[1]), values_of(before[1]));
}

/// A frozen base has no way back: no step for its gradients, nor for those of what it was given.
TEST(TrainingSteps, FrozenLayersHaveNoBackward) {
  const auto conv = [] {
    return layer("Conv2D", {{"filters", 4}, {"kernelSize", 3}, {"activation", "relu"}});
  };
  const std::vector<LayerPtr> layers{conv(), conv(), conv(), layer("Flatten"),
                                     layer("Dense", {{"units", 3}})};
  SymbolicTensor y = input({10, 9, 2});
  const SymbolicTensor x = y;
  for (const LayerPtr& each : layers) y = apply_one(each, {y});
  const ModelPtr model = Model::create({x}, {y});
  const auto count_steps = [&](const char* name) {
    Trace trace;
    const Tensor batch = trace.input({{2, 10, 9, 2}});
    const Tensor loss = mean(square(model->call(std::span(&batch, 1), {.training = true})[0]));
    const Program program(trace.finish(variable_gradients(loss, model->trainable_weights())));
    const std::string steps = program.describe();
    int count = 0;
    for (size_t at = 0; (at = steps.find(name, at)) != std::string::npos; ++at) ++count;
    return count;
  };
  EXPECT_EQ(count_steps("conv2dBackwardFilter"), 3);
  EXPECT_EQ(count_steps("conv2dBackwardInput"), 2);
  layers[0]->set_trainable(false);
  layers[1]->set_trainable(false);
  EXPECT_EQ(count_steps("conv2dBackwardFilter"), 1);
  EXPECT_EQ(count_steps("conv2dBackwardInput"), 0);
}

TEST(TrainingSteps, FrozenLayersStayBitIdentical) {
  const SymbolicTensor x = input({4});
  const LayerPtr base = layer("Dense", {{"units", 6}, {"activation", "tanh"}});
  const LayerPtr head = layer("Dense", {{"units", 2}});
  const ModelPtr model = Model::create({x}, {apply_one(head, {apply_one(base, {x})})});
  base->set_trainable(false);
  Trainer trainer(model, make_optimizer("adam", Config()), {goal("mse", {kUnknown, 2})});
  const std::vector<float> frozen = values_of(base->weights()[0]->value());
  const std::vector<float> moving = values_of(head->weights()[0]->value());
  Random random;
  const Tensor data = random.uniform({8, 4});
  const Tensor targets = random.uniform({8, 2});
  for (int step = 0; step < 5; ++step) {
    trainer.train_batch(std::span(&data, 1), std::span(&targets, 1));
  }
  EXPECT_EQ(values_of(base->weights()[0]->value()), frozen);
  EXPECT_EQ(base->weights()[0]->version(), 0u);
  EXPECT_NE(values_of(head->weights()[0]->value()), moving);
  EXPECT_FALSE(trainer.stale());
  base->set_trainable(true);
  EXPECT_TRUE(trainer.stale());
}

TEST(TrainingSteps, DropoutTrainsAndStaysOutOfTests) {
  const SymbolicTensor x = input({4});
  const SymbolicTensor y = apply_one(layer("Dense", {{"units", 1}, {"kernelInitializer", "ones"}}),
                                     {apply_one(layer("Dropout", {{"rate", 0.5}}), {x})});
  const ModelPtr model = Model::create({x}, {y});
  Trainer trainer(model, make_optimizer("sgd", options({{"learningRate", 0}})),
                  {goal("mse", {kUnknown, 1})});
  const Tensor data = Random().uniform({64, 4}, 1, 2);
  const Tensor sums = sum(data, {1}, true);
  const auto test = [&] { return trainer.test_batch(std::span(&data, 1), std::span(&sums, 1))[0]; };
  const auto train = [&] {
    return trainer.train_batch(std::span(&data, 1), std::span(&sums, 1))[0];
  };
  EXPECT_NEAR(test(), 0, 1e-9);
  const float first = train();
  EXPECT_GT(first, 1);        // each of four terms x is 0 or 2x: the mean squared error is 4 E(x^2)
  EXPECT_NE(first, train());  // new masks in each step
  EXPECT_NEAR(test(), 0, 1e-9);
}

TEST(TrainingSteps, AllocateNothingAfterTheFirst) {
  const ModelPtr model = classifier("softmax");
  Trainer trainer(model, make_optimizer("adam", Config()),
                  {goal("categoricalCrossentropy", {kUnknown, 5}, {"accuracy"})});
  const Tensor x = Random().uniform({6, 8, 8, 2});
  const Tensor y = one_hot_batch(6, 5, 0);
  trainer.train_batch(std::span(&x, 1), std::span(&y, 1));
  const size_t bytes = Buffer::live_bytes();
  const size_t count = Buffer::live_count();
  for (int step = 0; step < 10; ++step) {
    trainer.train_batch(std::span(&x, 1), std::span(&y, 1));
  }
  EXPECT_EQ(Buffer::live_bytes(), bytes);
  EXPECT_EQ(Buffer::live_count(), count);
}

}  // namespace
}  // namespace heddle

#include "layers/input_layer.h"
#include "layers/registry.h"
#include "models/model.h"
#include "training/trainer.h"
#include "values.h"
#include "workloads.h"

namespace heddle::micro {
namespace {

constexpr int kClasses = 10;

/// Layers one after another.
ModelPtr stack(const Shape& input, const std::vector<LayerPtr>& layers) {
  SymbolicTensor value = make_input(Config::Object{{"shape", Config(input)}});
  const std::vector<SymbolicTensor> inputs = {value};
  for (const LayerPtr& layer : layers) {
    const std::vector<SymbolicTensor> one = {value};
    value = layer->apply(std::span(one))[0];
  }
  return Model::create(inputs, {value});
}

LayerPtr dense(int units, const char* activation) {
  return make_layer("Dense", Config::Object{{"units", units}, {"activation", activation}});
}

LayerPtr convolution(int filters) {
  return make_layer(
      "Conv2D", Config::Object{{"filters", filters}, {"kernelSize", 3}, {"activation", "relu"}});
}

LayerPtr plain(const char* name) { return make_layer(name, Config::Object{}); }

ModelPtr mlp() { return stack({784}, {dense(128, "relu"), dense(kClasses, "softmax")}); }

ModelPtr cnn() {
  return stack({28, 28, 1},
               {convolution(32), plain("MaxPooling2D"), convolution(64), plain("MaxPooling2D"),
                plain("Flatten"), dense(128, "relu"), dense(kClasses, "softmax")});
}

Tensor random_batch(const Shape& shape) {
  const Values values = random_values(static_cast<size_t>(shape.size()), -0.5f, 0.5f);
  return Tensor::from(shape, std::span<const float>(*values));
}

void add_steps(std::vector<Workload>& list, const std::string& name, const ModelPtr& model,
               const Shape& input, int batch) {
  OutputGoal goal;
  goal.loss = make_loss("categoricalCrossentropy");
  goal.loss_name = canonical_loss_name("categoricalCrossentropy");
  const OptimizerPtr adam = make_optimizer("adam", Config::Object{{"learningRate", 1e-5}});
  const auto trainer = std::make_shared<Trainer>(model, adam, std::vector{goal});
  const std::vector<Tensor> x = {random_batch(input)};
  Tensor labels = Tensor::full({batch, kClasses}, 0);
  for (int row = 0; row < batch; ++row) labels.data()[row * kClasses + row % kClasses] = 1;
  const std::vector<Tensor> y = {labels};
  const std::string size = name + ", batch " + std::to_string(batch);
  list.push_back({"training step, " + size, 1.0, "steps", [=] { trainer->train_batch(x, y); }});
  list.push_back({"prediction, " + size, 1.0, "steps", [=] { trainer->predict_batch(x); }});
}

}  // namespace

std::vector<Workload> step_workloads() {
  std::vector<Workload> list;
  add_steps(list, "MLP", mlp(), {32, 784}, 32);
  add_steps(list, "MLP", mlp(), {1, 784}, 1);
  add_steps(list, "CNN", cnn(), {4, 28, 28, 1}, 4);
  return list;
}

}  // namespace heddle::micro

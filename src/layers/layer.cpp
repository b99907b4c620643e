#include "layers/layer.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "layers/call_paths.h"
#include "ops/context.h"

namespace heddle {
namespace {

/// "Conv2D" -> "conv2d", "MaxPooling2D" -> "max_pooling2d": TensorFlow.js's rule.
std::string snake_case(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    const bool after_lower = i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    const bool before_lower = i > 0 && i + 1 < name.size() &&
                              std::isupper(static_cast<unsigned char>(name[i - 1])) != 0 &&
                              std::islower(static_cast<unsigned char>(name[i + 1])) != 0;
    if (upper && (after_lower || before_lower)) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return out;
}

template <typename T>
void push_unique(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

std::string unique_layer_name(const std::string& class_name) {
  static std::map<std::string, int> counts;
  if (class_name == "InputLayer") return text("input{}", ++counts[class_name]);
  return text("{}_{}{}", snake_case(class_name), class_name, ++counts[class_name]);
}

std::string SymbolicTensor::name() const {
  std::string name = layer->name() + "/" + layer->name();
  return source->index == 0 ? name : text("{}_{}", name, source->index);
}

int SymbolicTensor::call_index() const { return source->index; }

bool SymbolicTensor::is(const SymbolicTensor& other) const {
  return source == other.source && output_index == other.output_index;
}

Layer::Layer(Options& options, const char* class_name)
    : name_(options.text("name", "")), trainable_(options.flag("trainable", true)) {
  if (name_.empty()) name_ = unique_layer_name(class_name);
  batch_input_shape_ = options.shape("batchInputShape");
  if (const std::optional<Shape> shape = options.shape("inputShape")) {
    const int batch = options.integer("batchSize", 1, kUnknown);
    Shape with_batch{batch};
    for (int dim : *shape) with_batch.push_back(dim);
    batch_input_shape_ = with_batch;
  } else {
    options.any("batchSize");
  }
  input_dtype_ = dtype_from_name(options.text("dtype", "float32"));
}

Config Layer::config() const {
  Config config;
  config.set("name", name_);
  config.set("trainable", trainable_);
  if (batch_input_shape_) {
    config.set("batchInputShape", Config(*batch_input_shape_));
    config.set("dtype", std::string(heddle::name_of(input_dtype_)));
  }
  return config;
}

void Layer::build(std::span<const Shape> /*inputs*/) {}

std::vector<Tensor> Layer::output_masks(std::span<const Tensor> /*inputs*/,
                                        const CallOptions& options) {
  if (options.masks.empty()) return {};
  return {options.masks[0]};
}

std::vector<Shape> Layer::call_output_shapes(int /*index*/, std::span<const Shape> inputs) const {
  return output_shapes(inputs);
}

std::vector<DType> Layer::output_dtypes(std::span<const DType> inputs) const {
  return {inputs.empty() ? input_dtype_ : inputs[0]};
}

void Layer::check_inputs(std::span<const Shape> inputs) const {
  for (const Shape& shape : inputs) {
    if (input_spec.rank >= 0 && shape.rank() != input_spec.rank) {
      fail<ValueError>("Layer '{}' needs an input of rank {}, got shape {} of rank {}", name_,
                       input_spec.rank, shape, shape.rank());
    }
    if (shape.rank() < input_spec.min_rank) {
      fail<ValueError>("Layer '{}' needs an input of rank {} or more, got shape {} of rank {}",
                       name_, input_spec.min_rank, shape, shape.rank());
    }
    for (const auto& [axis, size] : input_spec.axes) {
      const int got = shape[axis];
      if (got == size || got == kUnknown) continue;
      fail<ValueError>(
          "Input is incompatible with layer '{}': its weights were built for inputs of size {} "
          "along axis {}, got size {} (shape {}). A layer has one set of weights, of one shape: "
          "use a second layer for inputs of size {}",
          name_, size, axis, got, shape, got);
    }
  }
}

void Layer::ensure_built(std::span<const Shape> inputs) {
  if (built_) return;
  const Scoped<TraceState*> no_trace(context().trace, nullptr);
  const Scoped<int> no_tapes(context().tapes, 0);
  before_build_ = {own_weights_.size(), own_trainable_.size(), losses_.size()};
  try {
    build(inputs);
  } catch (...) {
    undo_build();
    throw;
  }
  built_ = true;
}

void Layer::undo_build() {
  own_weights_.resize(before_build_[0]);
  own_trainable_.resize(before_build_[1]);
  losses_.resize(before_build_[2]);
  built_ = false;
}

std::vector<SymbolicTensor> Layer::apply(std::span<const SymbolicTensor> inputs, Config arguments) {
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  for (const SymbolicTensor& input : inputs) {
    shapes.push_back(input.shape);
    dtypes.push_back(input.dtype);
  }
  // All that can fail comes before anything changes.
  check_inputs(shapes);
  auto call = std::make_shared<Call>();
  call->inputs.assign(inputs.begin(), inputs.end());
  call->arguments = std::move(arguments);
  call->output_shapes = call_output_shapes(-1, shapes);
  call->output_dtypes = output_dtypes(dtypes);
  ensure_built(shapes);
  call->index = num_calls();
  calls_.push_back(call);
  if (inputs.empty()) source_ = call;
  std::vector<SymbolicTensor> outputs;
  for (size_t i = 0; i < call->output_shapes.size(); ++i) {
    outputs.push_back(output_at(call->index, static_cast<int>(i)));
  }
  return outputs;
}

std::vector<Tensor> Layer::apply(std::span<const Tensor> inputs, const CallOptions& options) {
  std::vector<Shape> shapes;
  for (const Tensor& input : inputs) shapes.push_back(input.shape());
  check_inputs(shapes);
  output_shapes(shapes);
  ensure_built(shapes);
  return call(inputs, options);
}

std::vector<Tensor> Layer::run_call(const Call& record, std::span<const Tensor> inputs,
                                    CallOptions options) {
  options.call_index = record.index;
  // A call that was told whether it is training stays so.
  if (const Config* training = record.arguments.find("training")) {
    if (const bool* flag = training->as_bool()) options.training = *flag;
  }
  int& reader = context().reader;
  CallPaths* paths = CallPaths::current();
  const Scoped<int> scope(
      reader, paths == nullptr ? 0 : paths->enter(reader, shared_from_this(), record.index));
  std::vector<Tensor> outputs = call(inputs, options);
  // A layer of several others has told its masks while it was called.
  if (options.output_masks != nullptr && supports_masking()) {
    *options.output_masks = output_masks(inputs, options);
  }
  return outputs;
}

CallPtr Layer::call_at(int index) const {
  if (index < 0 || index >= num_calls()) {
    fail<ValueError>("Layer '{}' has {} calls, numbered from 0; there is no call {}", name_,
                     num_calls(), index);
  }
  return calls_[index].lock();
}

SymbolicTensor Layer::output_at(int call_index, int output_index) {
  CallPtr call = call_at(call_index);
  if (call == nullptr) {
    fail<ValueError>("Call {} of layer '{}' is gone: nobody has kept what it made", call_index,
                     name_);
  }
  if (output_index < 0 || output_index >= static_cast<int>(call->output_shapes.size())) {
    fail<ValueError>("Layer '{}' has {} outputs, numbered from 0; there is no output {}", name_,
                     call->output_shapes.size(), output_index);
  }
  const Shape shape = call->output_shapes[output_index];
  const DType dtype = call->output_dtypes[output_index];
  return {shared_from_this(), std::move(call), output_index, shape, dtype};
}

std::vector<LayerPtr> Layer::users() const {
  std::vector<LayerPtr> users;
  for (const std::weak_ptr<Layer>& weak : users_) {
    const LayerPtr user = weak.lock();
    if (user == nullptr) continue;
    push_unique(users, user);
    for (const LayerPtr& outer : user->users()) push_unique(users, outer);
  }
  return users;
}

void Layer::add_user(const LayerPtr& model) {
  std::erase_if(users_, [&](const auto& user) {
    const auto alive = user.lock();
    return alive == nullptr || alive == model;
  });
  users_.push_back(model);
}

VariablePtr Layer::add_weight(const char* name, const Shape& shape, const Initializer& initializer,
                              bool trainable) {
  adopt_weight(std::make_shared<Variable>(initializer.make(shape), name_ + "/" + name,
                                          trainable && trainable_),
               trainable);
  return own_weights_.back();
}

void Layer::adopt_weight(const VariablePtr& weight, bool trainable) {
  push_unique(own_weights_, weight);
  if (trainable) push_unique(own_trainable_, weight);
}

void Layer::collect(std::vector<VariablePtr>& trainable, std::vector<VariablePtr>& frozen,
                    bool above_trainable, Visited& above) const {
  if (!above.insert(this).second) return;  // a layer that knows the one it is part of
  const bool mine = above_trainable && trainable_;
  for (const VariablePtr& weight : own_weights_) {
    push_unique(mine && weight->trainable ? trainable : frozen, weight);
  }
  for (const LayerPtr& layer : sublayers()) layer->collect(trainable, frozen, mine, above);
  above.erase(this);
}

void Layer::collect_losses(std::vector<Tensor>& values, Visited& seen) const {
  if (!seen.insert(this).second) return;
  for (const auto& loss : losses_) values.push_back(loss());
  for (const LayerPtr& layer : sublayers()) layer->collect_losses(values, seen);
}

std::vector<Tensor> Layer::losses() const {
  std::vector<Tensor> values;
  Visited seen;
  collect_losses(values, seen);
  return values;
}

std::vector<VariablePtr> Layer::trainable_weights() const {
  std::vector<VariablePtr> trainable;
  std::vector<VariablePtr> frozen;
  Visited above;
  collect(trainable, frozen, true, above);
  return trainable;
}

std::vector<VariablePtr> Layer::non_trainable_weights() const {
  std::vector<VariablePtr> trainable;
  std::vector<VariablePtr> frozen;
  Visited above;
  collect(trainable, frozen, true, above);
  return frozen;
}

std::vector<VariablePtr> Layer::weights() const {
  std::vector<VariablePtr> all;
  std::vector<VariablePtr> frozen;
  Visited above;
  collect(all, frozen, true, above);
  for (const VariablePtr& weight : frozen) push_unique(all, weight);
  return all;
}

void Layer::set_weights(std::span<const Tensor> values) {
  const std::vector<VariablePtr> variables = weights();
  if (values.size() != variables.size()) {
    fail<ValueError>(
        "You called setWeights(weights) on layer '{}' with a weight list of length {}, but the "
        "layer was expecting {} weights{}",
        name_, values.size(), variables.size(),
        built_ ? "" : " (it has not been built yet: call it on an input first)");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].shape() != variables[i]->shape()) {
      fail<ValueError>("[setWeights] weight '{}' has shape {}, the value for it has shape {}",
                       variables[i]->name(), variables[i]->shape(), values[i].shape());
    }
    variables[i]->check_fits(values[i].spec());
  }
  for (size_t i = 0; i < values.size(); ++i) variables[i]->assign(values[i]);
}

int64_t Layer::count_params() const {
  int64_t count = 0;
  for (const VariablePtr& weight : weights()) count += weight->shape().size();
  return count;
}

void Layer::set_trainable(bool trainable) {
  trainable_ = trainable;
  // Training loops outside a model look at the Variables themselves.
  for (const VariablePtr& weight : own_trainable_) weight->trainable = trainable;
  for (const LayerPtr& layer : sublayers()) layer->set_trainable(trainable);
}

}  // namespace heddle

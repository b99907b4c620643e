#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "layers/config.h"
#include "layers/initializers.h"
#include "tensor/tensor.h"
#include "tensor/variable.h"

namespace heddle {

class Layer;
class Model;
struct Call;
using LayerPtr = std::shared_ptr<Layer>;
using CallPtr = std::shared_ptr<const Call>;

/// A value of the layer graph: what a layer will return once there is data. Its batch size is
/// unknown. A handle that keeps alive the layer and the Call that make it.
struct SymbolicTensor {
  LayerPtr layer;
  CallPtr source;
  /// Which output of the Call this is.
  int output_index = 0;
  Shape shape;  // [batch, ...] with kUnknown where not known
  DType dtype = DType::kFloat32;

  /// "dense_Dense1/dense_Dense1": of the layer, with "_1", "_2" ... from its second call on.
  std::string name() const;
  const Call& call() const { return *source; }
  /// Which Call of the layer makes it.
  int call_index() const;
  bool is(const SymbolicTensor& other) const;
};

/// The record of one use of a layer in the layer graph. (Keras: inbound node.) It holds what flows
/// in and is held by what it makes, so that a graph lives as long as somebody holds its end; its
/// layer only knows of it. So no graph holds itself, whatever is called on what.
struct Call {
  int index = 0;
  std::vector<SymbolicTensor> inputs;
  /// What the layer was told besides the inputs, for configurations: an object, or null.
  Config arguments;
  std::vector<Shape> output_shapes;
  std::vector<DType> output_dtypes;
};

/// How a layer is called with values.
struct CallOptions {
  bool training = false;
  /// A mask for each input: bool [batch, time], true where a step counts; undefined where the input
  /// has none. Empty when no input has one.
  std::span<const Tensor> masks = {};
  /// Where to put a mask for each output, or null if nobody asks.
  std::vector<Tensor>* output_masks = nullptr;
  /// Which Call of the layer graph this is, or -1 for a use outside it.
  int call_index = -1;
};

/// What a built layer accepts.
struct InputSpec {
  int rank = -1;                          // exactly, or any
  int min_rank = -1;                      // at least, or any
  std::vector<std::pair<int, int>> axes;  // (axis, the size it must have)
};

/// A layer owns Variables and can be called any number of times; all calls read the same Variables.
///
/// To write one: derive, read the options in the constructor, make the Variables in `build`, write
/// the computation in ops in `call`, and register the class (registry.h).
class Layer : public std::enable_shared_from_this<Layer> {
 public:
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const std::string& name() const { return name_; }
  /// "Dense": the name that configurations and files use.
  virtual std::string class_name() const = 0;
  /// All options, such that a layer made of them is configured alike (but has its own weights).
  virtual Config config() const;

  // What a layer defines.

  /// Makes the Variables for inputs of these shapes. Called once, before the first call.
  virtual void build(std::span<const Shape> inputs);
  /// The outputs' shapes, for inputs whose batch size is unknown. Throws ValueError for shapes that
  /// do not fit.
  virtual std::vector<Shape> output_shapes(std::span<const Shape> inputs) const = 0;
  virtual std::vector<DType> output_dtypes(std::span<const DType> inputs) const;
  /// The computation, in ops: with values it runs at once, with traced tensors it is traced.
  virtual std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) = 0;
  /// The outputs' masks, for layers with `supports_masking`. If not defined otherwise, the first
  /// input's.
  virtual std::vector<Tensor> output_masks(std::span<const Tensor> inputs,
                                           const CallOptions& options);
  /// The outputs' shapes of Call number `index` (-1: of one that is being recorded), for layers
  /// whose shapes depend on how they were called.
  virtual std::vector<Shape> call_output_shapes(int index, std::span<const Shape> inputs) const;

  /// This layer if it is a model, or null.
  virtual Model* as_model() { return nullptr; }

  // Using it.

  /// Uses the layer in the layer graph: builds it if this is the first use, records a Call.
  /// `arguments` are kept with the Call.
  std::vector<SymbolicTensor> apply(std::span<const SymbolicTensor> inputs, Config arguments = {});
  /// Uses the layer on values.
  std::vector<Tensor> apply(std::span<const Tensor> inputs, const CallOptions& options);
  /// Runs a Call of this layer on values, or on traced tensors: the reads of Variables inside are
  /// marked as that Call's. Tells the outputs' masks if `options` asks for them.
  std::vector<Tensor> run_call(const Call& call, std::span<const Tensor> inputs,
                               CallOptions options);

  /// Throws ValueError when the shapes do not fit what the layer accepts (InputSpec).
  virtual void check_inputs(std::span<const Shape> inputs) const;

  /// How often it was used in the layer graph.
  int num_calls() const { return static_cast<int>(calls_.size()); }
  /// A Call by its number; null when nobody holds it any more.
  CallPtr call_at(int index) const;
  /// The output of a Call as a symbolic tensor.
  SymbolicTensor output_at(int call_index, int output_index = 0);
  /// The models that contain this layer and are still alive.
  std::vector<LayerPtr> users() const;
  void add_user(const LayerPtr& model);
  bool built() const { return built_; }
  void set_built(bool built) { built_ = built; }
  /// Makes the Variables if there are none yet, for inputs of these shapes. In the middle of a
  /// trace too they are made at once.
  void ensure_built(std::span<const Shape> inputs);
  /// Takes back what `build` has made, for a first call that fails after it.
  void undo_build();
  /// Whether masks pass through, or are changed by the layer; else they end at it.
  virtual bool supports_masking() const { return supports_masking_; }

  // Losses of its own.

  /// Adds a function to what training makes small: a scalar, computed anew in each step. (A
  /// regularizer of a weight is such a function.)
  void add_loss(std::function<Tensor()> loss) { losses_.push_back(std::move(loss)); }
  /// The values of all of them now, sublayers included.
  std::vector<Tensor> losses() const;

  // Weights.

  /// Layers inside this one (a model's, a wrapper's); those it has as attributes.
  virtual std::vector<LayerPtr> sublayers() const { return {}; }
  /// Those that training may change now, in order; then those that it may not. Sublayers included,
  /// each Variable once.
  std::vector<VariablePtr> trainable_weights() const;
  std::vector<VariablePtr> non_trainable_weights() const;
  /// trainable_weights() followed by non_trainable_weights().
  std::vector<VariablePtr> weights() const;
  /// Copies values in. Throws ValueError, with nothing changed, when number or shapes differ.
  void set_weights(std::span<const Tensor> values);
  int64_t count_params() const;
  /// Takes a Variable in as a weight of this layer.
  void adopt_weight(const VariablePtr& weight, bool trainable);

  bool trainable() const { return trainable_; }
  /// Also of all layers inside.
  virtual void set_trainable(bool trainable);

  /// The shape that the options `inputShape`, `batchInputShape` and `batchSize` gave, if any; the
  /// batch included.
  const std::optional<Shape>& batch_input_shape() const { return batch_input_shape_; }
  DType input_dtype() const { return input_dtype_; }

 protected:
  /// Reads the options that all layers have: name, trainable, inputShape, batchInputShape,
  /// batchSize, dtype. `class_name` makes the default name.
  Layer(Options& options, const char* class_name);

  /// Makes a Variable of this layer, named "<layer>/<name>".
  VariablePtr add_weight(const char* name, const Shape& shape, const Initializer& initializer,
                         bool trainable = true);
  InputSpec input_spec;
  bool supports_masking_ = false;

 private:
  using Visited = std::set<const Layer*>;
  void collect(std::vector<VariablePtr>& trainable, std::vector<VariablePtr>& frozen,
               bool above_trainable, Visited& above) const;
  void collect_losses(std::vector<Tensor>& values, Visited& seen) const;

  std::string name_;
  bool trainable_ = true;
  bool built_ = false;
  std::optional<Shape> batch_input_shape_;
  DType input_dtype_ = DType::kFloat32;
  std::vector<VariablePtr> own_weights_;
  /// Those of them that training may change while the layer is trainable.
  std::vector<VariablePtr> own_trainable_;
  /// How many of each, and of the losses, there were before `build`.
  std::array<size_t, 3> before_build_{};
  std::vector<std::function<Tensor()>> losses_;
  std::vector<std::weak_ptr<const Call>> calls_;
  /// The Call without inputs, of a layer where data enters.
  CallPtr source_;
  std::vector<std::weak_ptr<Layer>> users_;
};

/// A name that no layer has had: "dense_Dense1", "dense_Dense2", ... for "Dense". Input layers
/// are "input1", "input2", ...
std::string unique_layer_name(const std::string& class_name);

}  // namespace heddle

#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/gemm.h"
#include "ops/context.h"
#include "tensor/error.h"
#include "tensor/tensor.h"

/// An op is one small unit: a shape rule, a kernel and a gradient rule. To add one, write a class
/// derived from Op and a free function that checks its arguments and calls `apply`, in one file.

namespace heddle {

/// The memory of one input or output of a running op.
struct View {
  void* data = nullptr;
  const TensorSpec* spec = nullptr;

  const Shape& shape() const { return spec->shape; }
  DType dtype() const { return spec->dtype; }
  int64_t size() const { return spec->shape.size(); }
  float* f32() const { return static_cast<float*>(data); }
  int32_t* i32() const { return static_cast<int32_t*>(data); }
  uint8_t* u8() const { return static_cast<uint8_t*>(data); }
};

/// What a kernel may know of the run that it is part of.
struct RunContext {
  /// Seed of the engine, and a number that differs in every run of a Program (0 when eager).
  uint64_t seed = 0;
  uint64_t run = 0;
};

/// What a gradient rule is asked: the node whose gradient is wanted, and the gradients of its
/// outputs.
struct GradientRequest {
  Node& node;
  std::span<const Tensor> grads;

  const Tensor& input(int i) const { return node.inputs[i]; }
  Tensor output(int i = 0) const { return node.output(i); }
  /// The gradient of an output; undefined when nothing depends on that output.
  const Tensor& grad(int i = 0) const { return grads[i]; }
  /// False when nobody needs the gradient of this input, so that the rule can leave it undefined.
  bool wants(int i) const { return wanted[i]; }

  const std::vector<uint8_t>& wanted;
};

class Elementwise;
struct PadWidths;
struct PreparedOp;

/// A stateless operation. Instances hold the attributes (axes, strides, ...) and never change.
class Op {
 public:
  virtual ~Op() = default;
  virtual const char* name() const = 0;

  /// Shape rule: the outputs' shapes and dtypes. Throws ValueError for inputs that do not fit.
  virtual std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const = 0;

  /// Kernel call: fills the outputs. Allocates nothing.
  virtual void run(const RunContext& run, std::span<const View> inputs,
                   std::span<const View> outputs) const = 0;

  /// Gradient rule: for each input its gradient, in terms of other ops, so that it works at once,
  /// while tracing, and for gradients of gradients. Undefined where there is none.
  virtual std::vector<Tensor> gradient(const GradientRequest& request) const;

  /// What tells the op from others of its name: its attributes, as bytes. Deterministic ops with
  /// equal names and keys do the same. One with the key "" is like no other.
  virtual std::string key() const { return {}; }
  /// Whether the outputs follow from the inputs alone, so that equal inputs give equal outputs.
  virtual bool deterministic() const { return true; }

  // What the memory plan may do.

  /// The input whose memory output 0 simply is (reshape), or -1.
  virtual int alias() const { return -1; }
  /// Whether an output may be written over an input of the same size that nobody needs any more.
  virtual bool in_place(int /*input*/, int /*output*/) const { return false; }

  // What the fusion may do: the same op with one thing more done on the way out, or null.

  /// ... with a bias, one for each column of the product, as a last input.
  virtual std::shared_ptr<const Op> absorb_bias() const { return nullptr; }
  /// ... with an activation.
  virtual std::shared_ptr<const Op> absorb_activation(kernels::Activation /*activation*/) const {
    return nullptr;
  }
  /// ... added to a tensor of the output's shape, as a last input, that output 0 may overwrite.
  virtual std::shared_ptr<const Op> absorb_sum() const { return nullptr; }

  /// The same in two steps where that pays for weights that stay, or nothing.
  virtual PreparedOp prepared(std::span<const TensorSpec> inputs) const;

  // What it is.

  /// Whether output 0 is linear in input 1 and its last axis is input 1's: then scaling the columns
  /// of input 1 scales those of the output.
  virtual bool linear_in_columns() const { return false; }

  /// The axes that output 0 is the sum over, a bit for each; 0 if it is no such sum.
  virtual uint32_t summed_axes() const { return 0; }

  /// The Variable that this op reads, or null.
  virtual const VariablePtr* variable() const { return nullptr; }
  /// The zeros that this op puts around its input, or null.
  virtual const PadWidths* zero_padding() const { return nullptr; }
  /// This op if it is elementwise work, or null.
  virtual const Elementwise* as_elementwise() const { return nullptr; }
};

using OpPtr = std::shared_ptr<const Op>;

/// An op in two: what is done with input 1 alone, and the op with the result of that in its place.
/// Both are null where it would not pay.
struct PreparedOp {
  OpPtr prepare;
  OpPtr op;
};

/// The bytes of attributes, for Op::key(); never "".
template <typename... Attributes>
std::string key_of(const Attributes&... attributes) {
  static_assert((std::has_unique_object_representations_v<Attributes> && ...));
  std::string key(1, '.');
  (key.append(reinterpret_cast<const char*>(&attributes), sizeof(attributes)), ...);
  return key;
}

/// Applies an op. With values, it runs at once (and is remembered under a tape); with traced
/// tensors it becomes a node of the trace. Returns all outputs.
std::vector<Tensor> apply_all(OpPtr op, std::vector<Tensor> inputs);

/// Applies an op of one output.
Tensor apply(OpPtr op, std::vector<Tensor> inputs);

/// A tensor in a list of inputs, `{x, kernel}`: such a list copies nothing.
struct TensorRef {
  // NOLINTNEXTLINE(google-explicit-constructor): lists are written of tensors
  TensorRef(const Tensor& tensor) : tensor(&tensor) {}
  const Tensor* tensor;
};
std::vector<Tensor> apply_all(OpPtr op, std::initializer_list<TensorRef> inputs);
Tensor apply(OpPtr op, std::initializer_list<TensorRef> inputs);

/// Applies an op without inputs that must be done anew in each run of a trace in progress (a read
/// of a Variable, a random op) and whose result is `tracked` by tapes or not. While tracing it may
/// stand on `inputs` all the same.
Tensor apply_source(OpPtr op, bool tracked, std::vector<Tensor> inputs = {});

}  // namespace heddle

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tensor/buffer.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace heddle {

class Node;
class Op;

/// What is known of a tensor before its values are.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::kFloat32;

  /// Throws OutOfMemoryError for more bytes than an address can count (4 GB in WebAssembly).
  size_t bytes() const;
  bool operator==(const TensorSpec&) const = default;
};

/// A value (shape, dtype, buffer) or, while tracing, a node of the op graph. Dense and row-major.
/// A handle: copies refer to the same tensor.
class Tensor {
 public:
  /// No tensor at all: `defined()` is false.
  Tensor() = default;
  Tensor(std::shared_ptr<Node> node, int index) : node_(std::move(node)), index_(index) {}

  /// A tensor with memory whose values are not set yet.
  static Tensor empty(const Shape& shape, DType dtype);
  static Tensor full(const Shape& shape, float value, DType dtype = DType::kFloat32);
  static Tensor scalar(float value, DType dtype = DType::kFloat32);
  /// Copies the values; throws ValueError when their number does not fit the shape.
  static Tensor from(const Shape& shape, std::span<const float> values);
  static Tensor from(const Shape& shape, std::span<const int32_t> values);
  /// A value over memory that exists already.
  static Tensor over(BufferPtr buffer, const TensorSpec& spec);

  bool defined() const { return node_ != nullptr; }
  const TensorSpec& spec() const;
  const Shape& shape() const { return spec().shape; }
  DType dtype() const { return spec().dtype; }
  /// Number of elements.
  int64_t size() const { return shape().size(); }
  /// True for a tensor that stands for a value not computed yet.
  bool traced() const;

  /// The values. Throws ValueError while tracing, when there are none.
  const BufferPtr& buffer() const;
  template <typename T = float>
  T* data() const {
    return static_cast<T*>(buffer()->data());
  }
  /// The one element of a tensor of size 1, as a number.
  float item() const;

  /// The same value without the ops that made it.
  Tensor detach() const;

  Node& node() const { return *node_; }
  const std::shared_ptr<Node>& node_ptr() const { return node_; }
  int index() const { return index_; }
  /// Two handles on the same output of the same node.
  bool is(const Tensor& other) const { return node_ == other.node_ && index_ == other.index_; }

 private:
  std::shared_ptr<Node> node_;
  int index_ = 0;
};

/// One application of an op, with all its outputs; or a leaf, which has no op. Nodes point from
/// outputs to inputs only, so a graph lives exactly as long as somebody holds its end.
class Node : public std::enable_shared_from_this<Node> {
 public:
  struct Output {
    TensorSpec spec;
    BufferPtr buffer;  // null while tracing
  };

  explicit Node(std::vector<Output> outputs);
  /// Frees long chains without recursion.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Counts nodes: the id of an input is always smaller, so order by id is a topological order.
  uint64_t id() const { return id_; }
  Tensor output(int index) { return {shared_from_this(), index}; }

  std::shared_ptr<const Op> op;  // null for a leaf, and for a value whose past is not kept
  std::vector<Tensor> inputs;
  std::vector<Output> outputs;
  bool traced = false;   // stands for values not computed yet
  bool tracked = false;  // a tape wants gradients through it

 private:
  uint64_t id_;
};

}  // namespace heddle

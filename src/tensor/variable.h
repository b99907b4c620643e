#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tensor/tensor.h"

namespace heddle {

/// A named, mutable tensor with an identity. Sharing is identity: two uses share weights because
/// they read the same Variable. Its shape and dtype never change.
class Variable {
 public:
  Variable(const Tensor& initial, std::string name, bool trainable);
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  const std::string& name() const { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  const TensorSpec& spec() const { return spec_; }
  const Shape& shape() const { return spec_.shape; }
  DType dtype() const { return spec_.dtype; }
  /// Distinguishes Variables for the life of the program.
  uint64_t id() const { return id_; }

  bool trainable = true;
  /// What its value must be made to keep to after each update, or nothing.
  std::function<Tensor(const Tensor&)> constraint;

  /// The current value. Later updates do not change it (they copy first when it is still held).
  Tensor value() const { return Tensor::over(buffer_, spec_); }
  /// Throws ValueError when a value's shape or dtype is not the Variable's.
  void check_fits(const TensorSpec& spec) const;
  /// Copies new values in; throws ValueError when shape or dtype differ.
  void assign(const Tensor& value);

  /// The memory as it is now, for reading.
  const BufferPtr& buffer() const { return buffer_; }
  /// The memory for writing in place. Whoever holds the old value keeps it.
  void* mutable_data();
  /// To be called after writing through mutable_data().
  void bump_version() { ++version_; }
  /// Counts the updates.
  uint32_t version() const { return version_; }

 private:
  TensorSpec spec_;
  BufferPtr buffer_;
  std::string name_;
  uint64_t id_;
  uint32_t version_ = 0;
};

using VariablePtr = std::shared_ptr<Variable>;

}  // namespace heddle

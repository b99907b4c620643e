#include <emscripten/bind.h>
#include <emscripten/heap.h>

#include "allocations.h"
#include "conversions.h"
#include "ops/read_variable.h"
#include "script_layer.h"
#include "tensor/buffer.h"
#include "tensor/tensor.h"
#include "tensor/variable.h"

namespace heddle {
namespace {

using emscripten::class_;
using emscripten::function;
using emscripten::val;

/// Where the values of a buffer are in the module's memory, in bytes.
size_t address_of(const BufferPtr& buffer) { return reinterpret_cast<size_t>(buffer->data()); }

Tensor empty_tensor(const val& shape, int dtype) {
  return Tensor::empty(to_shape(shape), static_cast<DType>(dtype));
}

Tensor full_tensor(const val& shape, float value, int dtype) {
  return Tensor::full(to_shape(shape), value, static_cast<DType>(dtype));
}

VariablePtr make_variable(const Tensor& initial, const std::string& name, bool trainable) {
  return std::make_shared<Variable>(initial, name, trainable);
}

/// `constraint` takes a tensor and returns one that is ours to delete.
void set_constraint(Variable& variable, const val& constraint) {
  variable.constraint = [constraint](const Tensor& value) {
    return take_tensor(constraint(value));
  };
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_tensor) {
  class_<Tensor>("Tensor")
      .function(
          "shape", +[](const Tensor& t) { return to_val(t.shape()); })
      .function(
          "dtype", +[](const Tensor& t) { return static_cast<int>(t.dtype()); })
      .function(
          "address", +[](const Tensor& t) { return address_of(t.buffer()); })
      .function("detach", &Tensor::detach);
  function("emptyTensor", &empty_tensor);
  function("fullTensor", &full_tensor);

  class_<Variable>("Variable")
      .smart_ptr<VariablePtr>("VariablePtr")
      .function(
          "id", +[](const Variable& v) { return static_cast<double>(v.id()); })
      .function("name", &Variable::name)
      .function(
          "shape", +[](const Variable& v) { return to_val(v.shape()); })
      .function(
          "dtype", +[](const Variable& v) { return static_cast<int>(v.dtype()); })
      .function("version", &Variable::version)
      .function(
          "address", +[](const Variable& v) { return address_of(v.buffer()); })
      .function("value", &Variable::value)
      .function("setConstraint", &set_constraint)
      .function(
          "trainable", +[](const Variable& v) { return v.trainable; })
      .function("setTrainable", +[](Variable& v, bool trainable) { v.trainable = trainable; });
  function("makeVariable", &make_variable);
  function("readVariable", &read);
  function("assignVariable", &assign);

  function("allocations", &allocation_count);
  function("liveBytes", &Buffer::live_bytes);
  function("liveBuffers", &Buffer::live_count);
  function("heapBytes", &emscripten_get_heap_size);
}

}  // namespace heddle

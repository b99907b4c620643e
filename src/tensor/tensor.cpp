#include "tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "tensor/error.h"

namespace heddle {

size_t TensorSpec::bytes() const {
  // Some room is left, so that rounding up to a multiple of an alignment does not wrap around.
  constexpr uint64_t kMost = std::numeric_limits<size_t>::max() - 4096;
  const uint64_t bytes = static_cast<uint64_t>(shape.size()) * size_of(dtype);
  if (bytes > kMost) {
    fail<OutOfMemoryError>(
        "Out of memory: a tensor of shape {} needs {} bytes, more than there can be", shape, bytes);
  }
  return static_cast<size_t>(bytes);
}

Node::Node(std::vector<Output> outputs_) : outputs(std::move(outputs_)) {
  static uint64_t count = 0;
  id_ = ++count;
}

Node::~Node() {
  // A chain of a million ops must not become a million nested destructors: nodes that only this
  // one holds are taken apart one after the other.
  std::vector<Tensor> doomed = std::move(inputs);
  while (!doomed.empty()) {
    Tensor last = std::move(doomed.back());
    doomed.pop_back();
    if (last.defined() && last.node_ptr().use_count() == 1) {
      for (Tensor& input : last.node().inputs) doomed.push_back(std::move(input));
      last.node().inputs.clear();
    }
  }
}

Tensor Tensor::over(BufferPtr buffer, const TensorSpec& spec) {
  std::vector<Node::Output> outputs;
  outputs.push_back({spec, std::move(buffer)});
  return {std::make_shared<Node>(std::move(outputs)), 0};
}

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  check_size(shape, "tensor");
  const TensorSpec spec{shape, dtype};
  return over(Buffer::allocate(spec.bytes()), spec);
}

Tensor Tensor::full(const Shape& shape, float value, DType dtype) {
  Tensor out = empty(shape, dtype);
  switch (dtype) {
    case DType::kFloat32:
      std::fill_n(out.data<float>(), out.size(), value);
      break;
    case DType::kInt32:
      std::fill_n(out.data<int32_t>(), out.size(), static_cast<int32_t>(value));
      break;
    case DType::kBool:
      std::fill_n(out.data<uint8_t>(), out.size(), static_cast<uint8_t>(value != 0));
      break;
  }
  return out;
}

Tensor Tensor::scalar(float value, DType dtype) { return full({}, value, dtype); }

namespace {

template <typename T>
Tensor copy_in(const Shape& shape, std::span<const T> values, DType dtype) {
  Tensor out = Tensor::empty(shape, dtype);
  if (out.size() != static_cast<int64_t>(values.size())) {
    fail<ValueError>("[tensor] shape {} needs {} values, got {}", shape, out.size(), values.size());
  }
  std::copy(values.begin(), values.end(), out.data<T>());
  return out;
}

}  // namespace

Tensor Tensor::from(const Shape& shape, std::span<const float> values) {
  return copy_in(shape, values, DType::kFloat32);
}

Tensor Tensor::from(const Shape& shape, std::span<const int32_t> values) {
  return copy_in(shape, values, DType::kInt32);
}

const TensorSpec& Tensor::spec() const {
  if (!defined()) fail<ValueError>("[tensor] an undefined tensor was used");
  return node_->outputs[index_].spec;
}

bool Tensor::traced() const { return defined() && node_->traced; }

const BufferPtr& Tensor::buffer() const {
  if (!defined()) fail<ValueError>("[tensor] an undefined tensor was used");
  if (traced()) {
    fail<ValueError>(
        "The values of this tensor are not known yet: it stands for a value in a function that is "
        "being traced into a program, which runs later and on other values. Use ops (where, sum, "
        "...) in place of its values, or run the model's layers as they are written: "
        "compile({runEagerly: true})");
  }
  return node_->outputs[index_].buffer;
}

float Tensor::item() const {
  if (size() != 1) {
    fail<ValueError>("[tensor] one element is wanted, got a tensor of shape {}", shape());
  }
  switch (dtype()) {
    case DType::kInt32:
      return static_cast<float>(*data<int32_t>());
    case DType::kBool:
      return static_cast<float>(*data<uint8_t>());
    default:
      return *data<float>();
  }
}

Tensor Tensor::detach() const { return over(buffer(), spec()); }

}  // namespace heddle

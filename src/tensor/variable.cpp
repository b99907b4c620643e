#include "tensor/variable.h"

#include <cstring>
#include <utility>

#include "tensor/error.h"

namespace heddle {
namespace {

BufferPtr copy_of(const BufferPtr& source) {
  BufferPtr copy = Buffer::allocate(source->bytes());
  std::memcpy(copy->data(), source->data(), source->bytes());
  return copy;
}

}  // namespace

Variable::Variable(const Tensor& initial, std::string name, bool trainable_)
    : trainable(trainable_), spec_(initial.spec()), name_(std::move(name)) {
  static uint64_t count = 0;
  id_ = ++count;
  buffer_ = copy_of(initial.buffer());
}

void Variable::check_fits(const TensorSpec& spec) const {
  if (spec == spec_) return;
  fail<ValueError>(
      "Variable '{}' has shape {} and dtype {}; a value of shape {} and dtype {} cannot be "
      "assigned to it. Make a new variable, or reshape the value",
      name_, shape(), name_of(dtype()), spec.shape, name_of(spec.dtype));
}

void Variable::assign(const Tensor& value) {
  check_fits(value.spec());
  const BufferPtr source = value.buffer();
  std::memcpy(mutable_data(), source->data(), source->bytes());
  bump_version();
}

void* Variable::mutable_data() {
  if (buffer_.use_count() > 1) buffer_ = copy_of(buffer_);
  return buffer_->data();
}

}  // namespace heddle

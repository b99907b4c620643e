#include "tensor/buffer.h"

#include <new>

#include "tensor/error.h"

namespace heddle {
namespace {

constexpr std::align_val_t kAlignment{64};
size_t live_bytes_now = 0;
size_t live_count_now = 0;

}  // namespace

BufferPtr Buffer::allocate(size_t bytes) {
  void* data = ::operator new(bytes, kAlignment, std::nothrow);
  if (data == nullptr) {
    fail<OutOfMemoryError>(
        "Out of memory: {} bytes more do not fit beside the {} in use. Dispose of tensors that are "
        "no longer needed, or use a smaller batch",
        bytes, live_bytes_now);
  }
  return BufferPtr(new Buffer(data, bytes));
}

Buffer::Buffer(void* data, size_t bytes) : data_(data), bytes_(bytes) {
  live_bytes_now += bytes;
  ++live_count_now;
}

Buffer::~Buffer() {
  ::operator delete(data_, kAlignment);
  live_bytes_now -= bytes_;
  --live_count_now;
}

size_t Buffer::live_bytes() { return live_bytes_now; }
size_t Buffer::live_count() { return live_count_now; }

}  // namespace heddle

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace heddle {

/// The bytes of a tensor or a Variable: aligned to 64, not initialised, freed with the last
/// reference.
class Buffer {
 public:
  /// Throws OutOfMemoryError when the memory cannot be had.
  static std::shared_ptr<Buffer> allocate(size_t bytes);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

  /// Bytes in all live buffers, and how many buffers live.
  static size_t live_bytes();
  static size_t live_count();

 private:
  Buffer(void* data, size_t bytes);
  void* data_;
  size_t bytes_;
};

using BufferPtr = std::shared_ptr<Buffer>;

}  // namespace heddle

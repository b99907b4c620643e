#include "kernels/scratch.h"

#include <atomic>
#include <new>

namespace heddle::kernels {
namespace {

constexpr std::align_val_t kAlignment{64};

std::atomic<size_t> bytes_held{0};
std::atomic<size_t> growths{0};

/// One growing piece of memory.
class Piece {
 public:
  Piece() = default;
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() { release(); }

  void* at_least(size_t bytes) {
    if (bytes > size_) grow(bytes);
    return memory_;
  }

  void release() {
    if (!memory_) return;
    ::operator delete(memory_, kAlignment);
    bytes_held -= size_;
    memory_ = nullptr;
    size_ = 0;
  }

 private:
  void grow(size_t bytes) {
    release();
    // Room to spare, so that slowly growing sizes do not allocate each time.
    bytes = (bytes + bytes / 4 + 4095) & ~static_cast<size_t>(4095);
    memory_ = ::operator new(bytes, kAlignment);
    size_ = bytes;
    bytes_held += bytes;
    ++growths;
  }

  void* memory_ = nullptr;
  size_t size_ = 0;
};

thread_local Piece pieces[static_cast<int>(ScratchUse::kCount)];

}  // namespace

void* scratch_bytes(ScratchUse use, size_t bytes) {
  return pieces[static_cast<int>(use)].at_least(bytes);
}

size_t scratch_bytes_held() { return bytes_held; }

size_t scratch_growths() { return growths; }

void release_scratch() {
  for (Piece& piece : pieces) piece.release();
}

}  // namespace heddle::kernels

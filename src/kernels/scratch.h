#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::kernels {

/// What a piece of scratch memory is for. Every use has its own piece, so that a kernel that calls
/// another one never shares memory with it.
enum class ScratchUse : uint8_t {
  kPackA,        // panels of the left operand of a product
  kPackB,        // panels of the right operand of a product
  kPatches,      // tables and rows of a convolution
  kTransformed,  // tiles of a convolution, transformed
  kGradient,     // partial results of a backward pass
  kTile,         // tiles of a chain of elementwise steps
  kReduction,    // partial sums
  kCount,
};

/// At least `bytes` bytes, aligned to 64, for one use by the calling thread. The memory is kept and
/// only grows: the same step run twice allocates nothing the second time. The contents are
/// unspecified, and the pointer holds until the next call with the same use. Throws std::bad_alloc.
void* scratch_bytes(ScratchUse use, size_t bytes);

/// The same, counted in floats.
inline float* scratch_floats(ScratchUse use, size_t count) {
  return static_cast<float*>(scratch_bytes(use, count * sizeof(float)));
}

/// All bytes now held as scratch, by all threads.
size_t scratch_bytes_held();

/// How often scratch memory had to grow since the program began.
size_t scratch_growths();

/// Gives the calling thread's scratch memory back.
void release_scratch();

}  // namespace heddle::kernels

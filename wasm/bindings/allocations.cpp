#include "allocations.h"

#include <cstdint>
#include <cstdlib>
#include <new>

/// Replaces the global operators new and delete by ones that count: that a training step allocates
/// nothing is then a fact that a test can see.

namespace {

uint64_t count = 0;

void* allocate(size_t bytes) noexcept {
  ++count;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

void* allocate(size_t bytes, std::align_val_t alignment) noexcept {
  ++count;
  const auto align = static_cast<size_t>(alignment);
  const size_t whole = (bytes + align - 1) / align * align;
  // aligned_alloc wants whole multiples of the alignment; a size that wraps around cannot be had.
  return whole < bytes ? nullptr : std::aligned_alloc(align, whole == 0 ? align : whole);
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

namespace heddle {

double allocation_count() { return static_cast<double>(count); }

}  // namespace heddle

void* operator new(size_t bytes) { return or_throw(allocate(bytes)); }
void* operator new[](size_t bytes) { return or_throw(allocate(bytes)); }
void* operator new(size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void* operator new(size_t bytes, std::align_val_t align) {
  return or_throw(allocate(bytes, align));
}
void* operator new[](size_t bytes, std::align_val_t align) {
  return or_throw(allocate(bytes, align));
}
void* operator new(size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate(bytes, align);
}
void* operator new[](size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate(bytes, align);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}

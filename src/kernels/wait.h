#pragma once

#include <atomic>
#include <cstdint>

/// Waiting of one thread for another.
namespace heddle::kernels {

#ifdef __wasm__

// std::atomic::wait would wake up again and again here to look at the value.
static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t));

/// Sleeps until wake() is called for `value`, unless it differs from `expected` already. May wake
/// up for no reason. The main thread of a page must not call it.
inline void wait(std::atomic<int32_t>& value, int32_t expected) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int32_t*>(&value), expected, -1);
}

/// Wakes `count` of those that wait for `value`.
inline void wake(std::atomic<int32_t>& value, int count) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int32_t*>(&value), count);
}

/// Lets others go first for a moment.
inline void pause() {}

#else

inline void wait(std::atomic<int32_t>& value, int32_t expected) { value.wait(expected); }

inline void wake(std::atomic<int32_t>& value, int) { value.notify_all(); }

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

#endif

}  // namespace heddle::kernels

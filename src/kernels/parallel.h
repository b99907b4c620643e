#pragma once

#include <cstdint>

namespace heddle::kernels {

/// Calls `fn(begin, end)` so that every index of [0, count) is covered once. Pieces are at least
/// `grain` long (but for the last) and may run at the same time, so they must not write the same
/// memory.
///
/// This build has one thread: one call with the whole range. Heavy kernels are written through it
/// so that the threaded builds need no change in them.
template <typename Fn>
inline void parallel_for(int count, int grain, Fn&& fn) {
  (void)grain;
  if (count > 0) fn(0, count);
}

}  // namespace heddle::kernels

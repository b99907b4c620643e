#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace heddle::micro {

using Values = std::shared_ptr<std::vector<float>>;

/// `count` pseudo-random numbers in [low, high) (a linear congruential generator, Knuth's MMIX).
inline Values random_values(size_t count, float low = -1, float high = 1) {
  auto values = std::make_shared<std::vector<float>>(count);
  uint64_t state = count;
  for (float& value : *values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = low + (high - low) * static_cast<float>(state >> 40) * 0x1p-24f;
  }
  return values;
}

}  // namespace heddle::micro

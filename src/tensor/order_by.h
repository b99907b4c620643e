#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace heddle {

/// The numbers 0, 1, ... of the keys in the order of the keys; of equal keys the first comes first.
/// All lists of the core are sorted by way of this, so that the code for it is there once.
std::vector<int> order_by(std::span<const uint64_t> keys);

}  // namespace heddle

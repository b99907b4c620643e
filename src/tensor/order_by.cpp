#include "tensor/order_by.h"

#include <algorithm>
#include <utility>

namespace heddle {

std::vector<int> order_by(std::span<const uint64_t> keys) {
  std::vector<std::pair<uint64_t, int>> numbered;
  for (const uint64_t key : keys) numbered.emplace_back(key, static_cast<int>(numbered.size()));
  // Sorting by a heap is an eighth of the code of std::sort.
  std::make_heap(numbered.begin(), numbered.end());
  std::sort_heap(numbered.begin(), numbered.end());
  std::vector<int> order;
  for (const auto& [key, number] : numbered) order.push_back(number);
  return order;
}

}  // namespace heddle

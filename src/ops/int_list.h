#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "tensor/shape.h"

namespace heddle {

/// A list of whole numbers (axes, sizes) as an argument: `sum(x, {0, 1})`, or from a vector, span
/// or Shape. A view: valid as long as what it was made from, so for parameters only.
class IntList : public std::span<const int> {
 public:
  IntList() = default;
  IntList(std::initializer_list<int> list) : span(list.begin(), list.size()) {}
  IntList(std::span<const int> list) : span(list) {}
  IntList(const std::vector<int>& list) : span(list) {}
  IntList(const Shape& shape) : span(shape.dims()) {}
};

}  // namespace heddle

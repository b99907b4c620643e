#include "tensor/shape.h"

#include <algorithm>
#include <limits>

#include "tensor/error.h"

namespace heddle {

Shape::Shape(std::initializer_list<int> dims) : Shape(std::span<const int>(dims)) {}

Shape::Shape(std::span<const int> dims) {
  for (int dim : dims) push_back(dim);
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

int64_t Shape::size() const {
  int64_t size = 1;
  for (int dim : *this) size *= dim;
  return size;
}

bool Shape::known() const { return std::find(begin(), end(), kUnknown) == end(); }

void Shape::push_back(int dim) {
  if (rank_ == kMaxRank) {
    fail<ValueError>("A tensor can have {} dimensions at most", kMaxRank);
  }
  dims_[rank_++] = dim;
}

Shape Shape::slice(int first, int last) const {
  if (first < 0) first += rank_;
  if (last < 0) last += rank_;
  if (first >= last) return {};
  return Shape(dims().subspan(first, last - first));
}

std::string to_string(const Shape& shape) {
  std::string out = "[";
  for (int dim : shape) {
    if (out.size() > 1) out += ',';
    out += dim == kUnknown ? "null" : std::to_string(dim);
  }
  return out + "]";
}

int normalize_axis(int axis, int rank, const char* where) {
  if (axis < -rank || axis >= rank) {
    fail<ValueError>("[{}] axis {} is out of range for a tensor of rank {}: use {} to {}", where,
                     axis, rank, -rank, rank - 1);
  }
  return axis < 0 ? axis + rank : axis;
}

Shape broadcast(const Shape& a, const Shape& b, const char* where) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape out = longer;
  for (int i = 1; i <= shorter.rank(); ++i) {
    const int dim = shorter[-i];
    if (out[-i] == 1) {
      out[-i] = dim;
    } else if (dim != 1 && dim != out[-i]) {
      fail<ValueError>(
          "[{}] shapes {} and {} cannot be broadcast together: from the right, each pair of "
          "dimensions must be equal or one of them 1",
          where, a, b);
    }
  }
  return out;
}

void check_size(const Shape& shape, const char* where) {
  for (int dim : shape) {
    if (dim < 0) {
      fail<ValueError>("[{}] shape {} has a negative or unknown dimension", where, shape);
    }
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  int64_t size = 1;
  for (int dim : shape) {
    size *= dim;
    if (size > std::numeric_limits<int32_t>::max()) {
      fail<ValueError>("[{}] shape {} has more elements than a tensor can hold (2^31 - 1)", where,
                       shape);
    }
  }
}

}  // namespace heddle

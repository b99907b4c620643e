#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace heddle {

/// A dimension not known yet (the batch size of a symbolic tensor). Never in a tensor with values.
inline constexpr int kUnknown = -1;
/// The most dimensions that a tensor can have.
inline constexpr int kMaxRank = 8;

/// The dimensions of a tensor, outermost first. A small value: copying it allocates nothing.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int> dims);
  /// Throws ValueError for more than kMaxRank dimensions.
  explicit Shape(std::span<const int> dims);

  int rank() const { return rank_; }
  /// The size of an axis; a negative axis counts from the end.
  int operator[](int axis) const { return dims_[axis < 0 ? axis + rank_ : axis]; }
  int& operator[](int axis) { return dims_[axis < 0 ? axis + rank_ : axis]; }
  const int* begin() const { return dims_.data(); }
  const int* end() const { return dims_.data() + rank_; }
  std::span<const int> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  bool operator==(const Shape& other) const;

  /// The product of the dimensions: 1 for a scalar. Needs all dimensions known.
  int64_t size() const;
  /// True when no dimension is kUnknown.
  bool known() const;
  void push_back(int dim);
  /// The dimensions from `first` up to, not including, `last`; negative ones count from the end.
  Shape slice(int first, int last) const;
  Shape slice(int first) const { return slice(first, rank_); }

 private:
  std::array<int, kMaxRank> dims_{};
  int rank_ = 0;
};

/// "[2,null,3]": as JavaScript prints a shape.
std::string to_string(const Shape& shape);

/// The axis as a number from 0 to rank - 1. Throws ValueError that names `where` when it is out of
/// range.
int normalize_axis(int axis, int rank, const char* where);

/// The shape that both broadcast to (NumPy's rules). Throws ValueError that names `where` when they
/// do not.
Shape broadcast(const Shape& a, const Shape& b, const char* where);

/// Checks that every dimension is known, none is negative and all the elements can be counted in 31
/// bits. Throws ValueError that names `where`.
void check_size(const Shape& shape, const char* where);

}  // namespace heddle

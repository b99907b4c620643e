#pragma once

#include <span>
#include <string_view>

#include "ops/op.h"

namespace heddle {

/// Sums of products by letters: "ij,jk->ik" is the matrix product. Each letter names an axis; one
/// that is not in the result is summed over; "..." stands for axes without names, which go along
/// and broadcast. Without "->", the result has all letters that occur once, in alphabetical order.
/// Any number of operands, taken from left to right; each step is one batched matrix product. No
/// letter may occur twice in one operand.
Tensor einsum(std::string_view equation, std::span<const Tensor> operands);

/// The product of vectors and matrices: of two vectors a number, of a matrix and a vector a vector.
Tensor dot(const Tensor& a, const Tensor& b);
/// a[i] * b[j] of two vectors.
Tensor outer_product(const Tensor& a, const Tensor& b);

}  // namespace heddle

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

}  // namespace heddle

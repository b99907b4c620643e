#pragma once

#include "ops/op.h"

namespace heddle {

/// `count` numbers from start to stop, both included, evenly apart. float32.
Tensor linspace(double start, double stop, int count);

/// start, start + step, ... up to, not including, stop. As in TensorFlow.js, from a greater start
/// to a smaller stop the step 1 means -1; a step that leads away from stop gives no elements.
Tensor range(double start, double stop, double step = 1, DType dtype = DType::kFloat32);

/// Ones on the diagonal of rows x columns, else zeros, for each element of `batch`.
Tensor eye(int rows, int columns, const Shape& batch = {}, DType dtype = DType::kFloat32);

}  // namespace heddle

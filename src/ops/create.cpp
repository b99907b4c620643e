#include "ops/create.h"

#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// start + i * step for i below count. Whole numbers are exact.
Tensor series(int count, double start, double step, DType dtype) {
  Tensor out = Tensor::empty({count}, dtype == DType::kInt32 ? DType::kInt32 : DType::kFloat32);
  for (int i = 0; i < count; ++i) {
    const double value = start + i * step;
    if (out.dtype() == DType::kInt32) {
      out.data<int32_t>()[i] = static_cast<int32_t>(std::clamp(value, -2147483648.0, 2147483647.0));
    } else {
      out.data()[i] = static_cast<float>(value);
    }
  }
  return cast(out, dtype);
}

}  // namespace

Tensor linspace(double start, double stop, int count) {
  if (count < 1) throw ValueError(text("[linspace] num must be 1 or more, got ", count));
  const double step = count > 1 ? (stop - start) / (count - 1) : 0;
  Tensor out = series(count, start, step, DType::kFloat32);
  if (count > 1) out.data()[count - 1] = static_cast<float>(stop);
  return out;
}

Tensor range(double start, double stop, double step, DType dtype) {
  if (stop < start && step == 1) step = -1;
  const double count = std::ceil((stop - start) / step);
  if (step == 0 || !std::isfinite(step) || !std::isfinite(start) || !std::isfinite(stop) ||
      count > 2147483647.0) {
    throw ValueError(text("[range] start and stop must be numbers and step not 0, got ", start,
                          ", ", stop, " and ", step));
  }
  return series(static_cast<int>(std::max(count, 0.0)), start, step, dtype);
}

Tensor eye(int rows, int columns, const Shape& batch, DType dtype) {
  Tensor out = Tensor::full({rows, columns}, 0, DType::kInt32);
  for (int i = 0; i < std::min(rows, columns); ++i) {
    out.data<int32_t>()[static_cast<int64_t>(i) * columns + i] = 1;
  }
  Shape all = batch;
  all.push_back(rows);
  all.push_back(columns);
  return broadcast_to(cast(out, dtype), all);
}

}  // namespace heddle

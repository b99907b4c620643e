#include "layers/merge.h"

#include <algorithm>

#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// The shape with dimensions of 1 after the batch, up to a rank.
Shape expand(const Shape& shape, int rank) {
  Shape out{shape[0]};
  for (int i = shape.rank(); i < rank; ++i) out.push_back(1);
  for (const int dim : shape.slice(1)) out.push_back(dim);
  return out;
}

/// What two dimensions broadcast to; unknown if it cannot be told. Nothing when they do not.
std::optional<int> broadcast_dimension(int a, int b) {
  if (a == 1) return b;
  if (b == 1) return a;
  if (a == kUnknown || b == kUnknown) return kUnknown;
  return common_dimension(a, b);
}

int highest_rank(std::span<const Shape> shapes) {
  int rank = 0;
  for (const Shape& shape : shapes) rank = std::max(rank, shape.rank());
  return rank;
}

}  // namespace

std::optional<int> common_dimension(int a, int b) {
  if (a == kUnknown || a == b) return b;
  if (b == kUnknown) return a;
  return {};
}

void check_several(const Layer& layer, size_t count) {
  if (count >= 2) return;
  fail<ValueError>("Layer '{}' ({}) should be called on an array of at least 2 inputs, got {}",
                   layer.name(), layer.class_name(), count);
}

std::string list_shapes(std::span<const Shape> shapes) {
  std::string out;
  for (const Shape& shape : shapes) out += (out.empty() ? "" : ", ") + to_string(shape);
  return out;
}

DType widest(std::span<const DType> dtypes) {
  DType widest = DType::kBool;
  for (const DType dtype : dtypes) widest = promote(widest, dtype);
  return widest;
}

std::vector<Shape> Merge::output_shapes(std::span<const Shape> inputs) const {
  check_several(*this, inputs.size());
  const int rank = highest_rank(inputs);
  Shape output = expand(inputs[0], rank);
  for (const Shape& input : inputs.subspan(1)) {
    const Shape next = expand(input, rank);
    for (int axis = 0; axis < rank; ++axis) {
      const std::optional<int> dim = axis == 0 ? common_dimension(output[0], next[0])
                                               : broadcast_dimension(output[axis], next[axis]);
      if (!dim) {
        fail<ValueError>("Layer '{}' ({}) needs inputs whose shapes agree or broadcast, got {}",
                         name(), class_name(), list_shapes(inputs));
      }
      output[axis] = *dim;
    }
  }
  return {output};
}

std::vector<DType> Merge::output_dtypes(std::span<const DType> inputs) const {
  return {widest(inputs)};
}

std::vector<Tensor> Merge::call(std::span<const Tensor> inputs, const CallOptions& /*options*/) {
  check_several(*this, inputs.size());
  int rank = 0;
  for (const Tensor& input : inputs) rank = std::max(rank, input.shape().rank());
  Tensor output;
  for (const Tensor& input : inputs) {
    const bool fits = input.shape().rank() == rank;
    const Tensor next = fits ? input : reshape(input, expand(input.shape(), rank));
    output = output.defined() ? merge(output, next) : next;
  }
  return {output};
}

std::vector<Tensor> Merge::output_masks(std::span<const Tensor> /*inputs*/,
                                        const CallOptions& options) {
  Tensor all;
  for (const Tensor& mask : options.masks) {
    if (mask.defined()) all = all.defined() ? logical_and(all, mask) : mask;
  }
  return {all};
}

}  // namespace heddle

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "kernels/copy.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// Copies rows between two matrices of which one may be part of a wider one.
void copy_rows(DType dtype, int rows, int width, const void* from, int from_stride, void* to,
               int to_stride) {
  const std::array<int, 2> dims = {rows, width};
  const std::array<int, 2> from_strides = {from_stride, 1};
  const std::array<int, 2> to_strides = {to_stride, 1};
  kernels::copy_strided(size_of(dtype), 2, dims.data(), from, from_strides.data(), to,
                        to_strides.data());
}

std::byte* at(const View& view, int64_t element) {
  return static_cast<std::byte*>(view.data) + element * static_cast<int64_t>(size_of(view.dtype()));
}

/// `piece` is part of `whole` along an axis. Seen from there, both are matrices with as many rows
/// as the axes before have elements; this is how many elements wide one is.
int width_of(const Shape& shape, int axis) { return static_cast<int>(shape.slice(axis).size()); }

class Concat : public Op {
 public:
  explicit Concat(int axis) : axis_(axis) {}
  const char* name() const override { return "concat"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    TensorSpec out = inputs[0];
    int64_t total = 0;
    for (const TensorSpec& input : inputs) {
      Shape expected = out.shape;
      if (input.shape.rank() == expected.rank()) expected[axis_] = input.shape[axis_];
      if (input.shape != expected) {
        fail<ValueError>("[concat] all dimensions but axis {} must agree: got {} and {}", axis_,
                         inputs[0].shape, input.shape);
      }
      total += input.shape[axis_];
    }
    if (total > INT32_MAX) fail<ValueError>("[concat] the result would have too many elements");
    out.shape[axis_] = static_cast<int>(total);
    return {out};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const View& out = outputs[0];
    if (out.size() == 0) return;
    const auto rows = static_cast<int>(out.shape().slice(0, axis_).size());
    const int width = width_of(out.shape(), axis_);
    int64_t begin = 0;
    for (const View& piece : inputs) {
      const int piece_width = width_of(piece.shape(), axis_);
      if (piece_width > 0) {
        copy_rows(out.dtype(), rows, piece_width, piece.data, piece_width, at(out, begin), width);
      }
      begin += piece_width;
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& dy = request.grad();
    std::vector<Tensor> gradients(request.node.inputs.size());
    std::array<int, kMaxRank> begin{};
    for (size_t i = 0; i < gradients.size(); ++i) {
      const Shape& shape = request.node.inputs[i].shape();
      if (request.wants(static_cast<int>(i))) {
        gradients[i] =
            slice(dy, std::span<const int>(begin.data(), static_cast<size_t>(shape.rank())), shape);
      }
      begin[axis_] += shape[axis_];
    }
    return gradients;
  }

 private:
  int axis_;
};

class Split : public Op {
 public:
  Split(std::vector<int> sizes, int axis) : sizes_(std::move(sizes)), axis_(axis) {}
  const char* name() const override { return "split"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    std::vector<TensorSpec> outputs(sizes_.size(), inputs[0]);
    for (size_t i = 0; i < sizes_.size(); ++i) outputs[i].shape[axis_] = sizes_[i];
    return outputs;
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const View& x = inputs[0];
    if (x.size() == 0) return;
    const auto rows = static_cast<int>(x.shape().slice(0, axis_).size());
    const int width = width_of(x.shape(), axis_);
    int64_t begin = 0;
    for (const View& piece : outputs) {
      const int piece_width = width_of(piece.shape(), axis_);
      if (piece_width > 0) {
        copy_rows(x.dtype(), rows, piece_width, at(x, begin), width, piece.data, piece_width);
      }
      begin += piece_width;
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    std::vector<Tensor> pieces(request.grads.begin(), request.grads.end());
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (!pieces[i].defined()) {
        pieces[i] = Tensor::full(request.output(static_cast<int>(i)).shape(), 0);
      }
    }
    return {concat(pieces, axis_)};
  }

 private:
  std::vector<int> sizes_;
  int axis_;
};

}  // namespace

Tensor concat(std::span<const Tensor> tensors, int axis) {
  if (tensors.empty()) fail<ValueError>("[concat] needs at least one tensor, got none");
  const int normal = normalize_axis(axis, tensors[0].shape().rank(), "concat");
  if (tensors.size() == 1) return tensors[0];
  DType widest = tensors[0].dtype();
  for (const Tensor& tensor : tensors) widest = promote(widest, tensor.dtype());
  std::vector<Tensor> inputs;
  inputs.reserve(tensors.size());
  for (const Tensor& tensor : tensors) inputs.push_back(cast(tensor, widest));
  return heddle::apply(std::make_shared<Concat>(normal), std::move(inputs));  // and not std::apply
}

Tensor stack(std::span<const Tensor> tensors, int axis) {
  if (tensors.empty()) fail<ValueError>("[stack] needs at least one tensor, got none");
  std::vector<Tensor> expanded;
  for (const Tensor& tensor : tensors) {
    if (tensor.shape() != tensors[0].shape()) {
      fail<ValueError>("[stack] all tensors must have one shape: got {} and {}", tensors[0].shape(),
                       tensor.shape());
    }
    const int place = normalize_axis(axis, tensor.shape().rank() + 1, "stack");
    expanded.push_back(expand_dims(tensor, place));
  }
  return concat(expanded, axis);
}

std::vector<Tensor> split(const Tensor& x, IntList sizes, int axis) {
  const int normal = normalize_axis(axis, x.shape().rank(), "split");
  const int whole = x.shape()[normal];
  std::vector<int> resolved(sizes.begin(), sizes.end());
  int64_t known = 0;
  int rest = -1;
  for (size_t i = 0; i < resolved.size(); ++i) {
    if (resolved[i] == -1 && rest < 0) {
      rest = static_cast<int>(i);
    } else if (resolved[i] < 0) {
      fail<ValueError>("[split] sizes may have one -1 and no other negative number, got {}",
                       resolved[i]);
    } else {
      known += resolved[i];
    }
  }
  if (rest >= 0 ? known > whole : known != whole) {
    fail<ValueError>("[split] the sizes add up to {}, and axis {} of {} is {}", known, axis,
                     x.shape(), whole);
  }
  if (rest >= 0) resolved[rest] = static_cast<int>(whole - known);
  if (resolved.size() == 1) return {x};
  return apply_all(std::make_shared<Split>(std::move(resolved), normal), {x});
}

std::vector<Tensor> split(const Tensor& x, int count, int axis) {
  const int whole = x.shape()[normalize_axis(axis, x.shape().rank(), "split")];
  if (count < 1 || whole % count != 0) {
    fail<ValueError>("[split] axis {} of {} cannot be cut into {} equal pieces", axis, x.shape(),
                     count);
  }
  return split(x, std::vector<int>(static_cast<size_t>(count), whole / count), axis);
}

}  // namespace heddle

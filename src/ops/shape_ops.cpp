#include "ops/shape_ops.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace heddle {
namespace {

/// One number for each axis.
using PerAxis = std::array<int, kMaxRank>;

PerAxis per_axis(IntList list) {
  PerAxis out{};
  std::copy(list.begin(), list.end(), out.begin());
  return out;
}

IntList first(const PerAxis& numbers, int rank) {
  return std::span<const int>(numbers.data(), static_cast<size_t>(rank));
}

/// One number for each axis of x, or an error that names the op and the argument.
void check_length(IntList list, const Tensor& x, const char* where, const char* what) {
  if (static_cast<int>(list.size()) != x.shape().rank()) {
    fail<ValueError>("[{}] {} must have one entry per axis of {}, got {}", where, what, x.shape(),
                     list.size());
  }
}

class Reshape : public Op {
 public:
  explicit Reshape(const Shape& shape) : shape_(shape) {}
  const char* name() const override { return "reshape"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{shape_, inputs[0].dtype}};
  }
  /// Never called: the result is the input's memory.
  void run(const RunContext&, std::span<const View>, std::span<const View>) const override {}
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {reshape(request.grad(), request.input(0).shape())};
  }
  int alias() const override { return 0; }
  std::string key() const override { return key_of(shape_); }

 private:
  Shape shape_;
};

class Identity : public Op {
 public:
  explicit Identity(bool stops) : stops_(stops) {}
  const char* name() const override { return stops_ ? "stopGradient" : "identity"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  /// Never called: the result is the input's memory.
  void run(const RunContext&, std::span<const View>, std::span<const View>) const override {}
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {stops_ ? Tensor() : request.grad()};
  }
  int alias() const override { return 0; }

 private:
  bool stops_;
};

class Transpose : public Op {
 public:
  explicit Transpose(IntList perm) : perm_(per_axis(perm)) {}
  const char* name() const override { return "transpose"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    Shape out = inputs[0].shape;
    for (int i = 0; i < out.rank(); ++i) out[i] = inputs[0].shape[perm_[i]];
    return {{out, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::transpose(size_of(inputs[0].dtype()), shape.rank(), shape.begin(), perm_.data(),
                       inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const int rank = request.input(0).shape().rank();
    PerAxis inverse{};
    for (int i = 0; i < rank; ++i) inverse[perm_[i]] = i;
    return {transpose(request.grad(), first(inverse, rank))};
  }

  std::string key() const override { return key_of(perm_); }

 private:
  PerAxis perm_;
};

class Reverse : public Op {
 public:
  explicit Reverse(const std::array<bool, kMaxRank>& reversed) : reversed_(reversed) {}
  const char* name() const override { return "reverse"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::reverse(size_of(inputs[0].dtype()), shape.rank(), shape.begin(), reversed_.data(),
                     inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {apply(std::make_shared<Reverse>(reversed_), {request.grad()})};
  }

 private:
  std::array<bool, kMaxRank> reversed_;
};

class Slice : public Op {
 public:
  Slice(IntList begin, const Shape& size) : begin_(per_axis(begin)), size_(size) {}
  const char* name() const override { return "slice"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{size_, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::slice(size_of(inputs[0].dtype()), shape.rank(), shape.begin(), begin_.data(),
                   size_.begin(), nullptr, inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Shape& shape = request.input(0).shape();
    PerAxis after{};
    for (int i = 0; i < shape.rank(); ++i) after[i] = shape[i] - begin_[i] - size_[i];
    return {pad(request.grad(), first(begin_, shape.rank()), first(after, shape.rank()))};
  }

  std::string key() const override { return key_of(begin_, size_); }

 private:
  PerAxis begin_;
  Shape size_;
};

class Pad : public Op {
 public:
  Pad(IntList before, IntList after, float value)
      : widths_{per_axis(before), per_axis(after)}, value_(value) {}
  const char* name() const override { return "pad"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    Shape out = inputs[0].shape;
    for (int i = 0; i < out.rank(); ++i) out[i] += widths_.before[i] + widths_.after[i];
    return {{out, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const DType dtype = inputs[0].dtype();
    const auto whole = static_cast<int32_t>(value_);
    const auto truth = static_cast<uint8_t>(value_ != 0);
    const void* value = &value_;
    if (dtype == DType::kInt32) value = &whole;
    if (dtype == DType::kBool) value = &truth;
    if (inputs[0].size() == 0) {
      kernels::fill(size_of(dtype), outputs[0].size(), value, outputs[0].data);
      return;
    }
    const Shape& shape = inputs[0].shape();
    kernels::pad(size_of(dtype), shape.rank(), shape.begin(), widths_.before.data(),
                 widths_.after.data(), value, inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Shape& shape = request.input(0).shape();
    return {slice(request.grad(), first(widths_.before, shape.rank()), shape)};
  }

  const PadWidths* zero_padding() const override { return value_ == 0 ? &widths_ : nullptr; }

 private:
  PadWidths widths_;
  float value_;
};

class BroadcastTo : public Op {
 public:
  explicit BroadcastTo(const Shape& shape) : shape_(shape) {}
  const char* name() const override { return "broadcastTo"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{shape_, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& from = inputs[0].shape();
    PerAxis from_strides{};
    PerAxis to_strides{};
    int from_stride = 1;
    int to_stride = 1;
    for (int back = 1; back <= shape_.rank(); ++back) {
      to_strides[shape_.rank() - back] = to_stride;
      to_stride *= shape_[-back];
      if (back > from.rank()) continue;
      if (from[-back] != 1) from_strides[shape_.rank() - back] = from_stride;
      from_stride *= from[-back];
    }
    kernels::copy_strided(size_of(inputs[0].dtype()), shape_.rank(), shape_.begin(), inputs[0].data,
                          from_strides.data(), outputs[0].data, to_strides.data());
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {sum_to(request.grad(), request.input(0).shape())};
  }

  std::string key() const override { return key_of(shape_); }

 private:
  Shape shape_;
};

class Tile : public Op {
 public:
  explicit Tile(IntList reps) : reps_(per_axis(reps)) {}
  const char* name() const override { return "tile"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    Shape out = inputs[0].shape;
    for (int i = 0; i < out.rank(); ++i) out[i] *= reps_[i];
    return {{out, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::tile(size_of(inputs[0].dtype()), shape.rank(), shape.begin(), reps_.data(),
                  inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    // Axis by axis: the copies along it are summed.
    const Shape& shape = request.input(0).shape();
    Tensor dx = request.grad();
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (reps_[axis] == 1) continue;
      Shape folded = dx.shape();
      folded[axis] = shape[axis];
      const auto outer = static_cast<int>(folded.slice(0, axis).size());
      const auto inner = static_cast<int>(folded.slice(axis + 1).size());
      dx = reshape(sum(reshape(dx, {outer, reps_[axis], shape[axis], inner}), {1}), folded);
    }
    return {dx};
  }

 private:
  PerAxis reps_;
};

}  // namespace

OpPtr reshape_op(const Shape& shape) { return std::make_shared<Reshape>(shape); }

Tensor reshape(const Tensor& x, const Shape& shape) {
  Shape out = shape;
  int unknown = -1;
  int64_t known = 1;
  for (int i = 0; i < out.rank(); ++i) {
    if (out[i] == -1 && unknown < 0) {
      unknown = i;
    } else if (out[i] < 0) {
      fail<ValueError>("[reshape] the shape {} may have one -1 and no other negative dimension",
                       shape);
    } else {
      known *= out[i];
    }
  }
  if (unknown >= 0) {
    if (known == 0 || x.size() % known != 0) {
      fail<ValueError>("[reshape] cannot find the -1 (null) in {}: {} has {} elements", shape,
                       x.shape(), x.size());
    }
    out[unknown] = static_cast<int>(x.size() / known);
  } else if (known != x.size()) {
    fail<ValueError>("[reshape] cannot reshape {} ({} elements) into {} ({})", x.shape(), x.size(),
                     shape, known);
  }
  if (out == x.shape()) return x;
  return apply(std::make_shared<Reshape>(out), {x});
}

Tensor expand_dims(const Tensor& x, int axis) {
  const int place = normalize_axis(axis, x.shape().rank() + 1, "expandDims");
  Shape out = x.shape().slice(0, place);
  out.push_back(1);
  for (int dim : x.shape().slice(place)) out.push_back(dim);
  return reshape(x, out);
}

Tensor squeeze(const Tensor& x, IntList axes) {
  std::array<bool, kMaxRank> gone{};
  for (int axis : axes) {
    const int normal = normalize_axis(axis, x.shape().rank(), "squeeze");
    if (x.shape()[normal] != 1) {
      fail<ValueError>("[squeeze] axis {} of {} is {}: only dimensions of 1 can go", axis,
                       x.shape(), x.shape()[normal]);
    }
    gone[normal] = true;
  }
  Shape out;
  for (int i = 0; i < x.shape().rank(); ++i) {
    const bool goes = axes.empty() ? x.shape()[i] == 1 : gone[i];
    if (!goes) out.push_back(x.shape()[i]);
  }
  return reshape(x, out);
}

Tensor identity(const Tensor& x) { return apply(std::make_shared<Identity>(false), {x}); }

Tensor stop_gradient(const Tensor& x) { return apply(std::make_shared<Identity>(true), {x}); }

Tensor transpose(const Tensor& x, IntList perm) {
  const Shape& shape = x.shape();
  const int rank = shape.rank();
  PerAxis order{};
  if (perm.empty()) {
    for (int i = 0; i < rank; ++i) order[i] = rank - 1 - i;
  } else {
    check_length(perm, x, "transpose", "perm");
    std::array<bool, kMaxRank> seen{};
    for (int i = 0; i < rank; ++i) {
      order[i] = normalize_axis(perm[i], rank, "transpose");
      if (std::exchange(seen[order[i]], true)) {
        fail<ValueError>("[transpose] perm names axis {} twice: it must name each axis once",
                         order[i]);
      }
    }
  }
  // Dimensions of 1 may go anywhere: while the others keep their order, no element moves.
  Shape out = shape;
  bool still = true;
  int last = -1;
  for (int i = 0; i < rank; ++i) {
    out[i] = shape[order[i]];
    if (out[i] == 1) continue;
    still &= order[i] > last;
    last = order[i];
  }
  if (still) return reshape(x, out);
  return apply(std::make_shared<Transpose>(first(order, rank)), {x});
}

Tensor reverse(const Tensor& x, IntList axes) {
  std::array<bool, kMaxRank> reversed{};
  reversed.fill(axes.empty());
  for (int axis : axes) reversed[normalize_axis(axis, x.shape().rank(), "reverse")] = true;
  return apply(std::make_shared<Reverse>(reversed), {x});
}

Tensor slice(const Tensor& x, IntList begin, IntList size) {
  const Shape& shape = x.shape();
  const auto length = static_cast<int>(begin.size());
  if (length > shape.rank() || (!size.empty() && size.size() != begin.size())) {
    fail<ValueError>(
        "[slice] begin and size must have the same length, {} at most for a tensor of shape {}: "
        "got {} and {}",
        shape.rank(), shape, begin.size(), size.size());
  }
  PerAxis from{};
  Shape box = shape;
  for (int i = 0; i < length; ++i) {
    from[i] = begin[i];
    box[i] = size.empty() || size[i] == -1 ? shape[i] - begin[i] : size[i];
    // Written so that no sum can overflow.
    if (from[i] < 0 || box[i] < 0 || from[i] > shape[i] || box[i] > shape[i] - from[i]) {
      fail<ValueError>("[slice] on axis {}, begin {} with size {} does not lie within the shape {}",
                       i, begin[i], size.empty() ? -1 : size[i], shape);
    }
  }
  if (box == shape) return x;
  return apply(std::make_shared<Slice>(first(from, shape.rank()), box), {x});
}

Tensor pad(const Tensor& x, IntList before, IntList after, float value) {
  check_length(before, x, "pad", "paddings");
  check_length(after, x, "pad", "paddings");
  bool none = true;
  for (int i = 0; i < x.shape().rank(); ++i) {
    if (before[i] < 0 || after[i] < 0) {
      fail<ValueError>("[pad] paddings must not be negative, got [{},{}] for axis {}", before[i],
                       after[i], i);
    }
    none &= before[i] == 0 && after[i] == 0;
  }
  if (none) return x;
  return apply(std::make_shared<Pad>(before, after, value), {x});
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.shape().rank() > shape.rank() || broadcast(x.shape(), shape, "broadcastTo") != shape) {
    fail<ValueError>("[broadcastTo] {} cannot be broadcast to {}", x.shape(), shape);
  }
  return apply(std::make_shared<BroadcastTo>(shape), {x});
}

Tensor tile(const Tensor& x, IntList reps) {
  check_length(reps, x, "tile", "reps");
  for (int rep : reps) {
    if (rep < 0) fail<ValueError>("[tile] reps must not be negative, got {}", rep);
  }
  return apply(std::make_shared<Tile>(reps), {x});
}

Tensor repeat(const Tensor& x, int times, int axis) {
  const int normal = normalize_axis(axis, x.shape().rank(), "repeat");
  if (times < 0) fail<ValueError>("[repeat] times must not be negative, got {}", times);
  // [before, axis, times, after]
  const Shape& shape = x.shape();
  const auto outer = static_cast<int>(shape.slice(0, normal + 1).size());
  const auto inner = static_cast<int>(shape.slice(normal + 1).size());
  Shape out = shape;
  out[normal] *= times;
  return reshape(broadcast_to(reshape(x, {outer, 1, inner}), {outer, times, inner}), out);
}

}  // namespace heddle

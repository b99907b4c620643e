#include "ops/gather.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "kernels/copy.h"
#include "ops/elementwise.h"
#include "ops/fused_epilogue.h"

namespace heddle {
namespace {

void check_indices(const TensorSpec& indices, const char* where) {
  if (indices.dtype != DType::kInt32) {
    fail<ValueError>("[{}] indices must be int32, got {}. Cast them first", where,
                     name_of(indices.dtype));
  }
}

/// Throws when an index is outside [0, rows): the kernels trust them.
void check_range(const View& indices, int rows, const char* where) {
  const int32_t* const begin = indices.i32();
  const int32_t* const end = begin + indices.size();
  const int32_t* const wrong =
      std::find_if(begin, end, [&](int32_t i) { return i < 0 || i >= rows; });
  if (wrong != end) {
    fail<ValueError>("[{}] index {} is out of range: the axis has {} elements, 0 to {}", where,
                     *wrong, rows, rows - 1);
  }
}

/// The shape with its axes [axis, axis + count) replaced.
Shape replace_axes(const Shape& shape, int axis, int count, const Shape& by) {
  Shape out = shape.slice(0, axis);
  for (int dim : by) out.push_back(dim);
  for (int i = axis + count; i < shape.rank(); ++i) out.push_back(shape[i]);
  return out;
}

class Gather : public Op {
 public:
  explicit Gather(int axis) : axis_(axis) {}
  const char* name() const override { return "gather"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    check_indices(inputs[1], name());
    return {{replace_axes(inputs[0].shape, axis_, 1, inputs[1].shape), inputs[0].dtype}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const Shape& shape = inputs[0].shape();
    check_range(inputs[1], shape[axis_], name());
    if (outputs[0].size() == 0) return;
    kernels::gather(size_of(inputs[0].dtype()), static_cast<int>(shape.slice(0, axis_).size()),
                    shape[axis_], static_cast<int>(shape.slice(axis_ + 1).size()),
                    static_cast<int>(inputs[1].size()), inputs[0].data, inputs[1].i32(),
                    outputs[0].data);
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const int rows = request.input(0).shape()[axis_];
    return {scatter_add(request.grad(), request.input(1), rows, axis_), Tensor()};
  }

  std::string key() const override { return key_of(axis_); }

 private:
  int axis_;
};

/// As kernels::scatter_add, for whole numbers; they wrap around.
void scatter_add_whole(int outer, int rows, int inner, int count, const int32_t* x,
                       const int32_t* indices, int32_t* y) {
  for (int o = 0; o < outer; ++o, y += static_cast<ptrdiff_t>(rows) * inner) {
    for (int j = 0; j < count; ++j) {
      int32_t* const to = y + static_cast<ptrdiff_t>(indices[j]) * inner;
      for (int i = 0; i < inner; ++i) {
        to[i] = static_cast<int32_t>(static_cast<uint32_t>(to[i]) + static_cast<uint32_t>(*x++));
      }
    }
  }
}

/// From [x, indices, accumulator?]: with an accumulator, only the rows named are touched.
class ScatterAdd : public Op {
 public:
  ScatterAdd(int rows, int axis, const FusedEpilogue& fused = {})
      : rows_(rows), axis_(axis), fused_(fused) {}
  const char* name() const override { return "scatterAdd"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    check_indices(inputs[1], name());
    const Shape& x = inputs[0].shape;
    const Shape& indices = inputs[1].shape;
    if (axis_ + indices.rank() > x.rank() || x.slice(axis_, axis_ + indices.rank()) != indices) {
      fail<ValueError>(
          "[scatterAdd] from axis {} on, x must have the shape of the indices {}, got {}", axis_,
          indices, x);
    }
    const Shape out = replace_axes(x, axis_, indices.rank(), {rows_});
    fused_.check(inputs, out, name());
    return {{out, inputs[0].dtype}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const View& out = outputs[0];
    check_range(inputs[1], rows_, name());
    if (out.size() == 0) return;
    if (!fused_.prepare(inputs, out).accumulate) std::memset(out.data, 0, out.spec->bytes());
    if (inputs[0].size() == 0) return;
    const auto outer = static_cast<int>(out.shape().slice(0, axis_).size());
    const auto inner = static_cast<int>(out.shape().slice(axis_ + 1).size());
    const auto count = static_cast<int>(inputs[1].size());
    const int32_t* const indices = inputs[1].i32();
    if (out.dtype() == DType::kFloat32) {
      kernels::scatter_add(outer, rows_, inner, count, inputs[0].f32(), indices, out.f32());
    } else {
      scatter_add_whole(outer, rows_, inner, count, inputs[0].i32(), indices, out.i32());
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {gather(request.grad(), request.input(1), axis_), Tensor()};
  }

  bool in_place(int input, int output) const override { return fused_.in_place(input, output); }
  std::string key() const override { return key_of(rows_, axis_, fused_); }

  std::shared_ptr<const Op> absorb_sum() const override {
    const std::optional<FusedEpilogue> fused = fused_.with_sum();
    if (!fused) return nullptr;
    return std::make_shared<ScatterAdd>(rows_, axis_, *fused);
  }

 private:
  int rows_;
  int axis_;
  FusedEpilogue fused_;
};

class OneHot : public Op {
 public:
  OneHot(int depth, float on, float off, DType dtype)
      : depth_(depth), on_(on), off_(off), dtype_(dtype) {}
  const char* name() const override { return "oneHot"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    check_indices(inputs[0], name());
    Shape out = inputs[0].shape;
    out.push_back(depth_);
    return {{out, dtype_}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    switch (dtype_) {
      case DType::kFloat32:
        fill(inputs[0], outputs[0], on_, off_);
        break;
      case DType::kInt32:
        fill(inputs[0], outputs[0], static_cast<int32_t>(on_), static_cast<int32_t>(off_));
        break;
      case DType::kBool:
        fill(inputs[0], outputs[0], static_cast<uint8_t>(on_ != 0),
             static_cast<uint8_t>(off_ != 0));
        break;
    }
  }

 private:
  template <typename T>
  void fill(const View& indices, const View& out, T on, T off) const {
    kernels::one_hot(sizeof(T), static_cast<int>(indices.size()), depth_, indices.i32(), &on, &off,
                     out.data);
  }

  int depth_;
  float on_;
  float off_;
  DType dtype_;
};

}  // namespace

Tensor gather(const Tensor& x, const Tensor& indices, int axis) {
  return apply(std::make_shared<Gather>(normalize_axis(axis, x.shape().rank(), "gather")),
               {x, indices});
}

Tensor scatter_add(const Tensor& x, const Tensor& indices, int rows, int axis) {
  if (rows < 0 || axis < 0) {
    fail<ValueError>("[scatterAdd] rows and axis must not be negative, got {} and {}", rows, axis);
  }
  const Tensor in = x.dtype() == DType::kBool ? cast(x, DType::kInt32) : x;
  return apply(std::make_shared<ScatterAdd>(rows, axis), {in, indices});
}

std::optional<ScatteredRows> scattered_rows(const Tensor& sum) {
  const Node& node = sum.node();
  if (node.op == nullptr || node.inputs.size() != 2 || sum.shape().rank() == 0) return {};
  const ScatterAdd such(sum.shape()[0], 0);
  if (std::string_view(node.op->name()) != such.name() || node.op->key() != such.key()) return {};
  return ScatteredRows{node.inputs[0], node.inputs[1]};
}

Tensor add_rows(const Tensor& to, const ScatteredRows& rows) {
  return apply(ScatterAdd(to.shape()[0], 0).absorb_sum(), {rows.x, rows.indices, to});
}

Tensor one_hot(const Tensor& indices, int depth, float on, float off, DType dtype) {
  if (depth < 1) fail<ValueError>("[oneHot] depth must be 1 or more, got {}", depth);
  return apply(std::make_shared<OneHot>(depth, on, off, dtype), {indices});
}

}  // namespace heddle

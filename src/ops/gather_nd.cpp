#include "ops/gather_nd.h"

#include <algorithm>
#include <cstring>

#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// The number, counted row by row through an array of shape `dims`, of the element that each row of
/// indices [..., rank of dims] names.
class FlatIndex : public Op {
 public:
  FlatIndex(const Shape& dims, const char* where) : dims_(dims), where_(where) {}
  const char* name() const override { return where_; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const TensorSpec& indices = inputs[0];
    if (indices.dtype != DType::kInt32) {
      throw ValueError(text("[", where_, "] indices must be int32, got ", name_of(indices.dtype),
                            ". Cast them first"));
    }
    return {{indices.shape.slice(0, indices.shape.rank() - 1), DType::kInt32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const int32_t* index = inputs[0].i32();
    for (int64_t row = 0; row < outputs[0].size(); ++row) {
      int32_t flat = 0;
      for (int dim : dims_) {
        if (*index < 0 || *index >= dim) {
          throw ValueError(text("[", where_, "] index ", *index, " is out of range: the axis has ",
                                dim, " elements, 0 to ", dim - 1));
        }
        flat = flat * dim + *index++;
      }
      outputs[0].i32()[row] = flat;
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& /*request*/) const override {
    return {Tensor()};
  }

 private:
  Shape dims_;
  const char* where_;
};

Tensor flat_index(const Tensor& indices, const Shape& dims, const char* where) {
  return apply(std::make_shared<FlatIndex>(dims, where), {indices});
}

Tensor counting(int count) {
  Tensor out = Tensor::empty({count}, DType::kInt32);
  for (int i = 0; i < count; ++i) out.data<int32_t>()[i] = i;
  return out;
}

/// x [rows, ...] with updates [count, ...] in the rows that `indices` [count] name, in order.
class ScatterUpdate : public Op {
 public:
  const char* name() const override { return "tensorScatterUpdate"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const View& out = outputs[0];
    if (out.size() == 0) return;
    if (out.data != inputs[0].data) std::memcpy(out.data, inputs[0].data, out.spec->bytes());
    const size_t row = out.spec->bytes() / static_cast<size_t>(out.shape()[0]);
    const auto* from = static_cast<const char*>(inputs[2].data);
    for (int64_t i = 0; i < inputs[1].size(); ++i, from += row) {
      const auto place = static_cast<size_t>(inputs[1].i32()[i]);
      std::memcpy(static_cast<char*>(out.data) + place * row, from, row);
    }
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& indices = request.input(1);
    const Tensor& updates = request.input(2);
    const Tensor& dy = request.grad();
    std::vector<Tensor> gradients(3);
    if (request.wants(0)) gradients[0] = update(dy, indices, Tensor::full(updates.shape(), 0));
    if (request.wants(2)) {
      // Only what stayed has a gradient.
      const int count = indices.shape()[0];
      const Tensor numbers = counting(count);
      const Tensor places = Tensor::full({dy.shape()[0]}, 0, DType::kInt32);
      const Tensor stays = equal(gather(update(places, indices, numbers), indices), numbers);
      Shape column{count};
      while (column.rank() < updates.shape().rank()) column.push_back(1);
      gradients[2] = where(reshape(stays, column), gather(dy, indices), Tensor::scalar(0));
    }
    return gradients;
  }

  bool in_place(int input, int output) const override { return input == 0 && output == 0; }

  static Tensor update(const Tensor& x, const Tensor& indices, const Tensor& updates) {
    return apply(std::make_shared<ScatterUpdate>(), {x, indices, updates});
  }
};

/// x with its first `count` axes as one.
Tensor join_axes(const Tensor& x, int count) {
  Shape out{static_cast<int>(x.shape().slice(0, count).size())};
  for (int dim : x.shape().slice(count)) out.push_back(dim);
  return reshape(x, out);
}

void check_depth(const Tensor& indices, int rank, const char* where) {
  if (indices.shape().rank() == 0 || indices.shape()[-1] > rank) {
    throw ValueError(text("[", where, "] the last dimension of indices ",
                          to_string(indices.shape()), " must be the number of axes to index, ",
                          rank, " at most"));
  }
}

/// Scattering fits: updates [..., rest of shape] for indices [..., k].
void check_updates(const Tensor& indices, const Tensor& updates, const Shape& shape,
                   const char* where) {
  check_depth(indices, shape.rank(), where);
  Shape expected = indices.shape().slice(0, indices.shape().rank() - 1);
  for (int dim : shape.slice(indices.shape()[-1])) expected.push_back(dim);
  if (updates.shape() != expected) {
    throw ValueError(text("[", where, "] updates must have shape ", to_string(expected), ", got ",
                          to_string(updates.shape())));
  }
}

/// All but the last axis of indices joined: [count, k] and so updates [count, rest].
struct Flat {
  Tensor places;   // [count]
  Tensor updates;  // [count, rest]
};

Flat flatten(const Tensor& indices, const Tensor& updates, const Shape& shape, const char* where) {
  const int lead = indices.shape().rank() - 1;
  const Shape indexed = shape.slice(0, indices.shape()[-1]);
  return {reshape(flat_index(indices, indexed, where),
                  {static_cast<int>(indices.shape().slice(0, lead).size())}),
          join_axes(updates, lead)};
}

/// The list 0, 1, ..., rank - 1 with axis `from` taken out and put in at `to`.
Shape moved_axis(int rank, int from, int to) {
  Shape order;
  for (int i = 0; i < rank; ++i) {
    if (i != from) order.push_back(i);
  }
  Shape out = order.slice(0, to);
  out.push_back(from);
  for (int axis : order.slice(to)) out.push_back(axis);
  return out;
}

}  // namespace

Tensor gather_nd(const Tensor& x, const Tensor& indices) {
  check_depth(indices, x.shape().rank(), "gatherND");
  const int depth = indices.shape()[-1];
  return gather(join_axes(x, depth), flat_index(indices, x.shape().slice(0, depth), "gatherND"));
}

Tensor scatter_nd(const Tensor& indices, const Tensor& updates, const Shape& shape) {
  check_size(shape, "scatterND");
  check_updates(indices, updates, shape, "scatterND");
  const Flat flat = flatten(indices, updates, shape, "scatterND");
  const auto rows = static_cast<int>(shape.slice(0, indices.shape()[-1]).size());
  return reshape(scatter_add(flat.updates, flat.places, rows), shape);
}

Tensor tensor_scatter_update(const Tensor& x, const Tensor& indices, const Tensor& updates) {
  check_updates(indices, updates, x.shape(), "tensorScatterUpdate");
  const Flat flat = flatten(indices, cast(updates, x.dtype()), x.shape(), "tensorScatterUpdate");
  const Tensor rows = join_axes(x, indices.shape()[-1]);
  return reshape(ScatterUpdate::update(rows, flat.places, flat.updates), x.shape());
}

Tensor gather_batched(const Tensor& x, const Tensor& indices, int axis, int batch_dims) {
  if (batch_dims == 0) return gather(x, indices, axis);
  const Shape& shape = x.shape();
  const int rank = shape.rank();
  const int normal = normalize_axis(axis, rank, "gather");
  if (batch_dims < 0) batch_dims += indices.shape().rank();
  if (batch_dims < 0 || batch_dims > normal || batch_dims > indices.shape().rank() ||
      indices.shape().slice(0, batch_dims) != shape.slice(0, batch_dims)) {
    throw ValueError(text("[gather] with ", batch_dims, " batch dimensions, x ", to_string(shape),
                          " and indices ", to_string(indices.shape()), " must begin with the same ",
                          "ones, before the axis ", normal));
  }
  // One row number for each index: its place in the batch and the index itself.
  const auto batch = static_cast<int>(shape.slice(0, batch_dims).size());
  const Shape rest = indices.shape().slice(batch_dims);
  const auto each = static_cast<int>(rest.size());
  const Tensor numbers = broadcast_to(reshape(counting(batch), {batch, 1}), {batch, each});
  const Tensor both[] = {numbers, reshape(indices, {batch, each})};
  const Tensor rows = flat_index(stack(both, 2), {batch, shape[normal]}, "gather");
  const Tensor in_front = transpose(x, moved_axis(rank, normal, batch_dims));
  const Tensor found = gather(join_axes(in_front, batch_dims + 1), rows);
  // [batch, indices, before the axis, after the axis]
  Shape out = shape.slice(0, batch_dims);
  for (int dim : rest) out.push_back(dim);
  const int first_rest = batch_dims;
  for (int i = batch_dims; i < rank; ++i) {
    if (i != normal) out.push_back(shape[i]);
  }
  Shape order;
  for (int i = 0; i < batch_dims; ++i) order.push_back(i);
  const int before = first_rest + rest.rank();
  for (int i = 0; i < normal - batch_dims; ++i) order.push_back(before + i);
  for (int i = 0; i < rest.rank(); ++i) order.push_back(first_rest + i);
  for (int i = before + normal - batch_dims; i < out.rank(); ++i) order.push_back(i);
  return transpose(reshape(found, out), order);
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis) {
  const int rank = x.shape().rank();
  const int normal = normalize_axis(axis, rank, "takeAlongAxis");
  Shape expected = x.shape();
  if (indices.shape().rank() == rank) expected[normal] = indices.shape()[normal];
  if (indices.shape() != expected) {
    throw ValueError(text("[takeAlongAxis] x ", to_string(x.shape()), " and indices ",
                          to_string(indices.shape()), " may differ in axis ", normal, " only"));
  }
  const Shape to_end = moved_axis(rank, normal, rank - 1);
  const Tensor found =
      gather_batched(transpose(x, to_end), transpose(indices, to_end), rank - 1, rank - 1);
  return transpose(found, moved_axis(rank, rank - 1, normal));
}

Tensor boolean_mask(const Tensor& x, const Tensor& mask, int axis) {
  check_eager(mask, "booleanMask");
  const int normal =
      x.shape().rank() == 0 ? 0 : normalize_axis(axis, x.shape().rank(), "booleanMask");
  const int count = mask.shape().rank();
  if (count == 0 || normal + count > x.shape().rank() ||
      x.shape().slice(normal, normal + count) != mask.shape()) {
    throw ValueError(text("[booleanMask] the mask ", to_string(mask.shape()), " must have the ",
                          "shape of x ", to_string(x.shape()), " from axis ", normal, " on"));
  }
  const Tensor truth = cast(mask, DType::kBool);
  const uint8_t* const bits = truth.data<uint8_t>();
  std::vector<int32_t> places;
  for (int64_t i = 0; i < mask.size(); ++i) {
    if (bits[i] != 0) places.push_back(static_cast<int32_t>(i));
  }
  Shape joined = x.shape().slice(0, normal);
  joined.push_back(static_cast<int>(mask.size()));
  for (int dim : x.shape().slice(normal + count)) joined.push_back(dim);
  const Tensor indices = Tensor::from({static_cast<int>(places.size())}, places);
  return gather(reshape(x, joined), indices, normal);
}

Tensor where_indices(const Tensor& condition) {
  check_eager(condition, "whereAsync");
  const Shape& shape = condition.shape();
  const Tensor truth = cast(condition, DType::kBool);
  const uint8_t* const bits = truth.data<uint8_t>();
  const auto count = static_cast<int>(std::count_if(bits, bits + truth.size(),  //
                                                    [](uint8_t bit) { return bit != 0; }));
  Tensor out = Tensor::empty({count, shape.rank()}, DType::kInt32);
  int32_t* row = out.data<int32_t>();
  for (int64_t i = 0; i < truth.size(); ++i) {
    if (bits[i] == 0) continue;
    int64_t rest = i;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      row[axis] = static_cast<int32_t>(rest % shape[axis]);
      rest /= shape[axis];
    }
    row += shape.rank();
  }
  return out;
}

}  // namespace heddle

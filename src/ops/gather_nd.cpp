#include "ops/gather_nd.h"

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
      fail<ValueError>("[{}] indices must be int32, got {}. Cast them first", where_,
                       name_of(indices.dtype));
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
          fail<ValueError>("[{}] index {} is out of range: the axis has {} elements, 0 to {}",
                           where_, *index, dim, dim - 1);
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
    fail<ValueError>(
        "[{}] the last dimension of indices {} must be the number of axes to index, {} at most",
        where, indices.shape(), rank);
  }
}

/// Scattering fits: updates [..., rest of shape] for indices [..., k].
void check_updates(const Tensor& indices, const Tensor& updates, const Shape& shape,
                   const char* where) {
  check_depth(indices, shape.rank(), where);
  Shape expected = indices.shape().slice(0, indices.shape().rank() - 1);
  for (int dim : shape.slice(indices.shape()[-1])) expected.push_back(dim);
  if (updates.shape() != expected) {
    fail<ValueError>("[{}] updates must have shape {}, got {}", where, expected, updates.shape());
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

}  // namespace heddle

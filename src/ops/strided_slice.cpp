#include "ops/strided_slice.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/copy.h"
#include "ops/gather.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// Where elements are taken from: every steps-th, from `begin` on.
struct Steps {
  std::array<int, kMaxRank> begin{};
  std::array<int, kMaxRank> steps{};
};

class PlaceSteps;

class SliceSteps : public Op {
 public:
  SliceSteps(const Steps& steps, const Shape& size) : steps_(steps), size_(size) {}
  const char* name() const override { return "stridedSlice"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{size_, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::slice(size_of(inputs[0].dtype()), shape.rank(), shape.begin(), steps_.begin.data(),
                   size_.begin(), steps_.steps.data(), inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override;

 private:
  Steps steps_;
  Shape size_;
};

class PlaceSteps : public Op {
 public:
  PlaceSteps(const Steps& steps, const Shape& shape) : steps_(steps), shape_(shape) {}
  const char* name() const override { return "placeSteps"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{shape_, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    std::memset(outputs[0].data, 0, outputs[0].spec->bytes());
    const Shape& size = inputs[0].shape();
    kernels::write_slice(size_of(inputs[0].dtype()), shape_.rank(), shape_.begin(),
                         steps_.begin.data(), size.begin(), steps_.steps.data(), inputs[0].data,
                         outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {
        apply(std::make_shared<SliceSteps>(steps_, request.input(0).shape()), {request.grad()})};
  }

 private:
  Steps steps_;
  Shape shape_;
};

std::vector<Tensor> SliceSteps::gradient(const GradientRequest& request) const {
  return {apply(std::make_shared<PlaceSteps>(steps_, request.input(0).shape()), {request.grad()})};
}

/// Checks that every element named lies within `whole`.
Steps checked(const Shape& whole, IntList begin, IntList size, IntList steps, const char* where) {
  const auto rank = static_cast<size_t>(whole.rank());
  if (begin.size() != rank || size.size() != rank || steps.size() != rank) {
    throw ValueError(text("[", where, "] begin, size and steps must have one entry per axis of ",
                          to_string(whole)));
  }
  Steps out;
  for (int i = 0; i < whole.rank(); ++i) {
    const int64_t last = begin[i] + static_cast<int64_t>(size[i] - 1) * steps[i];
    const bool inside =
        size[i] == 0 || (begin[i] >= 0 && begin[i] < whole[i] && last >= 0 && last < whole[i]);
    if (size[i] < 0 || steps[i] == 0 || !inside) {
      throw ValueError(text("[", where, "] on axis ", i, ", ", size[i], " elements from ", begin[i],
                            " on in steps of ", steps[i], " do not lie within the shape ",
                            to_string(whole)));
    }
    out.begin[i] = begin[i];
    out.steps[i] = steps[i];
  }
  return out;
}

bool bit(int mask, int i) { return (mask >> i & 1) != 0; }

/// A whole axis or part of one: what one entry of a strided slice comes to.
struct Range {
  int begin = 0;
  int size = 0;
  int step = 1;
};

Range resolve(int begin, int end, int step, bool from_first, bool to_last, int dim) {
  if (step == 0) throw ValueError("[stridedSlice] strides must not be 0");
  // Positions may be one before the first or one after the last element.
  const int low = step > 0 ? 0 : -1;
  const int high = step > 0 ? dim : dim - 1;
  const auto position = [&](int at) { return std::clamp(at < 0 ? at + dim : at, low, high); };
  const int first = from_first ? (step > 0 ? low : high) : position(begin);
  const int last = to_last ? (step > 0 ? high : low) : position(end);
  const int64_t distance = step > 0 ? static_cast<int64_t>(last) - first  //
                                    : static_cast<int64_t>(first) - last;
  const int64_t stride = std::abs(static_cast<int64_t>(step));
  return {first, distance > 0 ? static_cast<int>((distance + stride - 1) / stride) : 0, step};
}

Tensor mirror_axis(const Tensor& x, int axis, int before, int after, bool reflect) {
  const int dim = x.shape()[axis];
  const int most = reflect ? dim - 1 : dim;
  if (before < 0 || after < 0 || before > most || after > most) {
    throw ValueError(text("[mirrorPad] paddings of axis ", axis, " of ", to_string(x.shape()),
                          " must be from 0 to ", std::max(most, 0), ", got [", before, ",", after,
                          "]"));
  }
  if (before == 0 && after == 0) return x;
  const Tensor places = Tensor::empty({before + dim + after}, DType::kInt32);
  for (int i = 0; i < places.shape()[0]; ++i) {
    const int at = i - before;
    const int skip = reflect ? 0 : 1;
    places.data<int32_t>()[i] = at < 0 ? -at - skip : at < dim ? at : 2 * dim - at - 2 + skip;
  }
  return gather(x, places, axis);
}

/// The checks that both directions of space and batch share.
void check_blocks(const Tensor& x, IntList blocks, IntList before, IntList after,
                  const char* where) {
  const size_t count = blocks.size();
  if (before.size() != count || after.size() != count ||
      static_cast<int>(count) >= x.shape().rank()) {
    throw ValueError(text("[", where, "] needs one pair of numbers per block and an axis for each ",
                          "after the batch of ", to_string(x.shape()), ", got ", count,
                          " blocks and ", before.size(), " pairs"));
  }
  for (int block : blocks) {
    if (block < 1) throw ValueError(text("[", where, "] blocks must be 1 or more, got ", block));
  }
}

}  // namespace

Tensor slice_steps(const Tensor& x, IntList begin, IntList size, IntList steps) {
  const Steps all = checked(x.shape(), begin, size, steps, "stridedSlice");
  const bool dense = std::all_of(steps.begin(), steps.end(), [](int step) { return step == 1; });
  const bool empty = std::find(size.begin(), size.end(), 0) != size.end();
  if (dense && !empty) return slice(x, begin, size);
  return apply(std::make_shared<SliceSteps>(all, Shape(size)), {x});
}

Tensor place_steps(const Tensor& x, const Shape& shape, IntList begin, IntList steps) {
  const Steps all = checked(shape, begin, x.shape(), steps, "placeSteps");
  return apply(std::make_shared<PlaceSteps>(all, shape), {x});
}

Tensor strided_slice(const Tensor& x, IntList begin, IntList end, IntList strides,
                     const SliceMasks& masks) {
  const auto entries = static_cast<int>(begin.size());
  if (end.size() != begin.size() || (!strides.empty() && strides.size() != begin.size())) {
    throw ValueError(text("[stridedSlice] begin, end and strides must have the same length: got ",
                          begin.size(), ", ", end.size(), " and ", strides.size()));
  }
  if ((masks.ellipsis & (masks.ellipsis - 1)) != 0) {
    throw ValueError("[stridedSlice] only one ellipsis is possible");
  }
  const Shape& shape = x.shape();
  int used = 0;  // axes of x that the entries name
  for (int i = 0; i < entries; ++i) used += !bit(masks.ellipsis, i) && !bit(masks.new_axis, i);
  if (used > shape.rank()) {
    throw ValueError(
        text("[stridedSlice] ", used, " entries are too many for the shape ", to_string(shape)));
  }

  Shape from, size, steps, out;
  const auto whole_axis = [&] {
    const int dim = shape[from.rank()];
    from.push_back(0);
    size.push_back(dim);
    steps.push_back(1);
    out.push_back(dim);
  };
  for (int i = 0; i < entries; ++i) {
    if (bit(masks.ellipsis, i)) {
      for (int left = shape.rank() - used; left > 0; --left) whole_axis();
    } else if (bit(masks.new_axis, i)) {
      out.push_back(1);
    } else {
      const int dim = shape[from.rank()];
      const int step = strides.empty() ? 1 : strides[i];
      Range range = resolve(begin[i], end[i], step, bit(masks.begin, i), bit(masks.end, i), dim);
      if (bit(masks.shrink_axis, i)) {
        range = {begin[i] < 0 ? begin[i] + dim : begin[i], 1, 1};
      } else {
        out.push_back(range.size);
      }
      from.push_back(range.begin);
      size.push_back(range.size);
      steps.push_back(range.step);
    }
  }
  while (from.rank() < shape.rank()) whole_axis();
  return reshape(slice_steps(x, from, size, steps), out);
}

Tensor mirror_pad(const Tensor& x, IntList before, IntList after, bool reflect) {
  const auto rank = static_cast<size_t>(x.shape().rank());
  if (before.size() != rank || after.size() != rank) {
    throw ValueError(
        text("[mirrorPad] paddings must have one entry per axis of ", to_string(x.shape())));
  }
  Tensor y = x;
  for (int axis = 0; axis < x.shape().rank(); ++axis) {
    y = mirror_axis(y, axis, before[axis], after[axis], reflect);
  }
  return y;
}

std::vector<Tensor> unstack(const Tensor& x, int axis) {
  const int normal = normalize_axis(axis, x.shape().rank(), "unstack");
  const int count = x.shape()[normal];
  if (count == 0) return {};
  std::vector<Tensor> pieces = split(x, count, normal);
  for (Tensor& piece : pieces) piece = squeeze(piece, {normal});
  return pieces;
}

Tensor space_to_batch(const Tensor& x, IntList blocks, IntList before, IntList after) {
  check_blocks(x, blocks, before, after, "spaceToBatchND");
  const auto count = static_cast<int>(blocks.size());
  Shape in_front, behind;
  for (int i = 0; i < x.shape().rank(); ++i) {
    const bool blocked = i >= 1 && i <= count;
    in_front.push_back(blocked ? before[i - 1] : 0);
    behind.push_back(blocked ? after[i - 1] : 0);
  }
  const Tensor padded = pad(x, in_front, behind);
  const Shape& shape = padded.shape();
  // [batch, axis / block, block, ..., rest] -> [blocks..., batch, axes / blocks, rest]
  Shape apart{shape[0]}, order, out{shape[0]};
  for (int i = 0; i < count; ++i) {
    if (shape[i + 1] % blocks[i] != 0) {
      throw ValueError(text("[spaceToBatchND] axis ", i + 1, " with its paddings is ", shape[i + 1],
                            ", which is no multiple of the block ", blocks[i]));
    }
    apart.push_back(shape[i + 1] / blocks[i]);
    apart.push_back(blocks[i]);
    order.push_back(2 * i + 2);
    out[0] *= blocks[i];
    out.push_back(shape[i + 1] / blocks[i]);
  }
  for (int i = 0; i <= count; ++i) order.push_back(i == 0 ? 0 : 2 * i - 1);
  for (int i = count + 1; i < shape.rank(); ++i) {
    order.push_back(apart.rank());
    apart.push_back(shape[i]);
    out.push_back(shape[i]);
  }
  return reshape(transpose(reshape(padded, apart), order), out);
}

Tensor batch_to_space(const Tensor& x, IntList blocks, IntList before, IntList after) {
  check_blocks(x, blocks, before, after, "batchToSpaceND");
  const auto count = static_cast<int>(blocks.size());
  const Shape& shape = x.shape();
  const auto product = static_cast<int>(Shape(blocks).size());
  if (shape[0] % product != 0) {
    throw ValueError(text("[batchToSpaceND] the batch ", shape[0], " is no multiple of the blocks ",
                          to_string(Shape(blocks))));
  }
  // [blocks..., batch, axes, rest] -> [batch, axis, block, ..., rest]
  Shape apart = Shape(blocks);
  apart.push_back(shape[0] / product);
  for (int dim : shape.slice(1)) apart.push_back(dim);
  Shape order{count}, joined{shape[0] / product}, begin{0}, size{-1};
  for (int i = 0; i < count; ++i) {
    order.push_back(count + 1 + i);
    order.push_back(i);
    const int dim = shape[i + 1] * blocks[i];
    joined.push_back(dim);
    begin.push_back(before[i]);
    size.push_back(dim - before[i] - after[i]);
  }
  for (int i = count + 1; i < shape.rank(); ++i) {
    order.push_back(count + i);
    joined.push_back(shape[i]);
  }
  return slice(reshape(transpose(reshape(x, apart), order), joined), begin, size);
}

Tensor depth_to_space(const Tensor& x, int block, bool channels_first) {
  const Shape& s = x.shape();
  const int channels = s.rank() == 4 ? s[channels_first ? 1 : 3] : 0;
  if (s.rank() != 4 || block < 1 || channels % (block * block) != 0) {
    throw ValueError(text("[depthToSpace] needs rank 4 and channels that are a multiple of ",
                          block * block, " (the block's cells), got ", to_string(s)));
  }
  if (channels_first) {
    return transpose(depth_to_space(transpose(x, {0, 2, 3, 1}), block), {0, 3, 1, 2});
  }
  const int rest = channels / (block * block);
  const Tensor apart = reshape(x, {s[0], s[1], s[2], block, block, rest});
  return reshape(transpose(apart, {0, 1, 3, 2, 4, 5}), {s[0], s[1] * block, s[2] * block, rest});
}

}  // namespace heddle

#include "graph/fold.h"

#include <numeric>
#include <utility>

#include "graph/prologue.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

using kernels::Code;

constexpr int kNone = -1;

class Folding {
 public:
  explicit Folding(StepGraph& graph)
      : graph_(graph),
        uses_(graph.count_uses()),
        user_(graph.values.size(), kNone),
        fixed_(fixed_values(graph)) {
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      for (const int input : graph_.steps[s].inputs) user_[input] = static_cast<int>(s);
    }
  }

  void run() {
    const size_t count = graph_.steps.size();
    for (size_t s = 0; s < count; ++s) {
      if (graph_.steps[s].op != nullptr) fold(static_cast<int>(s));
    }
    // What is new stands where its key says; the keys before it are those of the steps.
    for (Step& step : made_) graph_.steps.push_back(std::move(step));
    std::vector<uint64_t> keys(count);
    std::iota(keys.begin(), keys.end(), uint64_t{0});
    keys.insert(keys.end(), keys_.begin(), keys_.end());
    order_steps(graph_.steps, keys);
  }

 private:
  /// y s + t, of which s and t are values, or kNone.
  struct Affine {
    int scale = kNone;
    int shift = kNone;
  };

  /// Folds what follows the product of step s. The new steps stand where the last step was that
  /// they do the work of: what they need is there by then.
  void fold(int s) {
    std::vector<Step>& steps = graph_.steps;
    const Step& product = steps[s];
    if (!product.op->linear_in_columns()) return;
    if (product.inputs.size() != 2 || !fixed_[product.inputs[1]]) return;
    const TensorSpec spec = graph_.values[product.outputs[0]].spec;
    if (spec.shape.rank() == 0) return;
    channels_ = spec.shape[-1];

    Affine affine;
    std::vector<int> done{s};
    std::vector<int> pending;  // reshapes since the last step taken in
    int last = product.outputs[0];
    int value = last;
    while (uses_[value] == 1 && user_[value] != kNone) {
      const Step& next = steps[user_[value]];
      if (next.op->alias() >= 0 && next.inputs.size() == 1) {
        const Shape& shape = graph_.values[next.outputs[0]].spec.shape;
        if (shape.rank() == 0 || shape[-1] != channels_) break;
        pending.push_back(user_[value]);
      } else if (take(next, value, affine)) {
        done.insert(done.end(), pending.begin(), pending.end());
        pending.clear();
        done.push_back(user_[value]);
        last = next.outputs[0];
      } else {
        break;
      }
      value = next.outputs[0];
    }
    if (affine.scale == kNone) {
      made_.resize(keys_.size());  // sums of shifts that nobody will ask for
      return;
    }

    const int weights = add(elementwise_op(Code::kMul), {product.inputs[1], affine.scale});
    const Shape result = graph_.values[last].spec.shape;
    int y = last;
    if (result != spec.shape) {
      y = new_value(spec);
      made_.push_back({product.op, {product.inputs[0], weights}, {y}});
      if (affine.shift != kNone) y = add(elementwise_op(Code::kAdd), {y, affine.shift});
      made_.push_back({reshape_op(result), {y}, {last}});
    } else if (affine.shift != kNone) {
      y = add(product.op, {product.inputs[0], weights});
      made_.push_back({elementwise_op(Code::kAdd), {y, affine.shift}, {last}});
    } else {
      made_.push_back({product.op, {product.inputs[0], weights}, {last}});
    }
    keys_.resize(made_.size(), done.back());
    for (const int step : done) steps[step].op = nullptr;
  }

  /// Takes a step that adds, subtracts or multiplies by something for each channel.
  bool take(const Step& step, int value, Affine& affine) {
    const Elementwise* op = step.op->as_elementwise();
    if (op == nullptr || op->chain().num_steps != 1 || step.inputs.size() != 2) return false;
    const Code code = op->chain().steps[0].code;
    if (code != Code::kAdd && code != Code::kSub && code != Code::kMul) return false;
    if (code == Code::kSub && step.inputs[0] != value) return false;
    const TensorSpec& spec = graph_.values[value].spec;
    const int other = step.inputs[step.inputs[0] == value ? 1 : 0];
    if (!fixed_[other] || graph_.values[step.outputs[0]].spec != spec) return false;
    const TensorSpec& given = graph_.values[other].spec;
    if (given.dtype != DType::kFloat32 || given.shape.size() != channels_ ||
        given.shape.rank() == 0 || given.shape[-1] != channels_) {
      return false;
    }
    const int by = given.shape.rank() == 1 ? other : add(reshape_op({channels_}), {other});
    if (code == Code::kMul) {
      affine.scale = affine.scale == kNone ? by : add(elementwise_op(code), {affine.scale, by});
      if (affine.shift != kNone) affine.shift = add(elementwise_op(code), {affine.shift, by});
    } else if (affine.shift != kNone) {
      affine.shift = add(elementwise_op(code), {affine.shift, by});
    } else if (code == Code::kAdd) {
      affine.shift = by;
    } else {
      affine.shift = add(elementwise_op(Code::kNeg, 1), {by});
    }
    return true;
  }

  int new_value(const TensorSpec& spec) {
    graph_.values.push_back(Value{spec});
    return static_cast<int>(graph_.values.size()) - 1;
  }

  /// A step among those that are made.
  int add(OpPtr op, std::vector<int> inputs) {
    std::vector<TensorSpec> specs;
    for (const int input : inputs) specs.push_back(graph_.values[input].spec);
    const int output = new_value(op->infer(specs)[0]);
    made_.push_back({std::move(op), std::move(inputs), {output}});
    return output;
  }

  StepGraph& graph_;
  std::vector<int> uses_;
  std::vector<int> user_;  // of a value: the step that uses it last
  std::vector<uint8_t> fixed_;
  std::vector<Step> made_;      // the new steps
  std::vector<uint64_t> keys_;  // the step whose place each of them takes
  int channels_ = 0;
};

}  // namespace

void fold_channel_scales(StepGraph& graph) { Folding(graph).run(); }

}  // namespace heddle

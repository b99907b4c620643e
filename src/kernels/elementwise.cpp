#include "kernels/elementwise.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "kernels/elementwise_steps.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace heddle::kernels {
namespace {

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_same_v<To, int32_t> && std::is_same_v<From, float>) {
    return simd::to_int(simd::splat(value))[0];
  } else if constexpr (std::is_same_v<To, uint8_t>) {
    return value != 0 ? 1 : 0;
  } else {
    return static_cast<To>(value);
  }
}

/// to[i] = from[i * stride] for i in [0, n).
template <typename To, typename From>
void load_run(int n, const From* from, int stride, To* to) {
  if (stride == 0) {
    std::fill_n(to, n, convert<To>(*from));
  } else if (stride == 1) {
    for (int i = 0; i < n; ++i) to[i] = convert<To>(from[i]);
  } else {
    for (int i = 0; i < n; ++i) to[i] = convert<To>(from[i * stride]);
  }
}

// These two have a loop for every pair of types: they stand in the program once.
template <typename T>
[[gnu::noinline]] void load_run(DType dtype, int n, const void* from, int offset, int stride,
                                T* to) {
  switch (dtype) {
    case DType::kFloat32:
      return load_run(n, static_cast<const float*>(from) + offset, stride, to);
    case DType::kInt32:
      return load_run(n, static_cast<const int32_t*>(from) + offset, stride, to);
    case DType::kBool:
      return load_run(n, static_cast<const uint8_t*>(from) + offset, stride, to);
  }
}

template <typename T>
[[gnu::noinline]] void store_run(DType dtype, int n, const T* from, void* to, int offset) {
  switch (dtype) {
    case DType::kFloat32:
      return load_run(n, from, 1, static_cast<float*>(to) + offset);
    case DType::kInt32:
      return load_run(n, from, 1, static_cast<int32_t*>(to) + offset);
    case DType::kBool:
      return load_run(n, from, 1, static_cast<uint8_t*>(to) + offset);
  }
}

void check(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

void check_chain(const Chain& chain) {
  check(chain.compute != DType::kBool, "elementwise: a chain computes in float32 or int32");
  check(chain.num_inputs >= 0 && chain.num_inputs <= kMaxChainInputs && chain.num_steps >= 0 &&
            chain.num_steps <= kMaxChainSteps && chain.num_outputs >= 0 &&
            chain.num_outputs <= kMaxChainOutputs,
        "elementwise: too many inputs, steps or outputs");
  for (int s = 0; s < chain.num_steps; ++s) {
    const ChainStep& step = chain.steps[s];
    check(step.code < Code::kCount, "elementwise: no such code");
    check(chain.compute == DType::kFloat32 || step_i32(step.code),
          "elementwise: this function needs float32");
    for (int i = 0; i < operand_count(step.code); ++i) {
      check(step.operands[i] < chain.num_inputs + s,
            "elementwise: an operand refers to a later value");
    }
  }
  for (int o = 0; o < chain.num_outputs; ++o) {
    check(chain.outputs[o].value < chain.num_inputs + chain.num_steps,
          "elementwise: an output refers to no value");
  }
}

/// Drops dims of size 1 and joins neighbours that every input walks through evenly.
void merge_dims(ChainPlan& plan, int rank, const int* dims, const int* const* strides) {
  const int inputs = plan.chain.num_inputs;
  int merged = 0;
  plan.dims[0] = 1;
  for (int d = 0; d < rank; ++d) {
    if (dims[d] == 1) continue;
    const int last = merged - 1;
    bool joins = merged > 0;
    for (int i = 0; joins && i < inputs; ++i) {
      joins = plan.strides[i][last] == strides[i][d] * dims[d];
    }
    const int at = joins ? last : merged++;
    plan.dims[at] = joins ? plan.dims[at] * dims[d] : dims[d];
    for (int i = 0; i < inputs; ++i) plan.strides[i][at] = strides[i][d];
  }
  plan.rank = std::max(merged, 1);
}

/// The most elements worked on at a time where all steps read and write whole arrays.
constexpr int kLongTile = 8 * kChainTile;

void choose_tiles(ChainPlan& plan) {
  const int inner = plan.dims[plan.rank - 1];
  plan.rows = plan.total / inner;
  if (plan.rows == 1 || inner > kChainTile / 2) {
    // Pieces of about equal length, whole vectors.
    const int pieces = (inner + kChainTile - 1) / kChainTile;
    plan.tile = std::min(kChainTile, ((inner + pieces - 1) / pieces + 3) & ~3);
  } else {
    plan.rows_per_tile = std::min(plan.rows, kChainTile / inner);
    plan.tile = plan.rows_per_tile * inner;
  }
}

/// True when the input walks through memory as the output does.
bool is_dense(const ChainPlan& plan, int input) {
  int stride = 1;
  for (int d = plan.rank - 1; d >= 0; --d) {
    if (plan.strides[input][d] != stride) return false;
    stride *= plan.dims[d];
  }
  return true;
}

void choose_access(ChainPlan& plan, int input) {
  using Access = ChainPlan::Access;
  const int* strides = plan.strides[input];
  bool outer_still = true;
  for (int d = 0; d + 1 < plan.rank; ++d) outer_still = outer_still && strides[d] == 0;
  const int inner_stride = strides[plan.rank - 1];
  const bool contiguous = plan.rows_per_tile ? is_dense(plan, input) : inner_stride == 1;
  bool is_output = false;
  for (int o = 0; o < plan.chain.num_outputs; ++o) {
    is_output = is_output || plan.chain.outputs[o].value == input;
  }
  if (outer_still && (inner_stride == 0 || plan.rows_per_tile)) {
    plan.access[input] = Access::kOnce;
  } else if (contiguous && plan.chain.inputs[input] == plan.chain.compute && !is_output) {
    plan.access[input] = Access::kDirect;
  } else {
    plan.access[input] = Access::kLoad;
  }
}

/// Gives every value a slot of tile memory, used again once the value is no longer needed.
void assign_slots(ChainPlan& plan) {
  const Chain& chain = plan.chain;
  constexpr int kMaxValues = kMaxChainInputs + kMaxChainSteps;
  const int kEnd = chain.num_steps;  // "needed when the tile's outputs are stored"
  int last_use[kMaxValues];
  std::fill_n(last_use, kMaxValues, -1);
  int last_direct_read = -1;
  for (int s = 0; s < chain.num_steps; ++s) {
    for (int i = 0; i < operand_count(chain.steps[s].code); ++i) {
      const int value = chain.steps[s].operands[i];
      last_use[value] = s;
      if (value < chain.num_inputs && plan.access[value] == ChainPlan::Access::kDirect) {
        last_direct_read = s;
      }
    }
  }
  // A step may write an output's own memory, unless a later step reads an input in place: that
  // input may be the same memory.
  for (int s = 0; s < chain.num_steps; ++s) plan.step_output[s] = ChainPlan::kNoOutput;
  for (int o = 0; o < chain.num_outputs; ++o) {
    const int value = chain.outputs[o].value;
    const int s = value - chain.num_inputs;
    const bool at_once = s >= last_direct_read && s >= 0 &&
                         chain.outputs[o].dtype == chain.compute &&
                         plan.step_output[s] == ChainPlan::kNoOutput;
    plan.output_stored[o] = !at_once;
    if (at_once) plan.step_output[s] = static_cast<int8_t>(o);
    if (!at_once) last_use[value] = kEnd;
  }

  bool used[kMaxValues] = {};
  const auto take = [&] {
    int slot = 0;
    while (used[slot]) ++slot;
    used[slot] = true;
    plan.num_slots = std::max(plan.num_slots, slot + 1);
    return static_cast<uint8_t>(slot);
  };
  for (int i = 0; i < chain.num_inputs; ++i) {
    const bool direct = plan.access[i] == ChainPlan::Access::kDirect;
    plan.input_slot[i] = direct ? ChainPlan::kNoSlot : take();
    // What is loaded once has to last.
    if (plan.access[i] == ChainPlan::Access::kOnce) last_use[i] = kEnd;
  }
  for (int s = 0; s < chain.num_steps; ++s) {
    // An operand's slot may take the result: steps read before they write.
    for (int v = 0; v < chain.num_inputs + s; ++v) {
      const uint8_t slot =
          v < chain.num_inputs ? plan.input_slot[v] : plan.step_slot[v - chain.num_inputs];
      if (slot != ChainPlan::kNoSlot && last_use[v] == s) used[slot] = false;
    }
    plan.step_slot[s] = plan.step_output[s] != ChainPlan::kNoOutput ? ChainPlan::kNoSlot : take();
    if (last_use[chain.num_inputs + s] < 0 && plan.step_slot[s] != ChainPlan::kNoSlot) {
      used[plan.step_slot[s]] = false;  // nobody wants it
    }
  }
}

/// Where row `row` of an input begins.
int row_offset(const ChainPlan& plan, int input, int row) {
  int offset = 0;
  for (int d = plan.rank - 2; d >= 0; --d) {
    offset += row % plan.dims[d] * plan.strides[input][d];
    row /= plan.dims[d];
  }
  return offset;
}

/// Loads `rows` whole rows of an input, one after another.
template <typename T>
void load_rows(const ChainPlan& plan, int input, const void* data, int row, int rows, T* to) {
  const DType dtype = plan.chain.inputs[input];
  const int inner = plan.dims[plan.rank - 1];
  if (is_dense(plan, input)) return load_run(dtype, rows * inner, data, row * inner, 1, to);
  const int stride = plan.strides[input][plan.rank - 1];
  for (int r = 0; r < rows; ++r) {
    load_run(dtype, inner, data, row_offset(plan, input, row + r), stride, to + r * inner);
  }
}

template <typename T>
StepFn<T> step_function(Code code) {
  if constexpr (std::is_same_v<T, float>) {
    return step_f32(code);
  } else {
    return step_i32(code);
  }
}

/// A step's constant in the compute type; limits that int32 does not reach become its own.
template <typename T>
T constant_as(double value) {
  if constexpr (std::is_same_v<T, int32_t>) {
    if (value != value) return 0;
    return static_cast<int32_t>(std::clamp(value, -2147483648.0, 2147483647.0));
  } else {
    return static_cast<T>(value);
  }
}

/// Runs a step over n elements: whole vectors where they are, the rest through memory of its own.
template <typename T>
void run_step(StepFn<T> function, int n, const T* constants, const T* const in[3], T* out) {
  const int whole = n / simd::kLanes * simd::kLanes;
  if (whole > 0) function(whole, constants, in[0], in[1], in[2], out);
  if (whole == n) return;
  T rest[4][simd::kLanes] = {};
  for (int i = 0; i < 3; ++i) {
    if (in[i] != nullptr) std::copy(in[i] + whole, in[i] + n, rest[i]);
  }
  function(simd::kLanes, constants, rest[0], rest[1], rest[2], rest[3]);
  std::copy_n(rest[3], n - whole, out + whole);
}

template <typename T>
void run_tiles(const ChainPlan& plan, const void* const* inputs, void* const* outputs, int begin,
               int end) {
  using Access = ChainPlan::Access;
  const Chain& chain = plan.chain;
  const int inner = plan.dims[plan.rank - 1];
  const int tiles_per_row = plan.rows_per_tile ? 0 : (inner + plan.tile - 1) / plan.tile;
  T* slots = static_cast<T*>(scratch_bytes(
      ScratchUse::kTile, static_cast<size_t>(plan.num_slots) * kChainTile * sizeof(T)));
  StepFn<T> functions[kMaxChainSteps];
  T constants[kMaxChainSteps][2];
  for (int s = 0; s < chain.num_steps; ++s) {
    functions[s] = step_function<T>(chain.steps[s].code);
    constants[s][0] = constant_as<T>(chain.steps[s].constants[0]);
    constants[s][1] = constant_as<T>(chain.steps[s].constants[1]);
  }
  T* values[kMaxChainInputs + kMaxChainSteps];
  for (int i = 0; i < chain.num_inputs; ++i) {
    if (plan.access[i] != Access::kDirect) values[i] = slots + plan.input_slot[i] * kChainTile;
    if (plan.access[i] == Access::kOnce) {
      const int rows = std::max(plan.rows_per_tile, 1);
      if (plan.rows_per_tile) {
        load_rows(plan, i, inputs[i], 0, rows, values[i]);
      } else {
        load_run(chain.inputs[i], plan.tile, inputs[i], 0, 0, values[i]);
      }
    }
  }
  for (int t = begin; t < end; ++t) {
    const int row = plan.rows_per_tile ? t * plan.rows_per_tile : t / tiles_per_row;
    const int column = plan.rows_per_tile ? 0 : t % tiles_per_row * plan.tile;
    const int rows = std::min(plan.rows_per_tile, plan.rows - row);
    const int n = plan.rows_per_tile ? rows * inner : std::min(plan.tile, inner - column);
    const int at = row * inner + column;  // of the outputs
    for (int i = 0; i < chain.num_inputs; ++i) {
      if (plan.access[i] == Access::kOnce) continue;
      if (plan.rows_per_tile) {
        if (plan.access[i] == Access::kDirect) {
          values[i] = const_cast<T*>(static_cast<const T*>(inputs[i])) + at;
        } else {
          load_rows(plan, i, inputs[i], row, rows, values[i]);
        }
        continue;
      }
      const int stride = plan.strides[i][plan.rank - 1];
      const int offset = row_offset(plan, i, row) + column * stride;
      if (plan.access[i] == Access::kDirect) {
        values[i] = const_cast<T*>(static_cast<const T*>(inputs[i])) + offset;
      } else {
        load_run(chain.inputs[i], n, inputs[i], offset, stride, values[i]);
      }
    }
    for (int s = 0; s < chain.num_steps; ++s) {
      const uint8_t* operands = chain.steps[s].operands;
      const int count = operand_count(chain.steps[s].code);
      T* out = plan.step_output[s] != ChainPlan::kNoOutput
                   ? static_cast<T*>(outputs[plan.step_output[s]]) + at
                   : slots + plan.step_slot[s] * kChainTile;
      const T* in[3] = {};
      for (int i = 0; i < count; ++i) in[i] = values[operands[i]];
      run_step(functions[s], n, constants[s], in, out);
      values[chain.num_inputs + s] = out;
    }
    for (int o = 0; o < chain.num_outputs; ++o) {
      if (plan.output_stored[o]) {
        store_run(chain.outputs[o].dtype, n, values[chain.outputs[o].value], outputs[o], at);
      }
    }
  }
}

/// About how many operations on vectors a tile takes.
int64_t tile_work(const ChainPlan& plan) {
  constexpr int kFunction = 16;  // an exp or the like
  const Chain& chain = plan.chain;
  int work = chain.num_inputs + chain.num_outputs;
  for (int s = 0; s < chain.num_steps; ++s) {
    const Code code = chain.steps[s].code;
    const bool function = (code >= Code::kReciprocal && code <= Code::kErf) || code == Code::kPow ||
                          code == Code::kAtan2;
    work += function ? kFunction : 1;
  }
  return static_cast<int64_t>(work) * plan.tile / 4;
}

}  // namespace

int operand_count(Code code) {
  if (code < Code::kIdentity) return 2;
  if (code < Code::kSelect) return 1;
  return code < Code::kConstant ? 3 : 0;
}

ChainPlan plan_chain(const Chain& chain, int rank, const int* dims, const int* const* strides) {
  check(rank >= 0 && rank <= kMaxChainDims, "elementwise: too many dimensions");
  check_chain(chain);
  ChainPlan plan;
  plan.chain = chain;
  plan.total = 1;
  for (int d = 0; d < rank; ++d) plan.total *= dims[d];
  if (plan.total == 0) return plan;
  merge_dims(plan, rank, dims, strides);
  choose_tiles(plan);
  for (int i = 0; i < chain.num_inputs; ++i) choose_access(plan, i);
  assign_slots(plan);
  // Where nothing is kept in between, there is no cache to spare.
  if (plan.num_slots == 0 && plan.rows == 1) plan.tile = std::min(kLongTile, (plan.total + 3) & ~3);
  plan.grain = grain_for(tile_work(plan));
  return plan;
}

void run_chain(const ChainPlan& plan, const void* const* inputs, void* const* outputs) {
  if (plan.total == 0) return;
  const int inner = plan.dims[plan.rank - 1];
  const int tiles = plan.rows_per_tile ? (plan.rows + plan.rows_per_tile - 1) / plan.rows_per_tile
                                       : plan.rows * ((inner + plan.tile - 1) / plan.tile);
  parallel_for(tiles, plan.grain, [&](int begin, int end) {
    if (plan.chain.compute == DType::kFloat32) {
      run_tiles<float>(plan, inputs, outputs, begin, end);
    } else {
      run_tiles<int32_t>(plan, inputs, outputs, begin, end);
    }
  });
}

void run_chain(const Chain& chain, int rank, const int* dims, const int* const* strides,
               const void* const* inputs, void* const* outputs) {
  run_chain(plan_chain(chain, rank, dims, strides), inputs, outputs);
}

}  // namespace heddle::kernels

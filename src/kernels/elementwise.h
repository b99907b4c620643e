#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace heddle::kernels {

/// Elementwise functions of one, two or three values. `a`, `b`, `c` are the operands in order; k0,
/// k1 the step's constants. Truth values are 1 and 0; anything but 0 counts as true. Codes marked
/// (f) exist only for compute type float32; all others also for int32.
enum class Code : uint8_t {
  // Two operands.
  kAdd,
  kSub,
  kMul,
  kDiv,       // int32: truncates towards zero, x / 0 = 0
  kFloorDiv,  // floor(a / b); int32: x / 0 = 0
  kMod,       // has the sign of b, as in TensorFlow; int32: x mod 0 = 0
  kPow,       // int32: negative exponents give 0 but for a = 1 and -1
  kMin,       // NaN if either is
  kMax,       // NaN if either is
  kSquaredDifference,
  kAtan2,  // (f)
  kPrelu,  // (f) a where a > 0, else a * b
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kLogicalAnd,
  kLogicalOr,
  kLogicalXor,
  // Gradient helpers: a is the gradient that arrives; b is the input x or the output y, as said.
  kReluGrad,     // a where b > 0, else 0; b = x or y
  kRelu6Grad,    // a where 0 < b < 6, else 0; b = x or y
  kSigmoidGrad,  // (f) a * b * (1 - b); b = y
  kTanhGrad,     // (f) a * (1 - b * b); b = y
  kClipGrad,     // a where k0 <= b <= k1, else 0; b = x
  kEluGrad,      // (f) a where b >= 0, else a * (b + 1); b = y
  // One operand.
  kIdentity,  // also how a cast is written: from the input's type to the output's
  kNeg,
  kAbs,
  kSign,  // NaN stays NaN
  kSquare,
  kLogicalNot,
  kRelu,  // NaN stays NaN
  kRelu6,
  kClip,         // min(max(a, k0), k1); NaN stays NaN
  kStep,         // a > 0 ? 1 : k0 (NaN stays NaN), as in TensorFlow.js
  kAddConstant,  // a + k0
  kMulConstant,  // a * k0
  kReciprocal,   // (f) as all below
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kRsqrt,
  kSigmoid,
  kLogSigmoid,
  kSoftplus,  // log(1 + exp(a)) without overflow
  kTanh,
  kElu,  // a where a >= 0, else expm1(a)
  kSelu,
  kLeakyRelu,  // a where a >= 0, else k0 * a
  kSin,
  kCos,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kAsinh,
  kAcosh,
  kAtanh,
  kErf,
  kFloor,
  kCeil,
  kRound,  // half to even
  kTrunc,  // towards zero
  kIsNan,
  kIsInf,
  kIsFinite,
  // Three operands.
  kSelect,  // a != 0 ? b : c
  kMulAdd,  // a * b + c
  // None.
  kConstant,  // k0
  kCount,
};

/// How many operands a code takes: 0 to 3.
int operand_count(Code code);

/// The most elements worked on at a time: few enough that a chain's values stay in the first-level
/// cache.
inline constexpr int kChainTile = 512;
inline constexpr int kMaxChainDims = 8;
inline constexpr int kMaxChainInputs = 16;
inline constexpr int kMaxChainSteps = 32;
inline constexpr int kMaxChainOutputs = 8;

/// One step of a chain. Its operands are values by number: the chain's inputs are values 0 to
/// num_inputs - 1, and step s makes value num_inputs + s. Unused operands are ignored.
struct ChainStep {
  Code code = Code::kIdentity;
  uint8_t operands[3] = {0, 0, 0};
  double constants[2] = {0, 0};  // double, so that every int32 is exact
};

/// A value that is stored, and the type it is stored as. float32 to int32 truncates (NaN becomes 0,
/// what does not fit becomes the nearest that does); anything but 0 becomes the bool 1.
struct ChainOutput {
  uint8_t value = 0;
  DType dtype = DType::kFloat32;
};

/// Elementwise work on whole arrays: one op, or many in a row fused so that memory is touched once.
/// Computes in float32 or int32; inputs of other types are converted as they are loaded.
struct Chain {
  DType compute = DType::kFloat32;  // kFloat32 or kInt32
  int num_inputs = 0;
  int num_steps = 0;
  int num_outputs = 0;
  DType inputs[kMaxChainInputs] = {};
  ChainStep steps[kMaxChainSteps] = {};
  ChainOutput outputs[kMaxChainOutputs] = {};
};

/// A chain made ready for one output shape. Plain data without pointers into anything: may be
/// copied, kept and run again and again, by several threads at once.
struct ChainPlan {
  static constexpr uint8_t kNoSlot = 255;
  static constexpr int8_t kNoOutput = -1;
  /// How an input is read.
  enum class Access : uint8_t {
    kDirect,  // in place
    kOnce,    // the same for every tile: loaded into its slot before the first
    kLoad,    // into its slot for every tile
  };

  Chain chain;
  int total = 0;                                     // elements of the output
  int rank = 1;                                      // after merging dims
  int dims[kMaxChainDims] = {};                      // merged dims, outermost first
  int strides[kMaxChainInputs][kMaxChainDims] = {};  // in elements, per merged dim
  int rows = 0;                                      // the product of all merged dims but the last
  int rows_per_tile = 0;                             // a tile is this many rows, or (when 0)
  int tile = 0;                                      // a piece of one row of at most this length
  int grain = 1;                                     // tiles that one thread takes at least
  int num_slots = 0;
  Access access[kMaxChainInputs] = {};
  uint8_t input_slot[kMaxChainInputs] = {};
  uint8_t step_slot[kMaxChainSteps] = {};
  int8_t step_output[kMaxChainSteps] = {};    // the output whose memory the step writes at once
  bool output_stored[kMaxChainOutputs] = {};  // false: written by its step
};

/// Makes a plan. `dims[rank]` is the output's shape; `strides[i]` points to the `rank` strides of
/// input i, in elements, 0 where it is broadcast. rank is 0 to 8; outputs are dense, row-major. The
/// chain must be well formed (operands refer to earlier values, limits hold): throws
/// std::invalid_argument if not.
ChainPlan plan_chain(const Chain& chain, int rank, const int* dims, const int* const* strides);

/// Runs a plan on `inputs[num_inputs]`, writing `outputs[num_outputs]`. Allocates nothing (but
/// scratch the first time). An output may be the very memory of an input if that input has the
/// output's whole shape, is dense and has elements of the same size.
void run_chain(const ChainPlan& plan, const void* const* inputs, void* const* outputs);

/// The same as one call.
void run_chain(const Chain& chain, int rank, const int* dims, const int* const* strides,
               const void* const* inputs, void* const* outputs);

}  // namespace heddle::kernels

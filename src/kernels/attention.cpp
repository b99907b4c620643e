#include "kernels/attention.h"

#include <algorithm>
#include <cstddef>

#include "kernels/gemm.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "kernels/simd.h"
#include "kernels/softmax.h"

namespace heddle::kernels {
namespace {

/// How many scores are held at a time, if a few queries allow it: 256 KB, which is within the
/// second level of caches.
constexpr int kHeldScores = 1 << 16;
constexpr int kMostRows = 64;
constexpr int kLeastRows = 8;
constexpr float kHidden = -1e9f;

int rows_at_a_time(const AttentionGeometry& g) {
  const int rows = std::clamp(kHeldScores / std::max(g.keys, 1), kLeastRows, kMostRows);
  return std::min(rows, g.queries);
}

/// A few queries of one member of the batch, and the keys that they may see.
struct Block {
  int member, first, rows, keys;

  Block(const AttentionGeometry& g, int member_, int first_, int most)
      : member(member_), first(first_), rows(std::min(most, g.queries - first_)), keys(g.keys) {}
};

/// Which keys come last that any query of a block may see. Under a mask all take part: where a
/// query sees nothing, all keys count alike.
int keys_seen(const AttentionGeometry& g, const uint8_t* mask, int last_query) {
  return g.causal && mask == nullptr ? std::min(g.keys, last_query + 1) : g.keys;
}

void hide(const AttentionGeometry& g, const Block& at, const uint8_t* mask, float* scores) {
  if (mask == nullptr && !g.causal) return;
  const int mask_member = at.member / (g.batch / g.mask_batch);
  for (int r = 0; r < at.rows; ++r, scores += at.keys) {
    const int query = at.first + r;
    const int visible = g.causal ? std::min(query + 1, at.keys) : at.keys;
    if (mask != nullptr) {
      const int row = mask_member * g.mask_queries + (g.mask_queries > 1 ? query : 0);
      const uint8_t* const seen = mask + static_cast<ptrdiff_t>(row) * g.mask_keys;
      const int step = g.mask_keys > 1 ? 1 : 0;
      for (int j = 0; j < visible; ++j) {
        if (seen[j * step] == 0) scores[j] += kHidden;
      }
    }
    for (int j = visible; j < at.keys; ++j) scores[j] += kHidden;
  }
}

void multiply(int count, float factor, float* x) {
  const simd::F32x4 by = simd::splat(factor);
  int i = 0;
  for (; i + simd::kLanes <= count; i += simd::kLanes) simd::store(x + i, simd::load(x + i) * by);
  for (; i < count; ++i) x[i] *= factor;
}

/// The weights of a block's queries: [rows, keys].
void weigh(const AttentionGeometry& g, const Block& at, const float* q, const float* k,
           const uint8_t* mask, float* weights) {
  const ptrdiff_t size = g.key_size;
  gemm(at.rows, at.keys, g.key_size, {q, size, 1}, {k, 1, size}, weights, at.keys);
  multiply(at.rows * at.keys, g.scale, weights);
  hide(g, at, mask, weights);
  softmax(at.rows, at.keys, weights, weights);
}

}  // namespace

void attention(const AttentionGeometry& g, const float* q, const float* k, const float* v,
               const uint8_t* mask, float* out) {
  const int most = rows_at_a_time(g);
  const int blocks = most > 0 ? (g.queries + most - 1) / most : 0;
  const ptrdiff_t key_size = g.key_size, value_size = g.value_size;
  parallel_for(g.batch * blocks, 1, [&](int begin, int end) {
    float* const weights =
        scratch_floats(ScratchUse::kTile, static_cast<size_t>(most) * static_cast<size_t>(g.keys));
    for (int i = begin; i < end; ++i) {
      Block at(g, i / blocks, i % blocks * most, most);
      at.keys = keys_seen(g, mask, at.first + at.rows - 1);
      const ptrdiff_t query = static_cast<ptrdiff_t>(at.member) * g.queries + at.first;
      const ptrdiff_t key = static_cast<ptrdiff_t>(at.member) * g.keys;
      weigh(g, at, q + query * key_size, k + key * key_size, mask, weights);
      gemm(at.rows, g.value_size, at.keys, {weights, at.keys, 1},
           {v + key * value_size, value_size, 1}, out + query * value_size, value_size);
    }
  });
}

// With P the weights: dv = Pᵀ dout, dP = dout vᵀ, dS = scale P (dP - sum(P dP)), dq = dS k,
// dk = dSᵀ q.
void attention_backward(const AttentionGeometry& g, const float* q, const float* k, const float* v,
                        const uint8_t* mask, const float* dout, float* dq, float* dk, float* dv) {
  const int most = rows_at_a_time(g);
  const ptrdiff_t key_size = g.key_size, value_size = g.value_size;
  // All queries of a member add to the gradients of its keys.
  parallel_for(g.batch, 1, [&](int begin, int end) {
    const size_t room = static_cast<size_t>(most) * static_cast<size_t>(g.keys);
    float* const weights = scratch_floats(ScratchUse::kTile, 2 * room);
    float* const grads = weights + room;
    for (int member = begin; member < end; ++member) {
      const ptrdiff_t key = static_cast<ptrdiff_t>(member) * g.keys;
      float* const to_k = dk + key * key_size;
      float* const to_v = dv + key * value_size;
      std::fill_n(to_k, g.keys * key_size, 0.0f);
      std::fill_n(to_v, g.keys * value_size, 0.0f);
      for (int first = 0; first < g.queries; first += most) {
        Block at(g, member, first, most);
        at.keys = keys_seen(g, mask, first + at.rows - 1);
        const ptrdiff_t query = static_cast<ptrdiff_t>(member) * g.queries + first;
        const float* const from_q = q + query * key_size;
        const float* const from_out = dout + query * value_size;
        weigh(g, at, from_q, k + key * key_size, mask, weights);
        gemm(at.keys, g.value_size, at.rows, {weights, 1, at.keys}, {from_out, value_size, 1}, to_v,
             value_size, {.accumulate = true});
        gemm(at.rows, at.keys, g.value_size, {from_out, value_size, 1},
             {v + key * value_size, 1, value_size}, grads, at.keys);
        softmax_backward(at.rows, at.keys, weights, grads, grads);
        multiply(at.rows * at.keys, g.scale, grads);
        gemm(at.rows, g.key_size, at.keys, {grads, at.keys, 1}, {k + key * key_size, key_size, 1},
             dq + query * key_size, key_size);
        gemm(at.keys, g.key_size, at.rows, {grads, 1, at.keys}, {from_q, key_size, 1}, to_k,
             key_size, {.accumulate = true});
      }
    }
  });
}

}  // namespace heddle::kernels

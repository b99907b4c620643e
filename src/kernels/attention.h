#pragma once

#include <cstdint>

namespace heddle::kernels {

/// Dot-product attention: out = softmax(scale q kᵀ) v for each of a batch. q is [batch, queries,
/// key_size], k [batch, keys, key_size], v [batch, keys, value_size], out [batch, queries,
/// value_size].
///
/// The mask, if there is one, is [mask_batch, mask_queries, mask_keys], each 1 or what it belongs
/// to; mask_batch divides the batch, and each mask is for as many neighbours. Where it is 0, and,
/// when causal, where a key comes after the query, 1e9 is taken from the score.
struct AttentionGeometry {
  int batch = 1;
  int queries = 0;
  int keys = 0;
  int key_size = 0;
  int value_size = 0;
  float scale = 1;
  bool causal = false;
  int mask_batch = 1;
  int mask_queries = 1;
  int mask_keys = 1;
};

/// `mask` may be null. The scores are made for a few queries at a time and never stored as a whole
/// (Rabe & Staats, "Self-attention Does Not Need O(n²) Memory", 2021).
void attention(const AttentionGeometry& g, const float* q, const float* k, const float* v,
               const uint8_t* mask, float* out);

/// The gradients, from that of `out`. The scores are made anew, as in FlashAttention (Dao et al.
/// 2022). dq, dk and dv are overwritten.
void attention_backward(const AttentionGeometry& g, const float* q, const float* k, const float* v,
                        const uint8_t* mask, const float* dout, float* dq, float* dk, float* dv);

}  // namespace heddle::kernels

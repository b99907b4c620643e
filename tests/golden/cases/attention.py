"""Attention: plain, additive (by Bahdanau's formula), and of many heads."""

import torch
import torch.nn.functional as F

from golden import Table


def plain(table):
    def add(shapes, weights, score, note=None, layer="attention", causal=False, **options):
        def forward(inputs, weights):
            query, value, *key = inputs
            scores = score(query, key[0] if key else value, *weights)
            if causal:
                scores = scores.masked_fill(torch.ones(scores.shape[1:]).triu(1).bool(), -1e9)
            return torch.bmm(torch.softmax(scores, -1), value)

        call = {"call": {"useCausalMask": True}} if causal else {}
        table.add(layer, options, shapes, weights, forward, note=note, **call)

    def dot(query, key, scale=1.0):
        return scale * torch.bmm(query, key.transpose(1, 2))

    def additive(query, key, scale=1.0):
        return (scale * torch.tanh(query[:, :, None] + key[:, None])).sum(-1)

    add([[2, 3, 4], [2, 5, 4]], [], dot)
    add([[2, 3, 4], [2, 5, 6], [2, 5, 4]], [], dot, note="with a key")
    add([[2, 3, 4], [2, 5, 4]], [[]], dot, useScale=True)
    add([[2, 4, 3], [2, 4, 3]], [], dot, note="causal", causal=True)
    add([[2, 3, 4], [2, 5, 4]], [], additive, layer="additiveAttention", useScale=False)
    add([[2, 3, 4], [2, 5, 4]], [[4]], additive, layer="additiveAttention")


def heads(table):
    def project(kernel):
        """[in, heads, size] to PyTorch's [heads * size, in]."""
        return kernel.flatten(1).T

    def add(query, value, key=None, note=None, causal=False, scores=False, **options):
        count, size = options["numHeads"], options["keyDim"]
        bias = options.get("useBias", True)
        width = query[-1]
        inner = [count, size]
        into = [query[-1], (key or value)[-1], value[-1]]  # query, key, value
        kernels = [[inputs, *inner] for inputs in into]
        weights = []
        for kernel in kernels:
            weights += [kernel, inner] if bias else [kernel]
        weights += [[*inner, width]] + ([[width]] if bias else [])

        def forward(inputs, weights):
            q, v, *k = [x.transpose(0, 1) for x in inputs]  # PyTorch: time first
            step = 2 if bias else 1
            projections = [project(w) for w in weights[: 3 * step : step]]
            biases = torch.cat([b.flatten() for b in weights[1:6:2]]) if bias else None
            out = weights[3 * step].flatten(0, 1).T
            mask = torch.ones(q.shape[0], v.shape[0]).triu(1).bool() if causal else None
            result, attended = F.multi_head_attention_forward(
                q,
                k[0] if k else v,
                v,
                width,
                count,
                None,
                biases,
                None,
                None,
                False,
                0.0,
                out,
                weights[-1] if bias else None,
                need_weights=scores,
                average_attn_weights=False,
                attn_mask=mask,
                use_separate_proj_weight=True,
                q_proj_weight=projections[0],
                k_proj_weight=projections[1],
                v_proj_weight=projections[2],
            )
            result = result.transpose(0, 1)
            return [result, attended] if scores else result

        shapes = [query, value] + ([key] if key else [])
        asked = {"useCausalMask": causal, "returnAttentionScores": scores}
        call = {key: True for key, value in asked.items() if value}
        more = {"call": call} if call else {}
        table.add("multiHeadAttention", options, shapes, weights, forward, note=note, **more)

    add([2, 3, 6], [2, 5, 6], numHeads=2, keyDim=3)
    add([2, 3, 6], [2, 4, 5], numHeads=3, keyDim=2, useBias=False)
    add([2, 3, 4], [2, 5, 3], [2, 5, 2], numHeads=2, keyDim=2, note="with a key")
    add([2, 4, 6], [2, 4, 6], numHeads=2, keyDim=3, causal=True, note="causal")
    add([2, 3, 6], [2, 5, 6], numHeads=2, keyDim=3, scores=True, note="with its scores")


def cases():
    table = Table()
    plain(table)
    heads(table)
    return table.cases

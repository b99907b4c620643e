"""Recurrent layers: simpleRNN, lstm, gru (resetAfter), their cells, both directions, masks.

PyTorch's gates come in the order i, f, g, o and r, z, n, with a bias for the input and one for the
state; Keras's in the order i, f, c, o and z, r, h.
"""

import torch
from torch import _VF
from torch.nn.utils.rnn import pack_padded_sequence

from golden import Source, Table

SIGMOID = {"recurrentActivation": "sigmoid"}
GRU = {**SIGMOID, "resetAfter": True}
STEPS, SIZE, UNITS, BATCH = 5, 3, 4, 2


def weights_of(kind, size=SIZE, units=UNITS, bias=True):
    gates = {"simpleRNN": 1, "lstm": 4, "gru": 3}[kind]
    shapes = [[size, gates * units], [units, gates * units]]
    if bias:
        shapes.append([2, gates * units] if kind == "gru" else [gates * units])
    return shapes


def swap(gates):
    """z, r, h to r, z, n, along the last axis."""
    z, r, h = gates.chunk(3, -1)
    return torch.cat([r, z, h], -1)


def parameters(kind, weights):
    """[w_ih, w_hh, b_ih, b_hh] of one direction of one layer."""
    kernel, recurrent, *bias = weights
    if kind == "gru":
        kernel, recurrent = swap(kernel), swap(recurrent)
        biases = [swap(row) for row in bias[0]] if bias else []
    else:
        biases = [bias[0], torch.zeros_like(bias[0])] if bias else []
    return [kernel.T, recurrent.T, *biases]


def run(kind, x, weights, initial=None, both=False, layers=1, lengths=None, relu=False):
    """(sequence, states): states as [layers * directions, batch, units], h and for LSTM c."""
    count = 2 if kind == "lstm" else 1
    each = len(weights) // (layers * (2 if both else 1))
    parts = [weights[i : i + each] for i in range(0, len(weights), each)]
    flat = [parameter for part in parts for parameter in parameters(kind, part)]
    units = parts[0][1].shape[0]
    zeros = torch.zeros(len(parts), x.shape[0], units)
    states = [zeros] * count if initial is None else [state[None] for state in initial]
    hx = tuple(states) if kind == "lstm" else states[0]
    function = {"lstm": _VF.lstm, "gru": _VF.gru}.get(kind, _VF.rnn_relu if relu else _VF.rnn_tanh)
    tail = [flat, each == 3, layers, 0.0, False, both]
    if lengths is None:
        sequence, *last = function(x, hx, *tail, True)
    else:
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        sequence, *last = function(packed.data, packed.batch_sizes, hx, *tail)
    return sequence, last


def plain(table):
    def add(kind, note=None, states=0, **options):
        relu = options.get("activation") == "relu"

        def forward(inputs, weights):
            x, *initial = inputs
            x = x.flip(1) if options.get("goBackwards") else x
            sequence, last = run(kind, x, weights, initial or None, relu=relu)
            output = sequence if options.get("returnSequences") else sequence[:, -1]
            return [output, *[s[0] for s in last]] if options.get("returnState") else output

        shapes = [[BATCH, STEPS, SIZE]] + [[BATCH, UNITS]] * states
        weights = weights_of(kind, bias=options.get("useBias", True))
        table.add(kind, {"units": UNITS, **options}, shapes, weights, forward, note=note)

    for kind, options in [("simpleRNN", {}), ("lstm", SIGMOID), ("gru", GRU)]:
        states = 2 if kind == "lstm" else 1
        add(kind, **options)
        add(kind, **options, returnSequences=True)
        add(kind, **options, returnSequences=True, goBackwards=True)
        add(kind, **options, returnSequences=True, returnState=True)
        add(kind, **options, returnState=True, note="initial state", states=states)
        add(kind, **options, useBias=False)
    add("simpleRNN", activation="relu", returnSequences=True)


def bidirectional(table):
    merges = {
        "concat": lambda f, b: torch.cat([f, b], -1),
        "sum": lambda f, b: f + b,
        "mul": lambda f, b: f * b,
        "ave": lambda f, b: (f + b) / 2,
    }

    def add(kind, options, merge, sequences):
        def forward(inputs, weights):
            sequence, last = run(kind, inputs[0], weights, both=True)
            pair = sequence.chunk(2, -1) if sequences else last[0]
            return merges[merge](*pair)

        inner = {"units": UNITS, **options, "returnSequences": sequences}
        given = {"layer": {"layer": kind, "options": inner}, "mergeMode": merge}
        weights = weights_of(kind) * 2
        table.add("bidirectional", given, [[BATCH, STEPS, SIZE]], weights, forward)

    for merge in merges:
        add("simpleRNN", {}, merge, True)
    add("simpleRNN", {}, "concat", False)
    add("lstm", SIGMOID, "concat", True)
    add("lstm", SIGMOID, "sum", False)
    add("gru", GRU, "concat", True)
    add("gru", GRU, "ave", False)


def cells(table):
    def add(kind, options, layers):
        def forward(inputs, weights):
            return run(kind, inputs[0], weights, layers=layers)[0]

        cell = {"layer": f"{kind}Cell", "options": {"units": UNITS, **options}}
        if layers > 1:
            cell = {"layer": "stackedRNNCells", "options": {"cells": [cell] * layers}}
        weights = weights_of(kind)
        for _ in range(1, layers):
            weights += weights_of(kind, UNITS)
        given = {"cell": cell, "returnSequences": True}
        table.add("rnn", given, [[BATCH, STEPS, SIZE]], weights, forward)

    add("simpleRNN", {}, 1)
    add("lstm", SIGMOID, 1)
    add("gru", GRU, 1)
    add("lstm", SIGMOID, 2)
    add("gru", GRU, 2)


def masks(table):
    """Masked steps at the end, as PyTorch's packed sequences leave them out."""
    lengths = [5, 3, 2]

    def add(kind, options, both):
        source = Source(f"masks {kind} {both}")
        x = source.values(len(lengths), STEPS, SIZE)
        for row, length in enumerate(lengths):
            x[row, length:] = 0

        def forward(inputs, weights):
            _, last = run(kind, inputs[0], weights, both=both, lengths=lengths)
            return torch.cat(list(last[0]), -1)

        layer = {"layer": kind, "options": {"units": UNITS, **options}}
        if both:
            layer = {"layer": "bidirectional", "options": {"layer": layer}}
        masking = {"layer": "masking", "options": {"maskValue": 0, "inputShape": [STEPS, SIZE]}}
        weights = weights_of(kind) * (2 if both else 1)
        table.add("sequential", {"layers": [masking, layer]}, [x], weights, forward)

    for both in (False, True):
        add("simpleRNN", {}, both)
        add("lstm", SIGMOID, both)
        add("gru", GRU, both)


def cases():
    table = Table()
    plain(table)
    bidirectional(table)
    cells(table)
    masks(table)
    return table.cases

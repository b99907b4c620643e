"""Activations: those with a layer of their own, and those by name."""

import torch
import torch.nn.functional as F

from golden import Source, Table

# The names that `activation` takes. TensorFlow.js's hardSigmoid, clip(0.2 x + 0.5), is not
# PyTorch's, which is relu6(x + 3) / 6.
NAMED = {
    "linear": lambda x: x,
    "elu": F.elu,
    "selu": F.selu,
    "relu": F.relu,
    "relu6": F.relu6,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "tanh": torch.tanh,
    "softmax": lambda x: F.softmax(x, -1),
    "logSoftmax": lambda x: F.log_softmax(x, -1),
    "swish": F.silu,
    "silu": F.silu,
    "mish": F.mish,
    "gelu": F.gelu,
    "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
    "hardSilu": F.hardswish,
    "leakyRelu": lambda x: F.leaky_relu(x, 0.2),
    "exponential": torch.exp,
    "celu": F.celu,
    "glu": F.glu,
    "logSigmoid": F.logsigmoid,
    "tanhShrink": F.tanhshrink,
    "softShrink": F.softshrink,
    "hardShrink": F.hardshrink,
    "hardTanh": F.hardtanh,
    "threshold": lambda x: F.threshold(x, 0, 0),
}


def alone(table, layer, options, shape, function, weights=()):
    table.add(layer, options, [shape], list(weights), lambda i, w: function(i[0], *w))


def cases():
    table = Table()
    for name, function in NAMED.items():
        # Far enough out for both sides of every kink; whole vectors of lanes and a rest.
        far = 7.0 if name == "relu6" else 4.0
        x = Source(name).values(3, 8 if name == "glu" else 7, scale=far)
        alone(table, "activation", {"activation": name}, x, function)
    alone(table, "activation", {"activation": "softmax"}, [2, 3, 5], NAMED["softmax"])
    alone(table, "activation", {"activation": "tanh"}, [2, 3, 2, 3], torch.tanh)

    alone(table, "elu", {}, [3, 7], F.elu)
    alone(table, "elu", {"alpha": 0.3}, [3, 7], lambda x: F.elu(x, 0.3))
    alone(table, "reLU", {}, [3, 7], F.relu)
    alone(table, "reLU", {"maxValue": 1}, [3, 7], lambda x: x.clamp(0, 1))
    slope = {"negativeSlope": 0.125}
    alone(table, "reLU", slope, [3, 7], lambda x: F.leaky_relu(x, 0.125))
    alone(table, "reLU", {"threshold": 0.75}, [3, 7], lambda x: F.threshold(x, 0.75, 0))
    alone(table, "leakyReLU", {}, [3, 7], lambda x: F.leaky_relu(x, 0.3))
    alone(table, "leakyReLU", {"alpha": 0.05}, [3, 7], lambda x: F.leaky_relu(x, 0.05))
    alone(table, "thresholdedReLU", {}, [3, 7], lambda x: F.threshold(x, 1, 0))
    alone(table, "thresholdedReLU", {"theta": 0.25}, [3, 7], lambda x: F.threshold(x, 0.25, 0))
    alone(table, "softmax", {}, [3, 7], lambda x: F.softmax(x, -1))
    alone(table, "softmax", {"axis": 1}, [2, 4, 3], lambda x: F.softmax(x, 1))

    # PyTorch's prelu has a weight for each channel (here the last axis), or one for all.
    def prelu(x, alpha):
        return F.prelu(x.movedim(-1, 1), alpha.flatten()).movedim(1, -1)

    alone(table, "prelu", {}, [4, 5], prelu, [[5]])
    alone(table, "prelu", {"sharedAxes": [1, 2]}, [2, 3, 4, 3], prelu, [[1, 1, 3]])
    alone(table, "prelu", {"sharedAxes": [1, 2, 3]}, [2, 3, 2, 3], prelu, [[1, 1, 1]])
    return table.cases

"""First, second and third derivatives of ops.

phi_0 = sum(f(x) * c_0), and phi_k = the sum over the inputs x_i of
sum(d phi_(k-1) / d x_i * c_(k,i)): a derivative along a fixed direction. A case holds f(x), the
directions and the gradients of phi_0, phi_1 and phi_2 for every input. The functions stand, under
the same names, in higher_derivatives.test.ts. Those that are linear or bilinear are composed so
that a third derivative is left.
"""

import torch
import torch.nn.functional as F

from golden import Source, to_json


def conv2d(x, kernel):
    y = F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)).permute(0, 2, 3, 1)
    return y.square()


# Name: (function, its inputs: shapes, with 'positive' for numbers from 0.5 to 1.5).
OPS = {
    "exp": (torch.exp, [[7]]),
    "expm1": (torch.expm1, [[7]]),
    "log": (torch.log, [[7, "positive"]]),
    "log1p": (torch.log1p, [[7, "positive"]]),
    "sin": (torch.sin, [[7]]),
    "cos": (torch.cos, [[7]]),
    "tan": (torch.tan, [[7]]),
    "atan": (torch.atan, [[7]]),
    "tanh": (torch.tanh, [[7]]),
    "sigmoid": (torch.sigmoid, [[7]]),
    "softplus": (F.softplus, [[7]]),
    "elu": (F.elu, [[7]]),
    "erf": (torch.erf, [[7]]),
    "sqrt": (torch.sqrt, [[7, "positive"]]),
    "rsqrt": (torch.rsqrt, [[7, "positive"]]),
    "reciprocal": (torch.reciprocal, [[7, "positive"]]),
    "square": (lambda x: x.square().square(), [[7]]),
    "pow": (torch.pow, [[2, 3, "positive"], [3]]),
    "div": (torch.div, [[2, 3], [2, 1, "positive"]]),
    "mul": (lambda a, b: a * (a * b), [[2, 3], [3]]),
    "matMul": (lambda a, b: a @ b @ a, [[3, 3], [3, 3]]),
    "softmax": (lambda x: torch.softmax(x, -1), [[2, 5]]),
    "logSoftmax": (lambda x: torch.log_softmax(x, -1), [[2, 5]]),
    "mean": (lambda x: x.mean(1).square().square(), [[3, 4]]),
    "conv2d": (conv2d, [[1, 4, 4, 2], [2, 2, 2, 2]]),
}


def draw(source, entry):
    if entry[-1] == "positive":
        return source.positive(*entry[:-1])
    return source.values(*entry, scale=1.0)


def case(name, function, entries):
    source = Source(f"higher {name}")
    inputs = [draw(source, entry).requires_grad_() for entry in entries]
    output = function(*inputs)
    directions = [[source.cotangents(*output.shape)]]
    directions += [[source.cotangents(*x.shape) for x in inputs] for _ in range(2)]
    derivatives = [[output]]
    for along in directions:
        phi = sum((part * c).sum() for part, c in zip(derivatives[-1], along))
        derivatives.append(list(torch.autograd.grad(phi, inputs, create_graph=True)))
    encode = lambda rows: [[to_json(tensor) for tensor in row] for row in rows]
    return {
        "op": name,
        "inputs": [to_json(x) for x in inputs],
        "directions": encode(directions),
        "derivatives": encode(derivatives),
    }


def cases():
    return [case(name, *entry) for name, entry in OPS.items()]

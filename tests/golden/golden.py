"""What golden files are made of: seeded numbers, cases with their gradients, compact JSON.

A case holds what a Heddle layer is made of and called with, in Heddle's own terms and layouts
(options by their JavaScript names, channels last, kernels as [height, width, in, out]), and what
PyTorch gives for it: outputs, and the gradients of sum(output * cotangent) for every input and
weight. The functions that compute a case permute to PyTorch's layouts inside, so that autograd
brings the gradients back in Heddle's.

PyTorch works in float64 on inputs that float32 holds exactly: its rounding plays no part.
"""

import json
import math
import random
import zlib

import torch


class Source:
    """Random numbers of one case. Seeded by its title, so that no case depends on another."""

    def __init__(self, title):
        self._random = random.Random(zlib.crc32(title.encode()))

    def values(self, *shape, scale=2.0):
        """Distinct numbers in (-scale, scale): odd multiples of 1 / 1000.

        None is 0 or another kink of an activation, and no two are equal: gradients are defined
        everywhere. Arrays of more than 1,000 * scale elements would repeat themselves and are
        refused.
        """
        limit = round(1000 * scale) // 2 * 2 - 1
        odd = self._random.sample(range(-limit, limit + 1, 2), torch.Size(shape).numel())
        return as_float32([value / 1000 for value in odd]).reshape(shape)

    def positive(self, *shape, low=0.5, high=1.5):
        """Numbers in (low, high)."""
        count = torch.Size(shape).numel()
        return as_float32([self._random.uniform(low, high) for _ in range(count)]).reshape(shape)

    def cotangents(self, *shape):
        """Numbers of two digits in (-1, 1), none of them 0."""
        count = torch.Size(shape).numel()
        digits = [*range(-99, 0), *range(1, 100)]
        return as_float32([self._random.choice(digits) / 100 for _ in range(count)]).reshape(shape)

    def integers(self, *shape, below):
        """Whole numbers from 0 to below - 1."""
        count = torch.Size(shape).numel()
        return torch.tensor(
            [self._random.randrange(below) for _ in range(count)], dtype=torch.int32
        ).reshape(shape)


def as_float32(values):
    """Numbers of few digits, as float32 holds them, in float64."""
    rounded = [round(value, 4) for value in values]
    return torch.tensor(rounded, dtype=torch.float32).double()


def compact(values):
    """As many digits as matter beside the greatest: seven of its own."""
    greatest = max(map(abs, values), default=0)
    if greatest < 1e-12:  # only rounding
        return [0] * len(values)
    digits = 6 - math.floor(math.log10(greatest))
    rounded = [round(value, digits) for value in values]
    return [int(value) if value == int(value) else value for value in rounded]


def to_json(tensor):
    """{shape, values, dtype?}: flat, row-major; float32 unless said."""
    if tensor is None:
        return None
    values = tensor.detach().flatten().tolist()
    if tensor.is_floating_point():
        return {"shape": list(tensor.shape), "values": compact(values)}
    return {"shape": list(tensor.shape), "values": values, "dtype": "int32"}


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def leaves(tensors):
    """Copies that gradients are asked of."""
    return [
        tensor.clone().requires_grad_() if tensor.is_floating_point() else tensor.clone()
        for tensor in tensors
    ]


def gradients_of(total, tensors):
    """The gradient of a scalar for each tensor; None for those that have none (integers)."""
    wanted = [tensor for tensor in tensors if tensor.requires_grad]
    found = iter(torch.autograd.grad(total, wanted, allow_unused=True) if wanted else [])
    return [next(found) if tensor.requires_grad else None for tensor in tensors]


class Table:
    """The cases of one file."""

    def __init__(self):
        self.cases = []

    def add(self, layer, options, shapes, weights, forward, **more):
        """One case.

        shapes: of the inputs, or tensors. weights: shapes or tensors, in the order of
        `layer.weights` (trainable ones first). forward(inputs, weights): the outputs in PyTorch.
        more: training (how the layer is called; absent: it makes no difference),
        fixed (how many of the last weights are not trainable), call (further arguments of the
        call), weightsAfter (what a call in training leaves in the fixed ones), note (part of
        the title).
        """
        note = more.pop("note", None)
        fixed = more.pop("fixed", 0)
        after = more.pop("weightsAfter", None)
        title = f"{layer} {json.dumps(options)}" + (f", {note}" if note else "")
        source = Source(f"{title} {shapes if all_shapes(shapes) else ''}")

        inputs = leaves([draw(source, entry) for entry in shapes])
        parameters = leaves([draw(source, entry, scale=1.0) for entry in weights])
        outputs = as_list(forward(inputs, parameters))
        cotangents = [source.cotangents(*output.shape) for output in outputs]
        total = sum((output * c).sum() for output, c in zip(outputs, cotangents))
        trainable = parameters[: len(parameters) - fixed]
        found = gradients_of(total, inputs + trainable)

        case = {"layer": layer, "options": options, **({"note": note} if note else {}), **more}
        case["inputs"] = [to_json(tensor) for tensor in inputs]
        case["weights"] = [to_json(tensor) for tensor in parameters]
        case["cotangents"] = [to_json(tensor) for tensor in cotangents]
        case["outputs"] = [to_json(tensor) for tensor in outputs]
        case["inputGradients"] = [to_json(tensor) for tensor in found[: len(inputs)]]
        case["weightGradients"] = [to_json(tensor) for tensor in found[len(inputs) :]]
        if after is not None:
            case["weightsAfter"] = [to_json(tensor) for tensor in after(inputs, parameters)]
        self.cases.append(case)


def all_shapes(entries):
    return all(not isinstance(entry, torch.Tensor) for entry in entries)


def draw(source, entry, scale=2.0):
    """A tensor as it is; values for a shape."""
    return entry if isinstance(entry, torch.Tensor) else source.values(*entry, scale=scale)


def write(path, about, cases):
    """One case on each line."""
    head = json.dumps(about)[1:-1]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{{head}, "cases": [\n{lines}\n]}}\n')

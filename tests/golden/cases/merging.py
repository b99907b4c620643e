"""Layers of several inputs."""

import torch
import torch.nn.functional as F

from golden import Table


def cases():
    table = Table()

    def add(layer, shapes, compute, **options):
        table.add(layer, options, shapes, [], lambda inputs, _: compute(*inputs))

    three = [[3, 4]] * 3
    add("add", three, lambda a, b, c: a + b + c)
    add("subtract", three[:2], torch.sub)
    add("multiply", three, lambda a, b, c: a * b * c)
    add("average", three, lambda a, b, c: torch.stack([a, b, c]).mean(0))
    add("maximum", three, lambda a, b, c: torch.stack([a, b, c]).amax(0))
    add("minimum", three, lambda a, b, c: torch.stack([a, b, c]).amin(0))
    add("multiply", [[2, 3, 4], [2, 1, 4]], torch.mul)
    add("concatenate", [[2, 3], [2, 4], [2, 1]], lambda *all: torch.cat(all, -1))
    add("concatenate", [[2, 3, 2], [2, 1, 2]], lambda *all: torch.cat(all, 1), axis=1)
    add("dot", [[3, 4], [3, 4]], lambda a, b: (a * b).sum(1, keepdim=True), axes=1)
    add(
        "dot",
        [[3, 4], [3, 4]],
        lambda a, b: F.cosine_similarity(a, b, 1)[:, None],
        axes=-1,
        normalize=True,
    )
    add("dot", [[2, 3, 4], [2, 4, 5]], torch.bmm, axes=[2, 1])
    add("dot", [[2, 3, 4], [2, 5, 4]], lambda a, b: torch.bmm(a, b.mT), axes=2)

    def cosines(a, b):
        return F.cosine_similarity(a[:, :, None], b[:, None], -1)

    add("dot", [[2, 3, 4], [2, 5, 4]], cosines, axes=2, normalize=True)
    return table.cases

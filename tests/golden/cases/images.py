"""Layers that enlarge, pad, crop and reshape."""

import torch
import torch.nn.functional as F

from cases.convolutions import channels_to_back, channels_to_front, pad
from golden import Table


def cases():
    table = Table()

    def add(layer, shape, compute, **options):
        first = options.get("dataFormat") == "channelsFirst"

        def forward(inputs, _):
            if first:
                return compute(inputs[0])
            return channels_to_back(compute(channels_to_front(inputs[0])))

        table.add(layer, options, [shape], [], forward)

    def enlarge(factors):
        return lambda x: F.interpolate(x, scale_factor=factors)

    add("upSampling1d", [2, 4, 3], enlarge([2.0]))
    add("upSampling1d", [2, 3, 2], enlarge([3.0]), size=3)
    add("upSampling2d", [2, 3, 4, 2], enlarge([2.0, 2.0]))
    add("upSampling2d", [2, 3, 2, 2], enlarge([3.0, 2.0]), size=[3, 2])
    first = "channelsFirst"
    add("upSampling2d", [2, 2, 3, 4], enlarge([2.0, 3.0]), size=[2, 3], dataFormat=first)
    add("upSampling3d", [1, 2, 3, 2, 2], enlarge([2.0, 1.0, 3.0]), size=[2, 1, 3])

    # TensorFlow.js enlarges from the first cell on: row i of the output lies at i / factor, and what
    # is behind the last row is the last row.
    def sample(factors):
        def compute(x):
            sizes = x.shape[2:]
            places = [torch.arange(n * f) / f for n, f in zip(sizes, factors)]
            rows, columns = [2 * place / (n - 1) - 1 for place, n in zip(places, sizes)]
            grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)
            grid = grid.expand(len(x), -1, -1, -1)
            return F.grid_sample(x, grid, "bilinear", "border", align_corners=True)

        return compute

    add("upSampling2d", [2, 3, 2, 2], sample([2, 3]), size=[2, 3], interpolation="bilinear")

    # And this is its way to resize: the corners stay where they are.
    def resize(height, width):
        size = [height, width]
        return lambda x: F.interpolate(x, size, mode="bilinear", align_corners=True)

    add("resizing", [2, 4, 3, 2], resize(7, 5), height=7, width=5)
    add("resizing", [1, 6, 7, 2], resize(4, 3), height=4, width=3)

    def around(*amounts, sign=1):
        return lambda x: pad(x, [(sign * a, sign * b) for a, b in amounts])

    add("zeroPadding1d", [2, 4, 3], around((1, 1)))
    add("zeroPadding1d", [2, 4, 3], around((2, 1)), padding=[2, 1])
    add("zeroPadding2d", [2, 3, 4, 2], around((1, 1), (1, 1)))
    add("zeroPadding2d", [2, 3, 4, 2], around((1, 2), (0, 3)), padding=[[1, 2], [0, 3]])
    add("zeroPadding2d", [2, 2, 3, 4], around((2, 2), (1, 1)), padding=[2, 1], dataFormat=first)
    three = [[1, 0], [2, 1], [0, 1]]
    add("zeroPadding3d", [1, 2, 3, 2, 2], around(*three), padding=three)
    add("cropping1D", [2, 6, 3], around((1, 2), sign=-1), cropping=[1, 2])
    two = [[1, 2], [0, 1]]
    add("cropping2D", [2, 6, 5, 2], around(*two, sign=-1), cropping=two)
    add("cropping3D", [1, 3, 5, 4, 2], around(*three, sign=-1), cropping=three)

    def alone(layer, shape, compute, **options):
        table.add(layer, options, [shape], [], lambda inputs, _: compute(inputs[0]))

    alone("flatten", [2, 3, 4, 2], lambda x: x.flatten(1))
    alone("flatten", [2, 3, 4, 2], lambda x: x.movedim(1, -1).flatten(1), dataFormat=first)
    alone("reshape", [2, 3, 4], lambda x: x.reshape(2, 6, 2), targetShape=[6, 2])
    alone("permute", [2, 3, 4, 2], lambda x: x.permute(0, 3, 1, 2), dims=[3, 1, 2])
    alone("repeatVector", [2, 3], lambda x: x[:, None].expand(2, 4, 3), n=4)
    return table.cases

"""Pooling over windows, over everything, and to a given size."""

import torch.nn.functional as F

from cases.convolutions import around, channels_to_back, channels_to_front, pad, spread
from golden import Table

MAX = [F.max_pool1d, F.max_pool2d, F.max_pool3d]
AVERAGE = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d]
ADAPTIVE_MAX = [F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d]
ADAPTIVE_AVERAGE = [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d]


def in_layout(options, compute):
    if options.get("dataFormat") == "channelsFirst":
        return lambda inputs, _: compute(inputs[0])
    return lambda inputs, _: channels_to_back(compute(channels_to_front(inputs[0])))


def windows(table):
    def add(kind, shape, **options):
        rank = len(shape) - 2
        window = spread(options.get("poolSize", 2), rank)
        strides = spread(options.get("strides", window), rank)
        padding = options.get("padding", "valid")

        def compute(x):
            sizes = zip(x.shape[2:], window, strides, [1] * rank)
            amounts = [around(*size, padding) for size in sizes]
            if kind == "max":
                # Padding takes no part: far below everything.
                return MAX[rank - 1](pad(x + 1e3, amounts), window, strides) - 1e3
            # Nor in means: the sum over the window by the number of cells that are there.
            average = AVERAGE[rank - 1]
            there = average(pad(x.detach() * 0 + 1, amounts), window, strides)
            return average(pad(x, amounts), window, strides) / there

        name = {"max": "maxPooling", "average": "averagePooling"}[kind]
        table.add(f"{name}{rank}d", options, [shape], [], in_layout(options, compute))

    for kind in ("max", "average"):
        add(kind, [2, 8, 3])
        add(kind, [2, 7, 3], poolSize=3, strides=2, padding="same")
        add(kind, [2, 6, 5, 3])
        add(kind, [2, 7, 5, 2], poolSize=3, strides=2, padding="same")
        add(kind, [1, 6, 7, 2], poolSize=[2, 3], strides=[1, 2])
        add(kind, [1, 2, 5, 6], poolSize=2, strides=1, padding="same", dataFormat="channelsFirst")
        add(kind, [1, 4, 4, 5, 2])
        add(kind, [1, 3, 4, 5, 2], poolSize=2, strides=2, padding="same")


def everything(table):
    for rank, shape in [(1, [2, 5, 3]), (2, [2, 4, 3, 3]), (3, [2, 2, 3, 2, 3])]:
        for name, pools in [("Max", ADAPTIVE_MAX), ("Average", ADAPTIVE_AVERAGE)]:
            for options in [{}] + [{"dataFormat": "channelsFirst"}] * (rank == 2):

                def compute(x, pool=pools[rank - 1], rank=rank):
                    return pool(x, 1).flatten(1)

                forward = in_layout(options, compute)
                table.add(f"global{name}Pooling{rank}d", options, [shape], [], forward)


def adaptive(table):
    sizes = [
        (1, [2, 7, 3], [3]),
        (1, [2, 6, 2], [4]),
        (2, [2, 7, 5, 2], [3, 2]),
        (2, [1, 4, 6, 2], [4, 5]),
        (3, [1, 4, 5, 3, 2], [2, 3, 2]),
    ]
    for name, pools in [("Max", ADAPTIVE_MAX), ("Average", ADAPTIVE_AVERAGE)]:
        for rank, shape, size in sizes:
            options = {"outputSize": size[0] if rank == 1 else size}

            def compute(x, pool=pools[rank - 1], size=size):
                return pool(x, size)

            table.add(f"adaptive{name}Pooling{rank}d", options, [shape], [], in_layout({}, compute))


def cases():
    table = Table()
    windows(table)
    everything(table)
    adaptive(table)
    return table.cases

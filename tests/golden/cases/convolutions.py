"""Convolutions of one to three dimensions, transposed, depthwise and separable ones."""

import torch
import torch.nn.functional as F

from golden import Table

CONVOLVE = [F.conv1d, F.conv2d, F.conv3d]
CONVOLVE_TRANSPOSED = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d]


def spread(value, rank):
    """An option that is one number for all dimensions, or one for each."""
    return list(value) if isinstance(value, (list, tuple)) else [value] * rank


def channels_to_front(x):
    return x.movedim(-1, 1)


def channels_to_back(x):
    return x.movedim(1, -1)


def around(size, window, stride, dilation, padding):
    """Zeros before and after one dimension: TensorFlow's rule, which puts the odd one behind."""
    reach = (window - 1) * dilation
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return reach, 0
    total = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
    return total // 2, total - total // 2


def pad(x, amounts):
    """Zeros around each spatial dimension of [n, c, ...]; negative amounts cut off."""
    return F.pad(x, [amount for pair in reversed(amounts) for amount in pair])


def convolve(x, kernel, bias, options, groups=1):
    """x [n, c, ...], kernel [..., in / groups, out]."""
    rank = kernel.dim() - 2
    strides = spread(options.get("strides", 1), rank)
    dilations = spread(options.get("dilationRate", 1), rank)
    padding = options.get("padding", "valid")
    sizes = zip(x.shape[2:], kernel.shape[:rank], strides, dilations)
    padded = pad(x, [around(*size, padding) for size in sizes])
    weight = kernel.permute(rank + 1, rank, *range(rank))
    return CONVOLVE[rank - 1](padded, weight, bias, strides, 0, dilations, groups)


def convolve_transposed(x, kernel, bias, options):
    """x [n, c, ...], kernel [..., out, in]; the output's length is Keras's."""
    rank = kernel.dim() - 2
    strides = spread(options.get("strides", 1), rank)
    dilations = spread(options.get("dilationRate", 1), rank)
    same = options.get("padding", "valid") == "same"
    weight = kernel.permute(rank + 1, rank, *range(rank))
    full = CONVOLVE_TRANSPOSED[rank - 1](x, weight, None, strides, 0, 0, 1, dilations)
    amounts = []
    for i in range(rank):
        reach = (kernel.shape[i] - 1) * dilations[i] + 1
        beyond = max(reach - strides[i], 0)
        before = beyond // 2 if same else 0
        length = x.shape[2 + i] * strides[i] + (0 if same else beyond)
        amounts.append((-before, length + before - full.shape[2 + i]))
    cut = pad(full, amounts)
    return cut if bias is None else cut + bias.reshape(-1, *[1] * rank)


def depthwise(x, kernel, bias, options):
    """x [n, c, ...], kernel [..., c, multiplier]: output channel c * multiplier + m."""
    rank = kernel.dim() - 2
    channels, multiplier = kernel.shape[-2:]
    grouped = kernel.reshape(*kernel.shape[:rank], 1, channels * multiplier)
    return convolve(x, grouped, bias, options, groups=channels)


def layer_of(compute, options):
    """forward() of a layer: the layout of its data, its kernels, its bias."""
    first = options.get("dataFormat") == "channelsFirst"

    def forward(inputs, weights):
        kernels = list(weights)
        bias = kernels.pop() if options.get("useBias", True) else None
        x = inputs[0] if first else channels_to_front(inputs[0])
        y = compute(x, kernels, bias)
        activation = {"relu": torch.relu, "tanh": torch.tanh}.get(options.get("activation"))
        y = y if activation is None else activation(y)
        return y if first else channels_to_back(y)

    return forward


def ordinary(table):
    def add(shape, **options):
        rank = len(shape) - 2
        first = options.get("dataFormat") == "channelsFirst"
        channels = shape[1] if first else shape[-1]
        groups = options.get("groups", 1)
        window = spread(options["kernelSize"], rank)
        weights = [[*window, channels // groups, options["filters"]]]
        if options.get("useBias", True):
            weights.append([options["filters"]])
        compute = lambda x, kernels, bias: convolve(x, kernels[0], bias, options, groups)
        table.add(f"conv{rank}d", options, [shape], weights, layer_of(compute, options))

    add([2, 7, 3], filters=4, kernelSize=3)
    add([2, 8, 3], filters=4, kernelSize=3, strides=2, padding="same", activation="tanh")
    add([2, 9, 2], filters=3, kernelSize=3, dilationRate=2, padding="same")
    add([2, 7, 2], filters=3, kernelSize=3, dilationRate=2, padding="causal")
    add([2, 7, 4], filters=6, kernelSize=2, groups=2, useBias=False)
    add([2, 3, 7], filters=2, kernelSize=3, dataFormat="channelsFirst")

    add([2, 6, 5, 3], filters=4, kernelSize=3)
    add([2, 6, 5, 2], filters=3, kernelSize=[3, 2], padding="same", activation="relu")
    add([2, 7, 6, 2], filters=3, kernelSize=3, strides=2, padding="same")
    add([1, 7, 8, 2], filters=3, kernelSize=[2, 3], strides=[2, 3])
    add([1, 8, 7, 2], filters=3, kernelSize=3, dilationRate=2)
    add([1, 8, 7, 2], filters=3, kernelSize=3, dilationRate=[2, 1], padding="same", useBias=False)
    add([2, 5, 5, 4], filters=6, kernelSize=3, groups=2, padding="same")
    add([2, 5, 5, 4], filters=8, kernelSize=2, groups=4, strides=2)
    add([2, 4, 4, 5], filters=3, kernelSize=1)
    add([2, 3, 5, 6], filters=4, kernelSize=3, padding="same", dataFormat="channelsFirst")

    add([1, 4, 5, 4, 2], filters=3, kernelSize=[2, 3, 2])
    add([1, 5, 4, 5, 2], filters=2, kernelSize=3, strides=2, padding="same")
    add([1, 5, 5, 5, 1], filters=2, kernelSize=2, dilationRate=2)
    add([1, 2, 4, 4, 3], filters=2, kernelSize=2, dataFormat="channelsFirst")
    add([1, 3, 4, 4, 4], filters=4, kernelSize=2, groups=2, activation="relu")


def transposed(table):
    def add(shape, **options):
        rank = len(shape) - 2
        first = options.get("dataFormat") == "channelsFirst"
        channels = shape[1] if first else shape[-1]
        weights = [[*spread(options["kernelSize"], rank), options["filters"], channels]]
        if options.get("useBias", True):
            weights.append([options["filters"]])
        compute = lambda x, kernels, bias: convolve_transposed(x, kernels[0], bias, options)
        table.add(f"conv{rank}dTranspose", options, [shape], weights, layer_of(compute, options))

    add([2, 5, 3], filters=2, kernelSize=3)
    add([2, 5, 3], filters=2, kernelSize=3, strides=2, padding="same")
    add([2, 4, 2], filters=3, kernelSize=4, strides=3, useBias=False)

    add([2, 3, 4, 3], filters=2, kernelSize=3)
    add([2, 4, 3, 2], filters=3, kernelSize=3, strides=2, padding="same", activation="tanh")
    add([1, 3, 3, 2], filters=2, kernelSize=[4, 3], strides=[3, 2])
    add([1, 3, 4, 2], filters=2, kernelSize=2, strides=3, padding="same")
    add([1, 3, 4, 2], filters=2, kernelSize=2, strides=3)
    add([2, 2, 3, 4], filters=3, kernelSize=3, strides=2, dataFormat="channelsFirst")

    add([1, 2, 3, 2, 2], filters=2, kernelSize=2, strides=2)
    add([1, 3, 2, 3, 2], filters=1, kernelSize=3, strides=2, padding="same", useBias=False)


def depthwise_and_separable(table):
    def add(layer, shape, **options):
        rank = len(shape) - 2
        first = options.get("dataFormat") == "channelsFirst"
        channels = shape[1] if first else shape[-1]
        multiplier = options.get("depthMultiplier", 1)
        weights = [[*spread(options["kernelSize"], rank), channels, multiplier]]
        outputs = channels * multiplier
        separable = layer.startswith("separable")
        if separable:
            weights.append([*[1] * rank, outputs, options["filters"]])
            outputs = options["filters"]
        if options.get("useBias", True):
            weights.append([outputs])

        def compute(x, kernels, bias):
            if not separable:
                return depthwise(x, kernels[0], bias, options)
            return convolve(depthwise(x, kernels[0], None, options), kernels[1], bias, {})

        table.add(layer, options, [shape], weights, layer_of(compute, options))

    add("depthwiseConv1d", [2, 7, 3], kernelSize=3, padding="same", depthMultiplier=2)
    add("depthwiseConv1d", [2, 8, 2], kernelSize=3, strides=2, useBias=False)
    add("depthwiseConv2d", [2, 6, 5, 3], kernelSize=3)
    add("depthwiseConv2d", [2, 6, 5, 2], kernelSize=[3, 2], depthMultiplier=2, padding="same")
    add("depthwiseConv2d", [2, 7, 6, 2], kernelSize=3, strides=2, padding="same", useBias=False)
    add("depthwiseConv2d", [1, 7, 7, 2], kernelSize=3, dilationRate=2, activation="relu")
    add("depthwiseConv2d", [1, 2, 5, 6], kernelSize=3, dataFormat="channelsFirst")
    add("separableConv1d", [2, 7, 3], filters=4, kernelSize=3, depthMultiplier=2)
    add("separableConv1d", [2, 7, 2], filters=3, kernelSize=3, strides=2, padding="same")
    add("separableConv2d", [2, 5, 6, 3], filters=4, kernelSize=3)
    add(
        "separableConv2d",
        [1, 6, 6, 2],
        filters=3,
        kernelSize=[3, 2],
        depthMultiplier=2,
        padding="same",
        activation="tanh",
        useBias=False,
    )
    add("separableConv2d", [1, 7, 7, 2], filters=3, kernelSize=3, strides=2, padding="same")
    add("separableConv2d", [1, 7, 7, 2], filters=2, kernelSize=3, dilationRate=2)


def cases():
    table = Table()
    ordinary(table)
    transposed(table)
    depthwise_and_separable(table)
    return table.cases

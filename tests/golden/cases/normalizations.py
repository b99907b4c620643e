"""Normalisations over the batch, the features, groups; of vectors; of a kernel's largest gain."""

import torch
import torch.nn.functional as F

from golden import Source, Table


def batch(table):
    def add(shape, training, **options):
        axis = options.get("axis", -1)
        epsilon = options.get("epsilon", 1e-3)
        momentum = options.get("momentum", 0.99)
        size = shape[axis]
        scale, center = options.get("scale", True), options.get("center", True)
        source = Source(f"batch {shape} {training} {options}")
        statistics = [source.values(size, scale=0.5), source.positive(size)]
        weights = [[size]] * (scale + center) + statistics

        def split(weights):
            learned = list(weights[:-2])
            gamma = learned.pop(0) if scale else None
            beta = learned.pop(0) if center else None
            return gamma, beta, *weights[-2:]

        def forward(inputs, weights):
            gamma, beta, mean, variance = split(weights)
            x = inputs[0].movedim(axis, 1)
            running = None, None
            if not training:
                running = mean.detach(), variance.detach()
            y = F.batch_norm(x, *running, gamma, beta, training, 0.0, epsilon)
            return y.movedim(1, axis)

        def after(inputs, weights):
            """PyTorch averages the variance by n - 1, Keras by n."""
            mean, variance = (w.detach().clone() for w in weights[-2:])
            x = inputs[0].detach().movedim(axis, 1)
            count = x.numel() / size
            before = variance.clone()
            F.batch_norm(x, mean, variance, None, None, True, 1 - momentum, epsilon)
            shrunk = momentum * before + (variance - momentum * before) * (count - 1) / count
            return [mean, shrunk]

        more = {"training": training, "fixed": 2, **({"weightsAfter": after} if training else {})}
        table.add("batchNormalization", options, [shape], weights, forward, **more)

    for training in (True, False):
        add([6, 4], training)
        add([2, 3, 4, 3], training, epsilon=0.01, momentum=0.8)
        add([2, 3, 5], training, axis=1)
        add([5, 3], training, scale=False)
        add([5, 3], training, center=False)


def layer(table):
    def add(shape, **options):
        axes = options.get("axis", -1)
        axes = [axes] if isinstance(axes, int) else axes
        sizes = [shape[axis] for axis in axes]
        scale, center = options.get("scale", True), options.get("center", True)

        def forward(inputs, weights):
            learned = list(weights)
            gamma = learned.pop(0) if scale else None
            beta = learned.pop(0) if center else None
            return F.layer_norm(inputs[0], sizes, gamma, beta, options.get("epsilon", 1e-3))

        weights = [sizes] * (scale + center)
        table.add("layerNormalization", options, [shape], weights, forward)

    add([3, 6])
    add([2, 3, 5], epsilon=1e-5)
    add([2, 3, 4], axis=[1, 2])
    add([2, 3, 5], scale=False)
    add([2, 3, 5], scale=False, center=False)


def group(table):
    def add(shape, **options):
        axis = options.get("axis", -1)
        size = shape[axis]
        groups = size if options["groups"] == -1 else options["groups"]

        def forward(inputs, weights):
            x = inputs[0].movedim(axis, 1)
            y = F.group_norm(x, groups, *weights, options.get("epsilon", 1e-3))
            return y.movedim(1, axis)

        table.add("groupNormalization", options, [shape], [[size], [size]], forward)

    add([2, 3, 4, 6], groups=2)
    add([2, 5, 6], groups=3, epsilon=1e-5)
    add([2, 4, 4, 3], groups=-1)
    add([2, 3, 3, 4], groups=1)
    add([2, 6, 3, 2], groups=3, axis=1)


def vectors(table):
    """PyTorch 1.13 has no RMSNorm: by the formula of Zhang and Sennrich (2019)."""

    def rms(x, scale, epsilon=1e-6):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * scale

    def add(layer_name, options, shape, weights, function):
        table.add(layer_name, options, [shape], weights, lambda i, w: function(i[0], *w))

    add("rmsNormalization", {}, [3, 6], [[6]], rms)
    add(
        "rmsNormalization",
        {"epsilon": 0.01},
        [2, 3, 5],
        [[5]],
        lambda x, scale: rms(x, scale, 0.01),
    )
    add("unitNormalization", {}, [3, 6], [], lambda x: F.normalize(x, dim=-1))
    add("unitNormalization", {"axis": 1}, [2, 4, 3], [], lambda x: F.normalize(x, dim=1))


def spectral(table):
    """One power iteration from a given u.

    As in Keras, the kernel is replaced by the normalised one and then used: the gradient is the one
    for what has replaced it. (PyTorch keeps the kernel as it was, and goes on through sigma.)
    """

    def iterate(kernel, u):
        """The normalised kernel, and the next u."""
        matrix = kernel.reshape(-1, kernel.shape[-1])
        v = F.normalize(u @ matrix.T, dim=-1, eps=1e-12)
        u = F.normalize(v @ matrix, dim=-1, eps=1e-12)
        return kernel / (v @ matrix @ u.T), u

    def replaced(kernel, u):
        with torch.no_grad():
            change = iterate(kernel, u)[0] - kernel
        return kernel + change

    def after(_, weights):
        return [iterate(weights[0].detach(), weights[2].detach())[1]]

    def dense(inputs, weights):
        kernel, bias, u = weights
        return F.linear(inputs[0], replaced(kernel, u).T, bias)

    def convolution(inputs, weights):
        kernel, bias, u = weights
        x = inputs[0].movedim(-1, 1)
        return F.conv2d(x, replaced(kernel, u).permute(3, 2, 0, 1), bias).movedim(1, -1)

    def add(inner, options, shape, weights, forward):
        more = {"training": True, "fixed": 1, "weightsAfter": after}
        given = {"layer": {"layer": inner, "options": options}}
        table.add("spectralNormalization", given, [shape], weights, forward, **more)

    add("dense", {"units": 4}, [3, 5], [[5, 4], [4], [1, 4]], dense)
    options = {"filters": 3, "kernelSize": 2}
    add("conv2d", options, [2, 4, 4, 2], [[2, 2, 2, 3], [3], [1, 3]], convolution)


def cases():
    table = Table()
    batch(table)
    layer(table)
    group(table)
    vectors(table)
    spectral(table)
    return table.cases

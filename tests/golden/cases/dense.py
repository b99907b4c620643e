"""Products with a kernel, and lookups: dense, einsumDense, embedding."""

import torch
import torch.nn.functional as F

from golden import Source, Table

ACTIVATIONS = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "gelu": F.gelu,
    "softmax": lambda x: torch.softmax(x, -1),
}


def dense(table):
    def add(shape, **options):
        weights = [[shape[-1], options["units"]]]
        if options.get("useBias", True):
            weights.append([options["units"]])

        def forward(inputs, weights):
            y = F.linear(inputs[0], weights[0].T, *weights[1:])
            return ACTIVATIONS.get(options.get("activation"), lambda x: x)(y)

        table.add("dense", options, [shape], weights, forward)

    add([4, 5], units=3)
    add([3, 7], units=4, useBias=False)
    add([2, 3, 4], units=5, activation="tanh")
    add([2, 2, 3, 4], units=3, activation="gelu")
    add([3, 4], units=5, activation="softmax")
    add([3, 4], units=5, activation="sigmoid")
    add([1, 9], units=17, activation="relu")


def einsum_dense(table):
    def add(equation, shape, kernel, bias, **options):
        def forward(inputs, weights):
            y = torch.einsum(equation, inputs[0], weights[0])
            return y + weights[1] if bias else y

        given = {"equation": equation, **options}
        weights = [kernel, bias] if bias else [kernel]
        table.add("einsumDense", given, [shape], weights, forward)

    add("ab,bc->ac", [3, 4], [4, 5], [5], outputShape=5, biasAxes="c")
    add("abc,cd->abd", [2, 3, 4], [4, 5], [5], outputShape=[3, 5], biasAxes="d")
    add("abc,cde->abde", [2, 3, 4], [4, 2, 3], None, outputShape=[3, 2, 3])
    add("abde,dec->abc", [2, 3, 2, 3], [2, 3, 4], [4], outputShape=[3, 4], biasAxes="c")


def embedding(table):
    def forward(inputs, weights):
        return F.embedding(inputs[0].long(), weights[0])

    for shape, rows, size in [([3, 4], 6, 3), ([5, 1], 4, 2), ([2, 2, 3], 9, 2)]:
        # Some rows are asked for several times: their gradients add up.
        indices = Source(f"embedding {shape}").integers(*shape, below=rows)
        options = {"inputDim": rows, "outputDim": size}
        table.add("embedding", options, [indices], [[rows, size]], forward)


def cases():
    table = Table()
    dense(table)
    einsum_dense(table)
    embedding(table)
    return table.cases

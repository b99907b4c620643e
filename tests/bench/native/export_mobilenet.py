"""Writes MobileNetV2 (224 x 224) as ONNX: export_mobilenet.py <weights.json> <weights.bin> <output.onnx>

Batch normalisation is folded into the convolutions by the exporter, padding by us: what ONNX Runtime is best at.
"""

import json
import sys
import warnings

import numpy as np
import onnx
import torch
from torch import nn

from networks import MobileNet


class Weights:
    def __init__(self, arrays):
        self.arrays, self.at = arrays, 0

    def __next__(self):
        self.at += 1
        return self.arrays[self.at - 1].clone()

    def peek(self):
        return self.arrays[self.at]


def fold_padding(graph):
    """The network pads one row below and one column to the right, always before a convolution: it can do that itself."""
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    for node in graph.node:
        if node.op_type == "Conv" and node.input[0] in pads:
            attribute = next(each for each in node.attribute if each.name == "pads")
            attribute.ints[:] = [0, 0, 1, 1]
            node.input[0] = pads[node.input[0]].input[0]
    # The padding, and what computed its amounts, have no users now.
    unused = True
    while unused:
        used = {name for node in graph.node for name in node.input}
        used.update(each.name for each in graph.output)
        unused = [node for node in graph.node if not used.intersection(node.output)]
        for node in unused:
            graph.node.remove(node)


def main(shapes_file, data_file, output):
    with open(shapes_file, encoding="utf-8") as file:
        shapes = json.load(file)
    data = np.fromfile(data_file, dtype=np.float32)
    arrays, at = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        arrays.append(torch.from_numpy(data[at : at + size].reshape(shape).copy()))
        at += size
    weights = Weights(arrays)
    model = nn.Sequential(MobileNet(weights, 224, weights), nn.Softmax(1)).eval()
    image = torch.zeros(1, 3, 224, 224)
    names = dict(input_names=["image"], output_names=["probabilities"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, image, output, opset_version=13, **names)
    exported = onnx.load(output)
    fold_padding(exported.graph)
    onnx.checker.check_model(exported)
    onnx.save(exported, output)


main(*sys.argv[1:])

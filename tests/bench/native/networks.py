"""The benchmark's networks in PyTorch, with the weights that they are given (in Keras's shapes and order)."""

import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 10


def linear(inputs, units, weights):
    layer = nn.Linear(inputs, units)
    kernel, bias = next(weights), next(weights)
    layer.weight.data = kernel.t().contiguous()
    layer.bias.data = bias
    return layer


def convolution(weights, stride=1, bias=False, groups=1, padding=0):
    """From a kernel [height, width, in, out], or with groups [height, width, channels, 1]."""
    kernel = next(weights)
    kernel = kernel.permute(2, 3, 0, 1) if groups > 1 else kernel.permute(3, 2, 0, 1)
    filters, channels, size, _ = kernel.shape
    layer = nn.Conv2d(channels * groups, filters, size, stride, padding, groups=groups, bias=bias)
    layer.weight.data = kernel.contiguous()
    if bias:
        layer.bias.data = next(weights)
    return layer


class Cnn(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.first = convolution(weights, bias=True)
        self.second = convolution(weights, bias=True)
        self.hidden = linear(1600, 128, weights)
        self.out = linear(128, CLASSES, weights)
        # The weights are for [place, channel]; here channels come first.
        kernel = self.hidden.weight.data.reshape(128, 25, 64)
        self.hidden.weight.data = kernel.transpose(1, 2).reshape(128, 1600).contiguous()

    def forward(self, x):  # [batch, 1, 28, 28]
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        return self.out(F.relu(self.hidden(x.flatten(1))))


class Recurrent(nn.Module):
    def __init__(self, make, weights, order):
        super().__init__()
        kernel, recurrent, bias = next(weights), next(weights), next(weights)
        self.cell = make(kernel.shape[0], recurrent.shape[0], batch_first=True)

        def gates(values):  # Keras's order of gates to PyTorch's
            parts = values.chunk(len(order), -1)
            return torch.cat([parts[i] for i in order], -1)

        self.cell.weight_ih_l0.data = gates(kernel).t().contiguous()
        self.cell.weight_hh_l0.data = gates(recurrent).t().contiguous()
        self.cell.bias_ih_l0.data = gates(bias).contiguous()
        self.cell.bias_hh_l0.data.zero_()
        self.cell.bias_hh_l0.requires_grad = False
        self.out = linear(recurrent.shape[0], CLASSES, weights)

    def forward(self, x):
        return self.out(self.cell(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.embed = linear(28, 64, weights)
        self.block = nn.TransformerEncoderLayer(64, 4, 256, dropout=0.0, batch_first=True)
        parts = [(next(weights).reshape(64, 64).t(), next(weights).reshape(64)) for _ in range(3)]
        attention = self.block.self_attn
        attention.in_proj_weight.data = torch.cat([kernel for kernel, _ in parts]).contiguous()
        attention.in_proj_bias.data = torch.cat([bias for _, bias in parts])
        attention.out_proj.weight.data = next(weights).reshape(64, 64).t().contiguous()
        attention.out_proj.bias.data = next(weights)

        def normalization(layer):
            layer.weight.data, layer.bias.data = next(weights), next(weights)

        normalization(self.block.norm1)
        self.block.linear1 = linear(64, 256, weights)
        self.block.linear2 = linear(256, 64, weights)
        normalization(self.block.norm2)
        self.out = linear(64, CLASSES, weights)

    def forward(self, x):
        return self.out(self.block(self.embed(x)).mean(1))


class Siamese(nn.Module):
    def __init__(self, weights):
        super().__init__()
        first, second = linear(784, 128, weights), linear(128, 64, weights)
        self.encoder = nn.Sequential(first, nn.ReLU(), second)
        self.out = linear(64, 1, weights)

    def forward(self, a, b):
        return self.out(self.encoder(a) * self.encoder(b))


def mlp(weights):
    first = linear(784, 128, weights)
    return nn.Sequential(first, nn.ReLU(), linear(128, CLASSES, weights))


def autoencoder(weights):
    layers = []
    sizes = [784, 128, 32, 128, 784]
    for inputs, units in zip(sizes, sizes[1:]):
        layers += [linear(inputs, units, weights), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


MAKERS = {
    "mlp": mlp,
    "cnn": Cnn,
    "lstm": lambda weights: Recurrent(nn.LSTM, weights, [0, 1, 2, 3]),
    # Keras: update, reset, candidate; PyTorch: reset, update, candidate
    "gru": lambda weights: Recurrent(nn.GRU, weights, [1, 0, 2]),
    "transformer": Transformer,
    "siamese": Siamese,
    "autoencoder": autoencoder,
}


def loss_of(network):
    """(prediction, target) -> loss; classes come as their numbers."""
    if network == "siamese":
        return F.binary_cross_entropy_with_logits
    if network == "autoencoder":
        return F.mse_loss
    return F.cross_entropy


class ConvNorm(nn.Module):
    """Convolution, batch normalisation, relu6 or nothing; padded as TensorFlow's 'same'."""

    def __init__(self, weights, stride, depthwise, activation, side):
        super().__init__()
        kernel = weights.peek()
        groups = kernel.shape[2] if depthwise else 1
        size = kernel.shape[0]
        lopsided = size == 3 and stride == 2 and side % 2 == 0
        self.pad = (0, 1, 0, 1) if lopsided else None
        padding = 0 if lopsided else (size - 1) // 2
        self.conv = convolution(weights, stride, groups=groups, padding=padding)
        self.norm = nn.BatchNorm2d(self.conv.out_channels, eps=1e-3, momentum=1e-3)
        self.norm.weight.data, self.norm.bias.data = next(weights), next(weights)
        self.norm.running_mean, self.norm.running_var = next(weights), next(weights)
        self.activation = activation

    def forward(self, x):
        if self.pad is not None:
            x = F.pad(x, self.pad)
        x = self.norm(self.conv(x))
        return F.hardtanh(x, 0.0, 6.0) if self.activation else x  # relu6


class Block(nn.Module):
    def __init__(self, weights, channels, filters, stride, first, side):
        super().__init__()
        steps = [] if first else [ConvNorm(weights, 1, False, True, side)]
        steps.append(ConvNorm(weights, stride, True, True, side))
        steps.append(ConvNorm(weights, 1, False, False, side))
        self.steps = nn.Sequential(*steps)
        self.sum = stride == 1 and channels == filters

    def forward(self, x):
        return x + self.steps(x) if self.sum else self.steps(x)


ROWS = [
    (16, 1, 1),
    (24, 2, 2),
    (32, 2, 3),
    (64, 2, 4),
    (96, 1, 3),
    (160, 2, 3),
    (320, 1, 1),
]


class MobileNet(nn.Module):
    """MobileNetV2 (Sandler et al. 2018), the same network as Keras's; logits, or a head of its own."""

    def __init__(self, weights, side, head):
        super().__init__()
        steps = [ConvNorm(weights, 2, False, True, side)]
        side = -(-side // 2)
        channels = 32
        for row, (filters, first_stride, blocks) in enumerate(ROWS):
            for i in range(blocks):
                stride = first_stride if i == 0 else 1
                steps.append(Block(weights, channels, filters, stride, row == 0, side))
                channels = filters
                side = -(-side // stride)
        steps.append(ConvNorm(weights, 1, False, True, side))
        self.steps = nn.ModuleList(steps)
        self.head = linear(1280, 1000 if head is weights else CLASSES, head)

    def freeze(self):
        """All but the last block, the convolution after it and the head; what is frozen normalises as in prediction."""
        self.frozen = self.steps[:-2]
        for parameter in self.frozen.parameters():
            parameter.requires_grad = False

    def train_unfrozen(self):
        self.train()
        self.frozen.eval()

    def forward(self, x):  # [batch, 3, side, side]
        for step in self.steps:
            x = step(x)
        return self.head(x.mean((2, 3)))

"""Native PyTorch as a contender: peer.py wall|process, the clock. Reads one JSON object a line on stdin, answers with one on stdout.

{"make": id, "spec": case, "file": path, "arrays": {name: [[shape, offset], ...]}, "steps": n}
{"run": id, "units": n} -> {"seconds": s};  {"check": id} -> {"values": [...], "trend": [...]};  {"drop": id}
"""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import networks

torch.set_num_threads(1)
torch.manual_seed(1)


# Of memory: channels first or last.
ORDERS = (torch.contiguous_format, torch.channels_last)


class Weights:
    """The arrays one after another."""

    def __init__(self, arrays):
        self.arrays = arrays
        self.at = 0

    def __next__(self):
        self.at += 1
        return self.arrays[self.at - 1].clone()

    def peek(self):
        return self.arrays[self.at]


class Repeated:
    """One unit is one call."""

    def __init__(self, compute, first=lambda result: result.flatten()):
        self.compute = compute
        self.first = first
        self.result = None

    def run(self, units):
        with torch.inference_mode():
            for _ in range(units):
                self.result = self.compute()

    def check(self):
        return {"values": self.first(self.result)[:8].tolist()}


def product(_, arrays, __):
    left, right = arrays["operands"]
    return Repeated(lambda: torch.mm(left, right))


def convolution(spec, arrays, _):
    image, kernel = arrays["operands"]
    groups = spec["channels"] if spec["depthwise"] else 1
    x = image.permute(0, 3, 1, 2)
    w = kernel.permute(2, 3, 0, 1) if groups > 1 else kernel.permute(3, 2, 0, 1)
    options = dict(stride=spec["stride"], padding=(spec["size"] - 1) // 2, groups=groups)

    def of(memory):
        a, b = x.contiguous(memory_format=memory), w.contiguous(memory_format=memory)
        return lambda: F.conv2d(a, b, **options)

    compute = fastest([of(memory) for memory in ORDERS])
    return Repeated(compute, lambda result: result.permute(0, 2, 3, 1).flatten())


def fastest(ways):
    """Several ways to do the same, the fastest of them."""

    def seconds(way):
        for _ in range(3):
            way()
        times = []
        for _ in range(7):
            start = time.perf_counter()
            way()
            times.append(time.perf_counter() - start)
        return sorted(times)[3]

    with torch.inference_mode():
        return min(ways, key=seconds)


def prediction(spec, arrays, _):
    """As it is, as a frozen and optimised TorchScript, each in both orders of memory: the fastest of the four."""
    weights = Weights(arrays["weights"])
    model = networks.MobileNet(weights, spec["side"], weights).eval()
    image = arrays["operands"][0].permute(0, 3, 1, 2).contiguous()
    ways = []
    for memory in ORDERS:
        x = image.contiguous(memory_format=memory)
        with torch.inference_mode():
            placed = model.to(memory_format=memory)
            frozen = torch.jit.optimize_for_inference(torch.jit.trace(placed, x))
            for _ in range(5):
                frozen(x)
        ways.append(lambda x=x, way=frozen: torch.softmax(way(x), 1))
        if memory is torch.contiguous_format:
            ways.append(lambda x=x: torch.softmax(model(x), 1))
    return Repeated(fastest(ways))


class Training:
    """One unit is one step of Adam on the next batch."""

    def __init__(self, model, loss, inputs, target, batch, steps):
        self.model, self.loss = model, loss
        self.batches = []
        for i in range(steps):
            rows = slice(i * batch, (i + 1) * batch)
            self.batches.append(([x[rows] for x in inputs], target[rows]))
        parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(parameters, lr=1e-5, eps=1e-7)  # see kLearningRate
        self.losses = []
        self.at = 0

    def run(self, units):
        for _ in range(units):
            inputs, target = self.batches[self.at % len(self.batches)]
            self.at += 1
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.model(*inputs), target)
            loss.backward()
            self.optimizer.step()
            self.losses.append(loss.item())

    def check(self):
        epoch = len(self.batches)
        first = sum(self.losses[:epoch]) / epoch
        last = sum(self.losses[-epoch:]) / epoch
        return {"values": [first], "trend": [first, last]}


def in_fastest_order(make_model, images, train):
    """Training in the order of memory that is faster for it."""

    def made(memory):
        model = make_model().to(memory_format=memory)
        return train(model, images.contiguous(memory_format=memory))

    def seconds(memory):
        program = made(memory)
        program.run(2)
        start = time.process_time()
        program.run(4)
        return time.process_time() - start

    return made(min(ORDERS, key=seconds))


def training(spec, arrays, steps):
    network = spec["network"]
    loss = networks.loss_of(network)
    target = arrays["target"][0]
    if loss is F.cross_entropy:
        target = target.argmax(1)

    def make_model():
        return networks.MAKERS[network](Weights(arrays["weights"])).train()

    def train(model, *inputs):
        return Training(model, loss, inputs, target, spec["batch"], steps)

    if network == "cnn":
        return in_fastest_order(make_model, arrays["inputs"][0].permute(0, 3, 1, 2), train)
    return train(make_model(), *arrays["inputs"])


def tuning(spec, arrays, steps):
    target = arrays["target"][0].argmax(1)

    def make_model():
        weights, head = Weights(arrays["weights"]), Weights(arrays["head"])
        model = networks.MobileNet(weights, spec["side"], head)
        model.freeze()
        model.train_unfrozen()
        return model

    def train(model, images):
        return Training(model, F.cross_entropy, [images], target, spec["batch"], steps)

    return in_fastest_order(make_model, arrays["inputs"][0].permute(0, 3, 1, 2), train)


KINDS = {
    "product": product,
    "convolution": convolution,
    "prediction": prediction,
    "training": training,
    "tuning": tuning,
}


def read(file, arrays):
    data = np.fromfile(file, dtype=np.float32)

    def one(shape, offset):
        size = int(np.prod(shape))
        return torch.from_numpy(data[offset : offset + size].reshape(shape).copy())

    return {name: [one(*each) for each in entries] for name, entries in arrays.items()}


def main(clock_name):
    clock = time.process_time if clock_name == "process" else time.perf_counter
    programs = {}
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "make" in request:
                spec, arrays = request["spec"], read(request["file"], request["arrays"])
                made = KINDS[spec["kind"]](spec, arrays, request.get("steps", 1))
                programs[request["make"]] = made
                answer = {}
            elif "run" in request:
                program = programs[request["run"]]
                start = clock()
                program.run(request["units"])
                answer = {"seconds": clock() - start}
            elif "check" in request:
                answer = programs[request["check"]].check()
            else:
                del programs[request["drop"]]
                answer = {}
        except Exception as error:  # told to the one who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main(sys.argv[1])

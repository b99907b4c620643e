"""Losses: those that `compile` knows by name, and those of `hd.losses`.

A case holds labels and predictions, the mean loss, and its gradient for the predictions. Where an
activation is given, predictions are what goes into it: cross-entropies are computed together with
the softmax or sigmoid before them.
"""

import torch
import torch.nn.functional as F

from golden import Source, as_float32, gradients_of, to_json

EPSILON = 1e-7


def rows_of_one(x):
    return as_float32((x / x.sum(-1, keepdim=True)).flatten().tolist()).reshape(x.shape)


def unit(x):
    return as_float32(F.normalize(x, dim=-1).flatten().tolist()).reshape(x.shape)


class Losses:
    def __init__(self):
        self.cases = []

    def add(self, where, loss, labels, predictions, compute, **more):
        leaf = predictions.clone().requires_grad_()
        value = compute(leaf, labels)
        (gradient,) = gradients_of(value, [leaf])
        self.cases.append(
            {
                "where": where,
                "loss": loss,
                **more,
                "labels": to_json(labels),
                "predictions": to_json(predictions),
                "value": to_json(value),
                "gradient": to_json(gradient),
            }
        )


def cases():
    source = Source("losses")
    shape = [4, 5]
    real, other = source.values(*shape), source.values(*shape)
    positive = source.positive(*shape, low=0.2, high=2)
    inside = source.positive(*shape, low=0.05, high=0.95)
    zero_one = source.integers(*shape, below=2).double()
    classes = source.integers(4, below=5)
    one_hot = F.one_hot(classes.long(), 5).double()
    probabilities = rows_of_one(source.positive(*shape, low=0.1, high=1))
    targets = rows_of_one(source.positive(*shape, low=0.1, high=1))
    losses = Losses()

    def named(loss, labels, predictions, compute, **more):
        losses.add("compile", loss, labels, predictions, compute, **more)

    def logarithms(loss):
        return lambda p, t: loss(torch.log1p(p), torch.log1p(t))

    def of_probabilities(p, t):
        return F.nll_loss(torch.log(p / p.sum(-1, keepdim=True)), t.long())

    named("meanSquaredError", real, other, F.mse_loss)
    named("meanAbsoluteError", real, other, F.l1_loss)
    named("meanSquaredLogarithmicError", inside, positive, logarithms(F.mse_loss))
    named("binaryCrossentropy", zero_one, inside, F.binary_cross_entropy)
    of_rows = lambda p, t: of_probabilities(p, t.argmax(-1))
    named("categoricalCrossentropy", one_hot, probabilities, of_rows)
    named("sparseCategoricalCrossentropy", classes, probabilities, of_probabilities)
    divergence = lambda p, t: F.kl_div(torch.log(p), t, reduction="batchmean")
    named("kullbackLeiblerDivergence", targets, probabilities, divergence)
    poisson = lambda p, t: F.poisson_nll_loss(p, t, log_input=False, eps=EPSILON)
    named("poisson", inside, positive, poisson)
    named("cosineProximity", real, other, lambda p, t: -F.cosine_similarity(p, t, -1).mean())
    logits = {"activation": "sigmoid"}
    named("binaryCrossentropy", zero_one, other, F.binary_cross_entropy_with_logits, **logits)
    logits = {"activation": "softmax"}
    named("categoricalCrossentropy", targets, other, F.cross_entropy, **logits)
    sparse = lambda p, t: F.cross_entropy(p, t.long())
    named("sparseCategoricalCrossentropy", classes, other, sparse, **logits)

    def core(loss, labels, predictions, compute, *arguments):
        losses.add("losses", loss, labels, predictions, compute, arguments=list(arguments))

    core("absoluteDifference", real, other, F.l1_loss)
    core("meanSquaredError", real, other, F.mse_loss)
    core("huberLoss", real, other, F.huber_loss)
    core("huberLoss", real, other, lambda p, t: F.huber_loss(p, t, delta=0.6), None, 0.6)
    core("logLoss", zero_one, inside, F.binary_cross_entropy)
    core("sigmoidCrossEntropy", zero_one, other, F.binary_cross_entropy_with_logits)
    core("softmaxCrossEntropy", targets, other, F.cross_entropy)
    distance = lambda p, t: (1 - torch.linalg.vecdot(p, t)).mean()
    core("cosineDistance", unit(real), unit(other), distance, -1)
    return losses.cases

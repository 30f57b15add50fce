"""A6: the benefits said to follow from BN: learning rates, initial scales, gradients, regularization.

Settings, on the digits with plain SGD in batches of 64; the arms of a seed share initial weights and batches:

- learning rates: `HIDDEN` layers of `WIDTH` ReLU units, Glorot initialization, `STEPS` steps at each of `RATES`;
- initial scales: the same at lr `RATE`, with all weights multiplied by each of `SCALES`; counted in both is at how many
  of the 7 the network trains: its accuracy on the training images, in train mode, is at least `TRAINED` at the end;
- gradients: six layers of weights, sigmoid units, at initialization: log10 of |dL/dW_1| / |dL/dW_6| on one batch;
- regularization: the VGG-like network, He initialization, on `FEW` images: accuracy on them less accuracy on the test
  images, both in eval mode, for plain and BN at lr `RATE`, and for both at lr `HIGH`, at which plain does not train.

Source: Ioffe and Szegedy 2015, Sections 3.3, 3.4 and 4.2.1. That dropout becomes unnecessary is not measured here.

Main statements: BN trains at many more learning rates and initial scales than plain, and keeps the gradient of the
first layer; in decades its gain depends on the initialization: above 2 for Glorot, just below for He. At the same
learning rate BN does not regularize; at the rate that only BN permits it does, against plain at the rate that plain
permits. So says the accuracy on the test images itself (`results`): .90 plain and .91 with BN at lr .1, .95 with BN at
the high rate. A learned scale and shift without normalization (the control) misses.

The counts are as strict as a count can be: nearly every seed must reach them. On seed 100, on which settings and
`TRAINED` were chosen, all did, as on seed 101; that is what is declared. On seed 0 plain trains at two rates instead of
one for two runs of six (.66 and .71 against `TRAINED`), and BN at six scales instead of seven for one (.61): there "at
most one rate" and "all scales", and so both comparisons, are not reproduced. Neither `TRAINED` nor any bound was
changed for that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from bntheory import stems
from bntheory.deep.digits import Images, digits
from bntheory.deep.networks import Initialization, Normalization, mlp, scale_weights, vgg, weight_layers
from bntheory.deep.normalization import BatchNorm, ScaleAndShift
from bntheory.deep.training import accuracy, generator, sgd
from bntheory.experiment import Arrays, Criterion, Pieces, Progress, Result, not_kept
from bntheory.statistics import IntervalCriterion, Outcome, Regime, paired_effect

STEM = "motivations"
SEEDS, CONTROLS = 6, 2
BATCH, WIDTH, HIDDEN, STEPS = 64, 64, 10, 300
RATES = tuple(float(rate) for rate in np.geomspace(0.001, 10, 7))
SCALES = tuple(float(scale) for scale in np.geomspace(0.03, 10, 7))
RATE, HIGH = 0.1, 1.0
TRAINED = 0.65
SIGMOID_WIDTHS = (64, *(64,) * 5, 10)
FEW, FEW_STEPS = 200, 100
INITIALIZATIONS: tuple[Initialization, ...] = ("glorot", "he")

ARMS: dict[str, Normalization | None] = {"plain": None, "bn": BatchNorm, "affine": ScaleAndShift}
NAMES = {"plain": "plain", "bn": "BN", "affine": "scale and shift only"}
SWEEPS = {"rates": RATES, "scales": SCALES}
#: Of each sweep: its name, at how many of 7 BN must train, and plain at most.
COUNTED = {"rates": ("learning rates", 5, 1), "scales": ("initial scales", 7, 1)}
#: The outcome of the counts on other seeds than the reported ones.
DECLARED: dict[str, Outcome] = {
    "rates": "reproduced",
    "rates bn": "reproduced",
    "rates plain": "reproduced",
    "scales": "reproduced",
    "scales bn": "reproduced",
    "scales plain": "reproduced",
}
_COMPUTED: TypeAlias = dict[str, NDArray[np.float64]]


def measure(*, seed: int = 0, progress: Progress = stems.silent, pieces: Pieces = not_kept) -> Result:
    """Sweeps of learning rates and of initial scales, gradients at initialization, and training on few images.

    Parameters
    ----------
    seed : int
        Of all networks and batches: run k has the generators of (seed, k).
    """
    work = list(tasks(seed))
    found: dict[str, list[Arrays]] = {}
    for done, (name, field, compute) in enumerate(work):
        progress(done / len(work), name)
        found.setdefault(field, []).append(pieces(name, compute))
    arrays = {field: np.array([entry["found"] for entry in entries]) for field, entries in found.items()}
    return Result(
        STEM,
        seed,
        {"rate": RATE, "high rate": HIGH, "few": FEW, "trained": TRAINED},
        tuple(criteria(arrays)),
        (),
        arrays
        | {"learning rates": np.array(RATES), "initial scales": np.array(SCALES)}
        | {f"gap {lr} {arm}": gap(arrays, arm, lr) for lr, arm in few_runs()},
        {
            "count that train, mean": {field: float(counts(arrays, *field.split()).mean()) for field in sweep_fields()},
            "training - test on few images, mean": {
                f"{arm}, lr {lr}": float(gap(arrays, arm, lr).mean()) for lr, arm in few_runs()
            },
            "test accuracy after few images, mean": {
                f"{arm}, lr {lr}": float(arrays[f"few {lr} {arm}"][:, 1].mean()) for lr, arm in few_runs()
            },
        },
        regimes=tuple(regimes(arrays)),
    )


def sweep_fields() -> list[str]:
    """The sweeps with their arms: "rates plain" and so on."""
    return [*(f"{sweep} {arm}" for sweep in SWEEPS for arm in ("plain", "bn")), "rates affine"]


def few_runs() -> list[tuple[float, str]]:
    """Learning rates and arms on few images."""
    return [(lr, arm) for lr in (RATE, HIGH) for arm in ("plain", "bn")]


def tasks(seed: int) -> Iterator[tuple[str, str, Callable[[], _COMPUTED]]]:
    """Pieces: a name with everything that the numbers depend on besides the code, the array they go to, and the work.

    The control has the first `CONTROLS` seeds only.
    """
    for k in range(SEEDS):
        for field in sweep_fields():
            sweep, arm = field.split()
            if arm == "affine" and k >= CONTROLS:
                continue
            name = f"{sweep}-{HIDDEN}x{WIDTH}-{STEPS}-{BATCH}-{RATE}/{arm}/{seed}-{k}"
            yield name, field, partial(swept, sweep, arm, seed, k)
        for initialization in INITIALIZATIONS:
            for arm in ARMS:
                name = f"sigmoid-{initialization}-{len(SIGMOID_WIDTHS) - 1}-{BATCH}/{arm}/{seed}-{k}"
                yield name, f"sigmoid {initialization} {arm}", partial(sigmoid, initialization, arm, seed, k)
        for lr, arm in few_runs():
            name = f"few-{FEW}-{FEW_STEPS}-{BATCH}-{lr}/{arm}/{seed}-{k}"
            yield name, f"few {lr} {arm}", partial(few, lr, arm, seed, k)


def swept(sweep: str, arm: str, seed: int, k: int) -> _COMPUTED:
    """Final training accuracies over a sweep, shape (7,)."""
    images = digits()
    widths = (64, *(WIDTH,) * HIDDEN, 10)
    final = []
    for value in SWEEPS[sweep]:
        network = mlp(widths, nn.ReLU, ARMS[arm], "glorot", generator(seed, k, 0))
        scale_weights(network, value if sweep == "scales" else 1.0)
        train(network, images, RATE if sweep == "scales" else value, STEPS, generator(seed, k, 1))
        final.append(accuracy(network, images.x, images.y, train_mode=True))
    return {"found": np.array(final)}


def train(network: nn.Module, images: Images, lr: float, steps: int, batches: torch.Generator) -> None:
    """Plain SGD; given up once parameters are not finite, which no later step can mend."""
    bias = list(network.parameters())[-1]
    for _ in sgd(network, images, lr=lr, steps=steps, batch=BATCH, generator=batches):
        if not bool(bias.isfinite().all()):
            return


def sigmoid(initialization: Initialization, arm: str, seed: int, k: int) -> _COMPUTED:
    """`gradient_ratio` of the sigmoid network at initialization on one batch."""
    images = digits()
    network = mlp(SIGMOID_WIDTHS, nn.Sigmoid, ARMS[arm], initialization, generator(seed, k, 0))
    index = torch.randperm(len(images.y), generator=generator(seed, k, 1))[:BATCH]
    return {"found": np.array(gradient_ratio(network, images.x[index], images.y[index]))}


def gradient_ratio(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """log10 of the norm of the first layer's weight gradient over that of the last layer's, in train mode."""
    network.train()
    weights = [layer.weight for layer in weight_layers(network)]
    first, last = torch.autograd.grad(cross_entropy(network(x), y), [weights[0], weights[-1]])
    return math.log10(float(first.norm() / last.norm()))


def few(lr: float, arm: str, seed: int, k: int) -> _COMPUTED:
    """Accuracy on the `FEW` training images and on the test images, in eval mode, shape (2,)."""
    images = digits().first(FEW)
    network = vgg(ARMS[arm], "he", generator(seed, k, 0))
    train(network, images, lr, FEW_STEPS, generator(seed, k, 1))
    sets = ((images.x, images.y), (images.test_x, images.test_y))
    return {"found": np.array([accuracy(network, *data, train_mode=False) for data in sets])}


def counts(arrays: Arrays, sweep: str, arm: str) -> NDArray[np.float64]:
    """At how many of the 7 each seed's network trains."""
    return (arrays[f"{sweep} {arm}"] >= TRAINED).sum(axis=1).astype(np.float64)


def gap(arrays: Arrays, arm: str, lr: float) -> NDArray[np.float64]:
    """Accuracy on the few training images less accuracy on the test images, one number a seed."""
    accuracies = arrays[f"few {lr} {arm}"]
    return np.asarray(accuracies[:, 0] - accuracies[:, 1])


def regimes(arrays: Arrays) -> Iterator[Regime]:
    """Counts against plain and alone; gradients for two initializations; regularization at two rates of BN."""
    for sweep, (name, bn, plain) in COUNTED.items():
        arms = {arm: counts(arrays, sweep, arm) for arm in ("bn", "plain")}
        none = np.zeros(len(arms["bn"]))
        more = IntervalCriterion(f"of 7 {name} BN trains at {bn - plain} or more above plain", above=bn - plain - 0.01)
        yield Regime("A6", name, DECLARED[sweep], more, paired_effect(arms["bn"], arms["plain"]))
        for arm, criterion in (
            ("bn", IntervalCriterion(f"BN trains at {bn} or more of 7 {name}", above=bn - 0.01)),
            ("plain", IntervalCriterion(f"plain trains at {plain} or fewer of 7 {name}", below=plain + 0.01)),
        ):  # counts: the interval may touch the bound
            effect = paired_effect(arms[arm], none)
            yield Regime("A6", f"{name}, {NAMES[arm]} alone", DECLARED[f"{sweep} {arm}"], criterion, effect)
    for initialization in INITIALIZATIONS:
        yield Regime(
            "A6",
            f"gradients, {initialization.capitalize()} initialization",
            "reproduced" if initialization == "glorot" else "not-reproduced",
            IntervalCriterion("log10 of the gradients' ratio first to last layer: BN - plain above 2", above=2.0),
            paired_effect(*(arrays[f"sigmoid {initialization} {arm}"] for arm in ("bn", "plain"))),
        )
    criterion = IntervalCriterion("training - test accuracy: plain - BN above 0", above=0.0)
    for name, lr in ((f"regularization, both at lr {RATE}", RATE), (f"regularization, BN at lr {HIGH:g}", HIGH)):
        effect = paired_effect(gap(arrays, "plain", RATE), gap(arrays, "bn", lr))
        yield Regime("A6", name, "not-reproduced" if lr == RATE else "reproduced", criterion, effect)


def criteria(arrays: Arrays) -> Iterator[Criterion]:
    """That only BN permits the high rate, and the control, which must miss the counts and the gap of gradients."""
    for arm, relation in (("bn", ">="), ("plain", "<")):
        trained = arrays[f"few {HIGH} {arm}"][:, 0]
        extreme = float(trained.min() if arm == "bn" else trained.max())
        label = "smallest" if arm == "bn" else "largest"
        name = f"{NAMES[arm]} at lr {HIGH:g} on {FEW} images: {label} training accuracy"
        yield Criterion(name, extreme, relation, TRAINED)
    control = counts(arrays, "rates", "affine")
    more = float((control - counts(arrays, "rates", "plain")[: len(control)]).max())
    yield Criterion("control, scale and shift only: learning rates more than plain", more, "<", 4)
    kept = [arrays[f"sigmoid glorot {arm}"] for arm in ("affine", "plain")]
    yield Criterion("control, scale and shift only: gap of gradients", paired_effect(*kept).ci95[0], "<=", 2)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

"""Remark of the length-direction paper: with batch normalization the layers' optimization tasks depend less on another.

Setting: digits 8x8; a network of 6 hidden layers of 50 units, with and without BN before each activation; plain SGD,
batch 64, `STEPS` steps, float64; initialization and learning rate of `SETTINGS`. Both arms share their initial weights
and batches. H is the Hessian of the cross-entropy on `BATCH` training images, train mode, in the weights of the 7
layers (biases, gamma and beta constant); its blocks H_kl have the shape (weights of layer k, weights of layer l).
Relative cross-layer curvature, in three measures:

- fourth layer: (sum_{k != 4} |H_k4|_F^2)^(1/2)/|H_44|_F, of the central layer against all others;
- all layers: (sum_{k != l} |H_kl|_F^2/sum_k |H_kk|_F^2)^(1/2);
- scale-free: the mean over k != l of |H_kl|_F^2/(|H_kk|_F |H_ll|_F), to the power 1/2. Dividing a layer's weights by a
  constant, and its inputs' too, changes the first two, not this one.

|H_kl|_F^2 is estimated by `PROBES` random sign vectors on each layer (Hutchinson), H_kl and H_lk averaged; a reduced
network (`REDUCED`), whose H is computed exactly, checks it. Effects: log(plain/BN), averaged over the steps `TIMES`,
paired by seed; positive where BN couples less.

The statement leaves measure, initialization and learning rate open, and the answer depends on all three. The
specification's criterion (softplus and tanh above .3) is put to every measure, in the first of `SETTINGS`; only the
fourth layer meets it. How that came about: "all layers" was measured first, on two tuning seeds, and missed; the fourth
layer was taken up then, and Glorot with lr .01 chosen among four settings (He with lr .01, two seeds: no mean above .3;
it is left out). With `BATCH` = 256 the tuning seeds put the fourth layer at Glorot, lr .1, above .3 for softplus
and ReLU too; 128, for time, left both at the limit, and `DECLARED` is from 128. Main statements (the seeds 0):

- fourth layer: less coupled with BN for tanh at Glorot, and for softplus at lr .01; not established for ReLU, as the
  specification has it (at lr .01 the interval is .26 to .95); with He for none, ReLU reversed;
- all layers: softplus reversed with Glorot; tanh below .3 everywhere, reversed with He; ReLU less coupled with Glorot;
- scale-free: softplus nowhere above .3; at Glorot, lr .01, tanh and ReLU.

So the remark is a statement on one layer and one initialization, not on "the layers". Four of the 27 regimes came out
otherwise than declared: fourth layer, Glorot, lr .01, and scale-free, Glorot, lr .1, both ReLU (not reproduced, the
intervals' ends at .26 and .28); fourth layer, He, ReLU (reversed); all layers, Glorot, lr .1, tanh (not reversed).

The derivative through the batch's statistics is not what matters: the Hessian that takes them for constants gives about
the same effect for the fourth layer (`results`); it meets the criterion, and so is no control. The control is plain
networks against plain networks of other seeds, which must miss.

Source: Kohler et al. 2018, Section 5: the network of 6x50 units; the measure of the fourth layer follows our memory of
that section and has not been compared with its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bntheory import stems
from bntheory.deep.curvature import Hessian, block_norms, estimated_block_norms
from bntheory.deep.digits import digits
from bntheory.deep.networks import Initialization, mlp
from bntheory.deep.normalization import BatchNorm, without_paths
from bntheory.deep.training import generator, sgd
from bntheory.experiment import Arrays, Criterion, Pieces, Progress, Result, not_kept
from bntheory.statistics import IntervalCriterion, Outcome, Regime, paired_effect
from bntheory.typing import Matrix, Vector

STEM = "coupling"
WIDTHS = (64, *(50,) * 6, 10)
#: The network whose Hessian (495 weights) is computed whole.
REDUCED = (64, *(5,) * 6, 10)
SEEDS = 6
TIMES = (0, 50, 150)
BATCH, PROBES = 128, 4
SETTINGS: tuple[tuple[Initialization, float], ...] = (("glorot", 0.01), ("glorot", 0.1), ("he", 0.1))
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {"softplus": nn.Softplus, "tanh": nn.Tanh, "relu": nn.ReLU}
ARMS = ("plain", "bn")
MEASURES = ("fourth layer", "all layers", "scale-free")
LESS = IntervalCriterion("less coupled with BN: the interval of log(plain/BN) above .3", above=0.3)
#: Probes of the reduced network, and how many standard errors its estimates may be off.
MANY, DEVIATIONS = 50, 4.0
_R: Outcome = "reproduced"
_N: Outcome = "not-reproduced"
_V: Outcome = "reversed"
#: What six tuning seeds (--seed 100) showed, for softplus, tanh, relu.
DECLARED: Mapping[tuple[str, str, float], tuple[Outcome, Outcome, Outcome]] = {
    ("fourth layer", "glorot", 0.01): (_R, _R, _R),
    ("fourth layer", "glorot", 0.1): (_N, _R, _N),
    ("fourth layer", "he", 0.1): (_N, _N, _N),
    ("all layers", "glorot", 0.01): (_V, _N, _R),
    ("all layers", "glorot", 0.1): (_V, _V, _R),
    ("all layers", "he", 0.1): (_N, _V, _N),
    ("scale-free", "glorot", 0.01): (_N, _R, _R),
    ("scale-free", "glorot", 0.1): (_N, _N, _R),
    ("scale-free", "he", 0.1): (_N, _N, _N),
}


class Cell(NamedTuple):
    """A setting and an activation."""

    initialization: Initialization
    lr: float
    activation: str

    def __str__(self) -> str:
        return f"{self.initialization} {self.lr:g} {self.activation}"


CELLS = tuple(Cell(*setting, activation) for setting in SETTINGS for activation in ACTIVATIONS)


def measure(*, seed: int = 0, progress: Progress = stems.silent, pieces: Pieces = not_kept) -> Result:
    """The three measures along training, for each setting and activation, on `SEEDS` paired seeds.

    Parameters
    ----------
    seed : int
        Run k has the generators of (seed, k).
    """
    norms: dict[str, NDArray[np.float64]] = {}
    for place, cell in enumerate(CELLS):
        for arm in ARMS:
            runs = []
            for k in range(SEEDS):
                progress((place + (ARMS.index(arm) + k / SEEDS) / 2) / len(CELLS), f"{cell}, {arm}, seed {k + 1}")
                name = f"{cell.initialization}-{cell.lr}/{cell.activation}/{arm}/{seed}-{k}"
                runs.append(pieces(name, partial(one_run, cell, arm, seed, k)))
            for kind in runs[0]:
                norms[f"{cell} {kind}"] = np.array([run[kind] for run in runs])
    logs = {key: np.array([[log_coupling(p.mean(0)) for p in run] for run in runs]) for key, runs in norms.items()}
    errors = np.array([[[jackknife(p) for p in run] for run in runs] for runs in norms.values()])
    known = tuple(regimes(logs))
    checked = pieces(f"reduced/{seed}", partial(reduced, seed))["deviations"]
    return Result(
        STEM,
        seed,
        {},
        tuple(criteria(logs, checked)),
        (),
        logs,
        {
            "log(plain/BN)": {regime.name: regime.effect.mean for regime in known},
            "log(plain/BN), Hessian without the paths through the statistics, fourth layer": {
                str(cell): float((averages(logs, cell, "plain", 0) - averages(logs, cell, "constant", 0)).mean())
                for cell in CELLS
                if f"{cell} constant" in logs
            },
            "standard errors of Hutchinson's estimates of the logarithm, one network, one step": dict(
                zip(MEASURES, errors.mean(axis=(0, 1, 2)).tolist(), strict=True)
            ),
        },
        regimes=known,
    )


def one_run(cell: Cell, arm: str, seed: int, k: int) -> Arrays:
    """Estimates of |H_kl|_F^2 at each of `TIMES`, shape (times, PROBES, layers, layers), under the arm's name.

    With BN in the first setting also under "constant": of the Hessian that takes the batch's statistics for constants.
    """
    images = digits(torch.float64)
    network = make(WIDTHS, cell, arm, seed, k)
    x, y = images.x[:BATCH], images.y[:BATCH]
    variants = {arm: network}
    if arm == "bn" and (cell.initialization, cell.lr) == SETTINGS[0]:
        variants["constant"] = without_paths(network)
    found: dict[str, list[NDArray[np.float64]]] = {kind: [] for kind in variants}
    steps = sgd(network, images, lr=cell.lr, steps=TIMES[-1] + 1, batch=64, generator=generator(seed, k, 1))
    for step, _ in enumerate(steps):
        if step in TIMES:
            for kind, variant in variants.items():
                hessian = Hessian(variant, x, y)
                rng = np.random.default_rng([seed, k, step])
                found[kind].append(estimated_block_norms(hessian, hessian.layers, probes=PROBES, rng=rng))
    return {kind: np.array(norms) for kind, norms in found.items()}


def reduced(seed: int) -> Arrays:
    """How far Hutchinson's estimates are from the exact measures of a small network with BN, in standard errors."""
    images = digits(torch.float64)
    network = make(REDUCED, CELLS[0], "bn", seed, 0)
    hessian = Hessian(network, images.x[:BATCH], images.y[:BATCH])
    norms = estimated_block_norms(hessian, hessian.layers, probes=MANY, rng=np.random.default_rng(seed))
    exact = log_coupling(block_norms(hessian.dense(), hessian.layers))
    return {"deviations": (log_coupling(norms.mean(axis=0)) - exact) / jackknife(norms)}


def make(widths: tuple[int, ...], cell: Cell, arm: str, seed: int, k: int) -> nn.Sequential:
    """The network of an arm at initialization, its weights those of (seed, k)."""
    norm = None if arm == "plain" else BatchNorm
    return mlp(widths, ACTIVATIONS[cell.activation], norm, cell.initialization, generator(seed, k, 0)).double()


def log_coupling(norms: Matrix) -> Vector:
    """log of each of `MEASURES`, of |H_kl|_F^2 (layers, layers), which is symmetrized first."""
    norms = (norms + norms.T) / 2
    own = np.diag(norms)
    others = norms - np.diag(own)
    layers = len(own)
    fourth = others[3].sum() / own[3]
    free = (others / np.sqrt(np.outer(own, own))).sum() / (layers * (layers - 1))
    return np.log([fourth, others.sum() / own.sum(), free]) / 2


def jackknife(norms: NDArray[np.float64]) -> Vector:
    """Standard errors of `log_coupling` of the mean over independent probes, by leaving out one at a time."""
    n = len(norms)
    left = np.array([log_coupling(np.delete(norms, p, axis=0).mean(axis=0)) for p in range(n)])
    return np.sqrt((n - 1) * left.var(axis=0))


def averages(logs: Arrays, cell: Cell, arm: str, measure: int) -> Vector:
    """One of `MEASURES`, its logarithm averaged over `TIMES`, one number a seed."""
    mean: Vector = logs[f"{cell} {arm}"][:, :, measure].mean(axis=1)
    return mean


def regimes(logs: Arrays) -> Iterator[Regime]:
    """log(plain/BN) of each measure, setting and activation."""
    for m, name in enumerate(MEASURES):
        for cell in CELLS:
            declared = DECLARED[name, cell.initialization, cell.lr][list(ACTIVATIONS).index(cell.activation)]
            effect = paired_effect(averages(logs, cell, "plain", m), averages(logs, cell, "bn", m))
            yield Regime("coupling", f"{name}: {cell}", declared, LESS, effect)


def criteria(logs: Arrays, deviations: Vector) -> Iterator[Criterion]:
    """The criterion of the specification, the check of the estimates, and the control, which must miss."""
    for m, name in enumerate(MEASURES):
        for cell in CELLS:
            if (cell.initialization, cell.lr) == SETTINGS[0] and cell.activation != "relu":
                effect = paired_effect(averages(logs, cell, "plain", m), averages(logs, cell, "bn", m))
                yield Criterion(f"{name}, {cell}: lower end of log(plain/BN)", effect.ci95[0], ">", LESS.above)
    off = float(np.abs(deviations).max())
    yield Criterion("reduced network: |estimate - exact| in standard errors", off, "<=", DEVIATIONS)
    half = SEEDS // 2
    lowest = []
    for cell in CELLS:
        plain = averages(logs, cell, "plain", 0)
        lowest.append(paired_effect(plain[:half], plain[half : 2 * half]).ci95[0])
    yield Criterion("control, plain against plain of other seeds: largest lower end", max(lowest), "<", LESS.above)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

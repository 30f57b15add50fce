"""C1, C2: how loss and gradient vary along the gradient while a network trains, with BN, with l_p, with neither.

Setting: the VGG-like network on the digits, He initialization, plain SGD, lr .1, batches of 64, `STEPS` steps; the arms
of a seed share initial weights and batches. Every `EVERY` steps, at parameters theta with g = grad L(theta) on the next
batch (train mode), the steps eta = {.5, 1, 2, 3, 4} lr are tried and taken back. With L_eta, g_eta at theta - eta g:

    range     max_eta L_eta - min_eta L_eta
    change    max_eta |g_eta - g|
    beta      max_eta |g_eta - g| / |eta g|, the effective beta-smoothness
    gradient  |g|

An arm is compared with plain by the mean over the trajectory of log(plain/arm), and at matched loss: log of each
quantity is interpolated in log L, and both are read at `LEVELS` losses that both trajectories pass. The distribution
shift of a layer is the Wasserstein-2 distance of each unit's values before ReLU on `PROBE` fixed images, before and
after one step, root(mean (sorted a - sorted b)^2), its mean over the units divided by their mean standard deviation,
from step `LATE` on. Performance is the accuracy on the same images in train mode, the mean over the trajectory.

Source: Santurkar et al. 2018, Sections 3.1 and 3.3. l_p fixes the mean and divides by the average norm of the values
before their mean is taken off (`bntheory.deep.normalization.LpNorm`). The source's deep linear network is not measured.

Main statements: C1's three ratios hold, along the trajectory and at matched loss, and gradients are smaller. l_1 and
l_2 are nearly as smooth as BN; l_inf smoothes loss and gradient less along the trajectory, and its improvement of
beta is not above C1's limit, either way: C2 depends on p. The shift of every l_p is above BN's, far below plain's. A
learned scale and shift without any normalization (the control) misses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from bntheory import stems
from bntheory.deep.digits import digits
from bntheory.deep.distributions import before_relu, deviations, distances
from bntheory.deep.networks import Normalization, vgg
from bntheory.deep.normalization import BatchNorm, LpNorm, ScaleAndShift
from bntheory.deep.training import accuracy, generator, sgd
from bntheory.errors import InvalidInput
from bntheory.experiment import Arrays, Criterion, Pieces, Progress, Result, not_kept
from bntheory.statistics import Effect, IntervalCriterion, Outcome, Regime, paired_effect

STEM = "landscape"
SEEDS = 6
LR, BATCH, STEPS, EVERY, LATE = 0.1, 64, 150, 10, 50
MULTIPLES = (0.5, 1.0, 2.0, 3.0, 4.0)
PROBE, LEVELS = 64, 9
QUANTITIES = ("range", "change", "beta", "gradient")


ARMS: dict[str, Normalization | None] = {
    "plain": None,
    "bn": BatchNorm,
    "l1": partial(LpNorm, p=1.0),
    "l2": partial(LpNorm, p=2.0),
    "linf": partial(LpNorm, p=math.inf),
    "affine": ScaleAndShift,
}
NORMS = ("l1", "l2", "linf")
NAMES = {"plain": "plain", "bn": "BN", "l1": "l_1", "l2": "l_2", "linf": "l_inf", "affine": "scale and shift only"}

#: What log(plain/arm) must be, and the quantity's name.
LIMITS = {
    "range": (2.0, "range of the loss"),
    "change": (1.0, "change of the gradient"),
    "beta": (0.2, "effective beta-smoothness"),
    "gradient": (0.0, "norm of the gradient"),
}
#: What other seeds than the reported ones did not reproduce: (arm, quantity, at matched loss).
NOT_REPRODUCED: frozenset[tuple[str, str, bool]] = frozenset({("linf", "beta", False), ("linf", "beta", True)})
#: Whose shift l_p's is to exceed, and the outcome on other seeds; the source leaves open whose.
SHIFT_ABOVE: dict[str, Outcome] = {"bn": "reproduced", "plain": "reversed"}


def measure(*, seed: int = 0, progress: Progress = stems.silent, pieces: Pieces = not_kept) -> Result:
    """Trajectories of all arms, and the variation along the gradient on each.

    Parameters
    ----------
    seed : int
        Of all networks and batches: run k has the generators of (seed, k).
    """
    runs: dict[str, list[Arrays]] = {arm: [] for arm in ARMS}
    tasks = [(k, arm) for k in range(SEEDS) for arm in ARMS]
    for done, (k, arm) in enumerate(tasks):
        progress(done / len(tasks), f"{NAMES[arm]}, seed {k + 1} of {SEEDS}")
        runs[arm].append(pieces(piece_name(arm, seed, k), partial(trajectory, arm, seed, k)))
    arrays = {f"{field} {arm}": np.array([run[field] for run in runs[arm]]) for arm in ARMS for field in runs[arm][0]}
    regimes = tuple(all_regimes(arrays))
    return Result(
        STEM,
        seed,
        {"names": NAMES},
        tuple(criteria(arrays)),
        (),
        arrays | {"steps": np.arange(0, STEPS, EVERY)},
        {
            "late shift, mean over layers": {arm: float(late_shift(arrays, arm).mean()) for arm in ARMS},
            "accuracy, mean over the trajectory": {arm: float(arrays[f"accuracy {arm}"].mean()) for arm in ARMS},
            "geometric mean norm of the gradient": {arm: geometric_mean(arrays[f"gradient {arm}"]) for arm in ARMS},
        },
        regimes=regimes,
    )


def piece_name(arm: str, seed: int, k: int) -> str:
    """Everything that a trajectory depends on besides the code."""
    return f"vgg-he-{LR}-{BATCH}-{STEPS}-{EVERY}-{LATE}-{PROBE}/{arm}/{seed}-{k}"


def trajectory(arm: str, seed: int, k: int) -> dict[str, NDArray[np.float64]]:
    """One training run: "loss" and `QUANTITIES` of shape (STEPS/EVERY,), "accuracy", and "shift" of each layer."""
    images = digits()
    network = vgg(ARMS[arm], "he", generator(seed, k, 0))
    found: dict[str, list[Any]] = {field: [] for field in ("loss", *QUANTITIES, "accuracy", "shift")}
    batches = sgd(network, images, lr=LR, steps=STEPS, batch=BATCH, generator=generator(seed, k, 1))
    before: list[torch.Tensor] = []
    probe, labels = images.x[:PROBE], images.y[:PROBE]
    for step, (x, y) in enumerate(batches):
        if step % EVERY == 0:
            network.train()
            for field, value in along_gradient(network, lambda x=x, y=y: cross_entropy(network(x), y), LR).items():
                found[field].append(value)
            found["accuracy"].append(accuracy(network, probe, labels, train_mode=True))
            before = before_relu(network, probe) if step >= LATE else []
        elif step % EVERY == 1 and before:
            found["shift"].append(distances(before, before_relu(network, probe)) / deviations(before))
    return {field: np.array(values, dtype=np.float64) for field, values in found.items()}


def along_gradient(network: nn.Module, loss: Callable[[], torch.Tensor], lr: float) -> dict[str, float]:
    """Loss and `QUANTITIES` at the parameters, which are the same afterwards, bit for bit."""
    parameters = list(network.parameters())
    here = [parameter.detach().clone() for parameter in parameters]
    value, g = value_and_gradient(parameters, loss)
    losses, changes, smoothness = [], [], []
    norm = math.sqrt(sum(float((part**2).sum()) for part in g))
    for eta in (multiple * lr for multiple in MULTIPLES):
        _move(parameters, [at - eta * part for at, part in zip(here, g, strict=True)])
        there, g_there = value_and_gradient(parameters, loss)
        change = math.sqrt(sum(float(((b - a) ** 2).sum()) for a, b in zip(g, g_there, strict=True)))
        losses.append(there)
        changes.append(change)
        smoothness.append(change / (eta * norm))
    _move(parameters, here)
    return {
        "loss": value,
        "range": max(losses) - min(losses),
        "change": max(changes),
        "beta": max(smoothness),
        "gradient": norm,
    }


def value_and_gradient(
    parameters: list[nn.Parameter], loss: Callable[[], torch.Tensor]
) -> tuple[float, tuple[torch.Tensor, ...]]:
    """The loss and its gradient, one tensor a parameter; `.grad` stays as it is."""
    value = loss()
    return value.item(), torch.autograd.grad(value, parameters)


def _move(parameters: list[nn.Parameter], there: list[torch.Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(parameters, there, strict=True):
            parameter.copy_(value)


def log_ratio(arrays: Arrays, arm: str, quantity: str, *, matched: bool) -> NDArray[np.float64]:
    """log(plain/arm), one number a seed: its mean over the trajectory, or over losses that both trajectories pass."""
    plain, other = (np.log(arrays[f"{quantity} {name}"]) for name in ("plain", arm))
    if not matched:
        difference: NDArray[np.float64] = (plain - other).mean(axis=1)
        return difference
    losses = (np.log(arrays[f"loss {name}"]) for name in ("plain", arm))
    return np.array([at_matched_loss(*run) for run in zip(*losses, plain, other, strict=True)])


def at_matched_loss(
    loss_a: NDArray[np.float64], loss_b: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> float:
    """Mean of a - b over `LEVELS` equally spaced values of (log) loss that both runs pass; each interpolated in it."""
    lowest, highest = max(loss_a.min(), loss_b.min()), min(loss_a.max(), loss_b.max())
    if lowest >= highest:
        raise InvalidInput("losses", f"{lowest:g} to {highest:g}", "must be passed by both runs", "train longer")
    levels = np.linspace(lowest, highest, LEVELS)
    first, second = (
        np.interp(levels, loss[order], values[order])
        for loss, values, order in ((loss_a, a, np.argsort(loss_a)), (loss_b, b, np.argsort(loss_b)))
    )
    return float((first - second).mean())


def late_shift(arrays: Arrays, arm: str) -> NDArray[np.float64]:
    """The shift from step `LATE` on, its mean over steps and layers: one number a seed."""
    late: NDArray[np.float64] = arrays[f"shift {arm}"].mean(axis=(1, 2))
    return late


def geometric_mean(values: NDArray[np.float64]) -> float:
    """exp of the mean logarithm."""
    return float(np.exp(np.log(values).mean()))


def effect_of(arrays: Arrays, arm: str, quantity: str, *, matched: bool = False) -> Effect:
    """log(plain/arm) over the seeds."""
    values = log_ratio(arrays, arm, quantity, matched=matched)
    return paired_effect(values, np.zeros(len(values)))


def all_regimes(arrays: Arrays) -> Iterator[Regime]:
    """C1: BN. C2: each norm, its shift against BN's and plain's, and its accuracy beside BN's."""
    for arm in ("bn", *NORMS):
        for matched in (False, True):
            for quantity, (limit, text) in LIMITS.items():
                if quantity == "gradient" and arm != "bn":
                    continue  # C2 says nothing of it; `results` has it
                declared = "not-reproduced" if (arm, quantity, matched) in NOT_REPRODUCED else "reproduced"
                yield Regime(
                    "C1" if arm == "bn" else "C2",
                    f"{NAMES[arm]}, {text}, {'at matched loss' if matched else 'along the trajectory'}",
                    declared,
                    IntervalCriterion(f"log(plain/{NAMES[arm]}) above {limit:g}", above=limit),
                    effect_of(arrays, arm, quantity, matched=matched),
                )
    for arm in NORMS:
        for other, declared in SHIFT_ABOVE.items():
            yield Regime(
                "C2",
                f"{NAMES[arm]}, distribution shift against {NAMES[other]}",
                declared,
                IntervalCriterion(f"log({NAMES[arm]}/{NAMES[other]}) above 0", above=0.0),
                paired_effect(np.log(late_shift(arrays, arm)), np.log(late_shift(arrays, other))),
            )
        accuracies = [arrays[f"accuracy {name}"].mean(axis=1) for name in ("bn", arm)]
        yield Regime(
            "C2",
            f"{NAMES[arm]}, accuracy",
            "reproduced",
            IntervalCriterion(f"BN - {NAMES[arm]} in [-.06, .06]", above=-0.06, below=0.06),
            paired_effect(*accuracies),
        )


def criteria(arrays: Mapping[str, NDArray[Any]]) -> Iterator[Criterion]:
    """The control, a scale and shift without normalization, must miss each of C1's three criteria."""
    for quantity in ("range", "change", "beta"):
        limit, text = LIMITS[quantity]
        low = effect_of(arrays, "affine", quantity).ci95[0]
        yield Criterion(f"control, scale and shift only: log(plain/it), {text}, lower end", low, "<=", limit)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

"""B2: the shift of a layer's gradient by the steps of the layers before it, with batch normalization and without.

Setting: plain gradient descent; two families of networks, on shared initial weights and batches with BN and without.
- Deep linear networks: `DEPTH` layers 10 x 10, Glorot's initialization, full-batch gradient descent on
  mean_i |f(x_i) - A x_i|^2, x_i ~ N(0, I), i < 500, A of independent N(0, 1) entries, lr 1e-4, 300 steps. The source
  does not give the scale of data and loss, and the outcome depends on it. This one was chosen on other seeds out of
  seven, as the one that met the criterion; with larger sums the network without BN diverged. "Small loss" and "large
  loss" are the same with a tenth of that loss (the mean over the outputs in place of their sum) and with ten times.
- VGG-like convolutional network on digits (`bntheory.deep.networks.vgg`), cross-entropy, batch 64, 150 steps:
  Glorot's initialization with lr .03 and .1, He's with lr .03.

Measured (`bntheory.deep.gradients`): G = gradient with respect to layer i's weights, G' = the same on the same batch
after layers 1..i-1 took their step; cosine <G, G'>/(|G| |G'|), 1 = no shift, and |G - G'|_2 (its mean is geometric);
for layers i = 2..k, at `TIMES` steps evenly spaced from the first on. Effect: the mean cosine without BN less the one
with BN.

Source: Santurkar et al. 2018, Section 2.2 and Definition 2.1, which says that the cosine is higher without BN.

Main statements: so it is for the deep linear network and for VGG from Glorot's initialization at lr .03. With the
small and with the large loss, and for Glorot at lr .1, the difference is not above what the criterion asks, and from
He's initialization at lr .03 it is reversed: which comes out depends on the initialization and on how far a step goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from bntheory import stems
from bntheory.deep.digits import Images, digits
from bntheory.deep.gradients import Loss, gradient_shift
from bntheory.deep.networks import Initialization, mlp, vgg
from bntheory.deep.normalization import BatchNorm
from bntheory.deep.training import generator, sgd
from bntheory.experiment import Arrays, Criterion, Pieces, Progress, Result, not_kept
from bntheory.statistics import IntervalCriterion, Outcome, Regime, paired_effect

STEM = "ics"
SEEDS = 6
ARMS = ("plain", "bn")
#: Divides the numbers of steps.
TIMES = 5
DEPTH, WIDTH, SAMPLES = 25, 10, 500
LINEAR_STEPS, VGG_STEPS, BATCH = 300, 150, 64
#: From He's initialization the interval of the effect lies below this.
REVERSED = -0.2


class Setting(NamedTuple):
    """A regime: the weight of a deep linear network's loss (None: VGG), initialization, learning rate; its criterion
    (the effect's interval lies above `above`) and what earlier seeds gave.
    """

    name: str
    loss_weight: float | None
    initialization: Initialization
    lr: float
    above: float
    declared: Outcome

    @property
    def steps(self) -> int:
        """Of the training."""
        return VGG_STEPS if self.loss_weight is None else LINEAR_STEPS


SETTINGS = (
    Setting("deep linear", 1.0, "glorot", 1e-4, 0.3, "reproduced"),
    Setting("deep linear, small loss", 0.1, "glorot", 1e-4, 0.3, "not-reproduced"),
    Setting("deep linear, large loss", 10.0, "glorot", 1e-4, 0.3, "not-reproduced"),
    Setting("VGG, Glorot, lr .03", None, "glorot", 0.03, 0.08, "reproduced"),
    Setting("VGG, Glorot, lr .1", None, "glorot", 0.1, 0.08, "not-reproduced"),
    Setting("VGG, He, lr .03", None, "he", 0.03, 0.08, "reversed"),
)


class Moment(NamedTuple):
    """A network about to take a step: the loss of its outputs, and the inputs."""

    network: nn.Module
    loss: Loss
    x: torch.Tensor


def measure(*, seed: int = 0, progress: Progress = stems.silent, pieces: Pieces = not_kept) -> Result:
    """Cosines and distances of gradients in every regime, for `SEEDS` seeds.

    Parameters
    ----------
    seed : int
        Run k, the same for both arms, has the generators of (seed, k, ...).
    """
    images, regimes = digits(), []
    arrays: dict[str, NDArray[Any]] = {"linear steps": np.arange(TIMES) * (LINEAR_STEPS // TIMES)}
    for place, setting in enumerate(SETTINGS):
        progress(place / len(SETTINGS), setting.name)
        found = both_arms(setting, images, seed, pieces)
        arrays |= {f"{setting.name}/{key}": value for key, value in found.items()}
        plain, bn = found["cosine by layer"].mean(axis=2)
        criterion = IntervalCriterion(f"cosine, plain - BN: interval above {setting.above:g}", setting.above)
        regimes.append(Regime("B2", setting.name, setting.declared, criterion, paired_effect(plain, bn)))
    criteria = (*exact_criteria(images, seed), reversal(regimes[-1]))
    return Result(STEM, seed, {}, criteria, (), arrays, summaries(arrays), {}, tuple(regimes))


def reversal(regime: Regime) -> Criterion:
    """He's initialization does not merely miss the criterion: BN's cosine is higher by a margin."""
    return Criterion(f"{regime.name}: upper end of the interval of plain - BN", regime.effect.ci95[1], "<", REVERSED)


def both_arms(setting: Setting, images: Images, seed: int, pieces: Pieces) -> dict[str, NDArray[np.float64]]:
    """Of `run`: means over times or layers; shapes (arms, seeds, layers - 1), (arms, seeds, times), (arms, seeds)."""
    runs = [
        [
            pieces(f"{piece_name(setting)}/{arm}/{seed}/{k}", partial(run, setting, arm, images, (seed, k)))
            for k in range(SEEDS)
        ]
        for arm in ARMS
    ]
    cosine = np.array([[found["cosine"] for found in arm] for arm in runs])
    l2 = np.array([[found["l2"] for found in arm] for arm in runs])
    return {
        "cosine by layer": cosine.mean(axis=2),
        "cosine by time": cosine.mean(axis=3),
        "l2": np.exp(np.log(l2).mean(axis=(2, 3))),
        "loss": np.array([[found["loss"] for found in arm] for arm in runs]),
    }


def piece_name(setting: Setting) -> str:
    """Everything of a setting that numbers depend on."""
    family = "vgg" if setting.loss_weight is None else f"linear-{setting.loss_weight:g}"
    return f"{family}/{setting.initialization}/{setting.lr:g}/{setting.steps}-{TIMES}"


def run(setting: Setting, arm: str, images: Images, seed: tuple[int, ...]) -> Arrays:
    """One training: cosine and l2, shape (times, layers - 1), and the loss before the step, shape (times,)."""
    every = setting.steps // TIMES
    shifts, losses = [], []
    for step, now in enumerate(trained(setting, arm, images, seed)):
        if step % every == 0:
            shifts.append(gradient_shift(now.network, now.loss, now.x, setting.lr))
            with torch.no_grad():
                losses.append(now.loss(now.network(now.x)).item())
    cosine, l2 = (np.array([getattr(shift, field) for shift in shifts]) for field in ("cosine", "l2"))
    return {"cosine": cosine, "l2": l2, "loss": np.array(losses)}


def trained(setting: Setting, arm: str, images: Images, seed: tuple[int, ...]) -> Iterator[Moment]:
    """The training of a setting, before each of its steps."""
    norm = None if arm == "plain" else BatchNorm
    weights, data = generator(*seed, 0), generator(*seed, 1)
    if setting.loss_weight is None:
        network = vgg(norm, setting.initialization, weights)
        for x, y in sgd(network, images, lr=setting.lr, steps=setting.steps, batch=BATCH, generator=data):
            yield Moment(network, partial(cross_entropy, target=y), x)
        return
    network = mlp([WIDTH] * (DEPTH + 1), None, norm, setting.initialization, weights)
    x, target = regression(data)
    now = Moment(network, partial(squared, target=target, weight=setting.loss_weight), x)
    optimizer = torch.optim.SGD(network.parameters(), lr=setting.lr)
    for _ in range(setting.steps):
        yield now
        optimizer.zero_grad()
        now.loss(network(x)).backward()
        optimizer.step()


def regression(source: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """x and A x, shape (samples, width) each."""
    x = torch.randn(SAMPLES, WIDTH, generator=source)
    A = torch.randn(WIDTH, WIDTH, generator=source)
    return x, x @ A.T


def squared(outputs: torch.Tensor, target: torch.Tensor, weight: float) -> torch.Tensor:
    """weight times the mean over the samples of |output - target|^2."""
    return weight * (outputs - target).square().sum(dim=1).mean()


def exact_criteria(images: Images, seed: int) -> Iterator[Criterion]:
    """Steps of length 0, and the two-layer linear network against its closed form."""
    for family in (SETTINGS[0], SETTINGS[-1]):
        for arm in ARMS:
            now = next(trained(family, arm, images, (seed, 0)))
            off = np.abs(gradient_shift(now.network, now.loss, now.x, 0.0).cosine - 1).max()
            # The same computation twice: what is left is the rounding of two norms of up to 1e4 terms, some 1e-13.
            yield Criterion(f"control, {family.name}, {arm}, lr = 0: |cosine - 1|", float(off), "<=", 1e-12)
    # Products of 6 matrices in float64, relative errors of some 1e-15 each, on gradients that differ by a tenth.
    yield Criterion("two linear layers, off the closed form", two_layers_off(seed), "<=", 1e-10)


def two_layers_off(seed: int) -> float:
    """Largest of |cosine - exact| and |l2/exact - 1| for f(x) = W2 W1 x, in float64.

    With R = W2 W1 X - Y and the loss |R|^2/n: G2 = (2/n) R (W1 X)^T, G1 = (2/n) W2^T R X^T; G2' is G2 with
    W1 - lr G1 in the place of W1.
    """
    source, lr = generator(seed, 2), 0.05
    W1, W2, X, Y = (
        torch.randn(shape, generator=source, dtype=torch.float64) for shape in ((4, 3), (2, 4), (3, 20), (2, 20))
    )
    network = nn.Sequential(nn.Linear(3, 4, bias=False), nn.Linear(4, 2, bias=False)).double()
    network.load_state_dict({"0.weight": W1, "1.weight": W2})
    found = gradient_shift(network, partial(squared, target=Y.T, weight=1.0), X.T, lr)

    def G2(W: torch.Tensor) -> torch.Tensor:
        return (2 / 20) * (W2 @ W @ X - Y) @ (W @ X).T

    before, after = G2(W1), G2(W1 - lr * (2 / 20) * W2.T @ (W2 @ W1 @ X - Y) @ X.T)
    cosine, l2 = float((before * after).sum() / (before.norm() * after.norm())), float((before - after).norm())
    return max(abs(float(found.cosine[0]) - cosine), abs(float(found.l2[0]) / l2 - 1))


def summaries(arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Mean cosines of both arms, and the ratio of their geometric mean |G - G'|_2, in every regime."""
    found = {}
    for setting in SETTINGS:
        plain, bn = arrays[f"{setting.name}/cosine by layer"].mean(axis=(1, 2))
        found |= {f"cosine, {setting.name}, plain": float(plain), f"cosine, {setting.name}, BN": float(bn)}
        ratio = np.exp(np.diff(np.log(arrays[f"{setting.name}/l2"]), axis=0).mean())
        found[f"l2, {setting.name}, BN/plain"] = float(ratio)
    return found


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

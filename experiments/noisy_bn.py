"""B1: noise after batch normalization makes every layer's distributions unstable, and training hardly slower.

Setting: the VGG-like network on digits (`bntheory.deep.networks.vgg`), plain SGD, batch 64, 150 steps, lr .1, from He's
or from Glorot's initialization; without BN, with BN, and with noise after each BN (`bntheory.deep.noise`): a layer's
outputs times a scale ~ U(1, 1.25), plus a mean ~ U(-.5, .5), both drawn anew for every layer and step, and jitter of
.1 for every element. All arms share initial weights and batches.

Measured:
- area under the accuracy curve: mean over the steps 0, 10, 20, ... of the accuracy on 256 training images, with the
  batch's own statistics and with the noise;
- instability of a layer: its units' outputs before the ReLU on 64 fixed images, x of shape (units, images times
  positions), at step t and t + 1 (weights and noise of that step). Equal-size samples are at Wasserstein-2 distance
  W_j = sqrt(mean_i (x_j(i)^t - x_j(i)^(t+1))^2), x_j(1) <= x_j(2) <= ...; the instability is mean W_j over mean
  standard deviation, means over units and the last `LATE` steps. The elements of the jitter are the same at every
  step of this measurement, since fresh ones would add the sampling error of 64 images to the distance.

Controls, each of which must miss the criterion of instability: noise before BN, which takes it out again; "frozen",
a mean and a scale drawn once; "centred", mean 0 and scale 1, so that only jitter is left. Their distributions change
as much as training makes them, more from layer to layer. Means over seeds 0, in the layers 1 to 7: noise before BN
.003 to .036 (He), .006 to .042 (Glorot); frozen .002 to .034, .004 to .033; centred .002 to .033, .005 to .037; BN
alone .001 to .024, .003 to .026. So all are below .02 in the mean over layers (.013 to .018), and none stays below it
in the deepest one.

Source: Santurkar et al. 2018, Section 2.1, which says that noisy BN is less stable at every layer than both others, and
trains about as well as BN, better than without BN.

Main statements: from He's initialization all of it holds; from Glorot's the accuracies do as well, but the deepest
layer of the network without BN is the least stable of all: that part depends on the initialization.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bntheory import stems
from bntheory.deep.digits import Images, digits
from bntheory.deep.distributions import before_relu, deviations, distances
from bntheory.deep.networks import Initialization, vgg
from bntheory.deep.noise import NonStationaryNoise, draw, fixed_elements
from bntheory.deep.normalization import BatchNorm
from bntheory.deep.training import accuracy, generator, sgd
from bntheory.experiment import Arrays, Criterion, Pieces, Progress, Result, not_kept
from bntheory.statistics import IntervalCriterion, Outcome, Regime, paired_effect

STEM = "noisy_bn"
SEEDS = 6
LR, STEPS, BATCH = 0.1, 150, 64
#: Accuracy is measured every so many steps, instability over so many last steps.
EVERY, LATE = 10, 30
TRAINING, PROBE = 256, 64
INITIALIZATIONS: tuple[Initialization, ...] = ("he", "glorot")
ARMS = ("plain", "bn", "noisy")
CONTROLS = {"before": "noise before BN", "frozen": "frozen noise", "centred": "zero-mean noise"}
#: Of the instability of noisy BN, at every layer; of a control's.
UNSTABLE, STABLE = (0.27, 0.40), 0.02
_NAMES = {"he": "He", "glorot": "Glorot"}


def measure(*, seed: int = 0, progress: Progress = stems.silent, pieces: Pieces = not_kept) -> Result:
    """Accuracy curves and instabilities of all arms and controls, for `SEEDS` seeds.

    Parameters
    ----------
    seed : int
        Run k, the same for all arms, has the generators of (seed, k, ...).
    """
    images = digits()
    wanted = [(start, arm) for start in INITIALIZATIONS for arm in (*ARMS, *CONTROLS)]
    arrays: dict[str, NDArray[Any]] = {"steps": np.arange(0, STEPS, EVERY)}
    for place, (start, arm) in enumerate(wanted):
        progress(place / len(wanted), f"{_NAMES[start]}, {arm}")
        found = [
            pieces(piece_name(start, arm, seed, k), partial(run, arm, images, start, (seed, k))) for k in range(SEEDS)
        ]
        for key in ("accuracy", "instability"):
            arrays[f"{start}/{arm}/{key}"] = np.array([one[key] for one in found])
    regimes = tuple(regime for start in INITIALIZATIONS for regime in all_regimes(start, arrays))
    return Result(STEM, seed, {}, tuple(criteria(arrays)), (), arrays, summaries(arrays), {}, regimes)


def piece_name(start: Initialization, arm: str, seed: int, k: int) -> str:
    """Everything that a run's numbers depend on."""
    return f"{start}-{LR:g}/{arm}/{STEPS}-{EVERY}-{LATE}/{TRAINING}-{PROBE}/{seed}/{k}"


def run(arm: str, images: Images, start: Initialization, seed: tuple[int, ...]) -> Arrays:
    """One training: accuracy, shape (STEPS/EVERY,), and instability of the layers, shape (7,)."""
    network = build(arm, start, seed)
    shown, probe = images.first(TRAINING), images.x[:PROBE]
    curve, moved, spreads = [], [], []
    last: list[torch.Tensor] = []
    draw(network)
    for step, _ in enumerate(sgd(network, images, lr=LR, steps=STEPS, batch=BATCH, generator=generator(*seed, 1))):
        if arm != "frozen":
            draw(network)
        if step % EVERY == 0:
            with fixed_elements(network):
                curve.append(accuracy(network, shown.x, shown.y, train_mode=True))
        if step >= STEPS - LATE:
            with fixed_elements(network):
                now = before_relu(network, probe)
            spreads.append(deviations(now))
            if last:
                moved.append(distances(last, now))
            last = now
    return {"accuracy": np.array(curve), "instability": np.mean(moved, axis=0) / np.mean(spreads, axis=0)}


def build(arm: str, start: Initialization, seed: tuple[int, ...]) -> nn.Sequential:
    """The network of an arm or a control; its noise has a generator of its own."""
    source = generator(*seed, 2)

    def norm(units: int) -> nn.Module:
        if arm == "bn":
            return BatchNorm(units)
        ends = {"means": 0.0, "scales": 1.0} if arm == "centred" else {}
        both = [BatchNorm(units), NonStationaryNoise(source, **ends)]
        return nn.Sequential(*(reversed(both) if arm == "before" else both))

    return vgg(None if arm == "plain" else norm, start, generator(*seed, 0))


def all_regimes(start: Initialization, arrays: Mapping[str, NDArray[np.float64]]) -> Iterator[Regime]:
    """Accuracy and instability from one initialization; of the layers, the one that speaks most against noisy BN."""
    name = f"{_NAMES[start]}, lr {LR:g}"

    def regime(what: str, declared: Outcome, criterion: IntervalCriterion, a: NDArray[np.float64], b: float) -> Regime:
        effect = paired_effect(a, np.full(len(a), b))
        return Regime("B1", f"{name}: {what}", declared, criterion, effect)

    plain, bn, noisy = (arrays[f"{start}/{arm}/accuracy"].mean(axis=1) for arm in ARMS)
    above = IntervalCriterion("area under the accuracy curve: interval above .10", 0.10)
    within = IntervalCriterion("area under the accuracy curve: interval in [0, .06]", 0.0, 0.06)
    yield regime("accuracy, noisy - plain", "reproduced", above, noisy - plain, 0.0)
    yield regime("accuracy, BN - noisy", "reproduced", within, bn - noisy, 0.0)
    plain, bn, noisy = (arrays[f"{start}/{arm}/instability"] for arm in ARMS)
    everywhere = IntervalCriterion("instability, the least difference of all layers: interval above 0", 0.0)
    if start == "he":
        yield regime(
            "instability, noisy - plain, every layer", "reproduced", everywhere, (noisy - plain).min(axis=1), 0.0
        )
    yield regime("instability, noisy - BN, every layer", "reproduced", everywhere, (noisy - bn).min(axis=1), 0.0)
    deepest = IntervalCriterion("instability of the deepest layer: interval above 0", 0.0)
    declared: Outcome = "reproduced" if start == "he" else "reversed"
    yield regime("instability, noisy - plain, deepest layer", declared, deepest, (noisy - plain)[:, -1], 0.0)
    low, high = UNSTABLE
    least = IntervalCriterion(f"instability of noisy BN in its most stable layer: interval above {low:g}", low)
    most = IntervalCriterion(f"instability of noisy BN in its least stable layer: interval below {high:g}", below=high)
    yield regime("instability, noisy, most stable layer", "reproduced", least, noisy.min(axis=1), 0.0)
    yield regime("instability, noisy, least stable layer", "reproduced", most, noisy.max(axis=1), 0.0)


def criteria(arrays: Mapping[str, NDArray[np.float64]]) -> Iterator[Criterion]:
    """The band of noisy BN at every layer; the controls, which must miss it."""
    for start in INITIALIZATIONS:
        layers = arrays[f"{start}/noisy/instability"].mean(axis=0)
        name = f"{_NAMES[start]}, noisy BN, instability (mean over seeds)"
        yield Criterion(f"{name} of the most stable layer", float(layers.min()), ">=", UNSTABLE[0])
        yield Criterion(f"{name} of the least stable layer", float(layers.max()), "<=", UNSTABLE[1])
        for control, label in CONTROLS.items():
            layers = arrays[f"{start}/{control}/instability"].mean(axis=0)
            name = f"control, {_NAMES[start]}, {label}: instability"
            yield Criterion(f"{name}, mean over layers", float(layers.mean()), "<", STABLE)
            yield Criterion(f"{name} of the least stable layer", float(layers.max()), "<", UNSTABLE[0])


def summaries(arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Means over seeds: of the area under the accuracy curve, and of the deepest layer's instability."""
    found = {}
    for start in INITIALIZATIONS:
        for arm in ARMS:
            found[f"{start}/{arm}: area"] = float(arrays[f"{start}/{arm}/accuracy"].mean())
            found[f"{start}/{arm}: instability of layer 7"] = float(arrays[f"{start}/{arm}/instability"][:, -1].mean())
    return found


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

"""D1, D2, D3: how gradients grow from layer to layer in deep batch-normalized networks at initialization.

Setting: fully connected layers h -> relu(BN(W h)), `WIDTH` units, `DEPTH` layers, Gaussian weights of variance 1/width,
batch size B, eps = 0, gamma = 1, beta = 0, Gaussian inputs and output gradients. The rate is exp of the slope of
-log |dL/dh^l|^2 over the layers from `FIRST` to `LAST` short of the end: the growth of the norm SQUARED, a layer
(the norm grows by its root). Theory: `bntheory.meanfield`, for infinite width; networks: `bntheory.initial_gradients`.

Main statements: the measured rate is lambda(B), but for a bias of order 1/width; backward passes that leave out a path
through the statistics have other rates, which must miss; Monte Carlo of the infinite network agrees with the formula
for four activations; ReLU's lambda(B) falls to pi/(pi - 1), a linear network's to 1, that of 3 t - t^3 first rises (D2
is false as "any" nonlinearity). D3 is about the gradients of the weights, at B = 64, and depends: with a
residual connection x + relu(BN(W x)) they hardly grow, a power of the depth, but with the skip inside the
normalization, relu(BN(x + W x)), exponentially; and without any skip they hardly grow for leaky ReLU of slope .9, for
tanh with eps = .7, and for tanh(gamma_l BN(W h)) with gamma_l = l^(-1/2): all of these come near a linear network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bntheory import stems
from bntheory.experiment import Arrays, Criterion, Pieces, Progress, Result, not_kept
from bntheory.initial_gradients import RELU, Layer, gaussian_weights, gradient_profile, leaky_relu, sampled_rate
from bntheory.meanfield import (
    activation_moments,
    growth_rate,
    leaky_relu_limit,
    leaky_relu_rate,
    polynomial_moments,
    relu_rate,
)
from bntheory.statistics import IntervalCriterion, Outcome, Regime, paired_effect
from bntheory.typing import Vector

STEM = "explosion"
WIDTH, DEPTH, FIRST, LAST = 384, 40, 5, 3
RUNS = 8
BATCH, LARGE_BATCH = 8, 64
BATCHES = (4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256)
SAMPLED_BATCHES = (6, 8, 16, 64, 256)
#: Narrow networks, many of each: at 384 the bias is below the spread of a few networks.
NARROW, NARROW_RUNS = (32, 48, 64, 96), 400
#: The measured rate at B = 8 must lie within this part of the theory's; a width of 384 biases it by -1.5/384 = -.4 %.
TOLERANCE = 0.015
#: The activation whose rate is not monotone in B: lambda rises from B = 4 to 7.
CUBIC = (0, 3, 0, -1)
#: Networks at B = 8: the backward passes by the statistics that the gradient flows through, and those with skips.
ARMS = {name: replace(RELU, through=name) for name in ("both", "mean", "variance", "neither")} | {
    "residual": replace(RELU, skip="residual"),
    "inside": replace(RELU, skip="inside"),
}
PASSES = ("both", "mean", "variance", "neither")
_TANH = Layer(np.tanh, lambda t: 1 - np.tanh(t) ** 2)
#: D3's networks, at B = 64. ReLU scales with gamma, so that BN undoes it, and dies out for eps above .34: so tanh.
RELIEF = {
    "relu": RELU,
    "tanh": _TANH,
    "relu, skip": replace(RELU, skip="residual"),
    "relu, inside": replace(RELU, skip="inside"),
    "near-linear": Layer(*leaky_relu(0.9)),
    "eps": replace(_TANH, eps=0.7),
    "gamma": replace(_TANH, gamma=lambda layer: layer**-0.5),
}
#: Of the infinite network, by Monte Carlo.
SAMPLED = {
    "linear": Layer(*leaky_relu(1.0)),
    "relu": RELU,
    "leaky": Layer(*leaky_relu(0.3)),
    "tanh": _TANH,
}
_THROUGH = {"mean": "the mean only", "variance": "the variance only", "neither": "neither statistic"}


def measure(*, seed: int = 0, progress: Progress = stems.silent, pieces: Pieces = not_kept) -> Result:
    """Rates of finite networks, wide and narrow, with and without skips, tamed; of infinite ones; lambda against B.

    Parameters
    ----------
    seed : int
        Of all networks: network k has the generator of (seed, k).
    """
    arrays: dict[str, NDArray[np.float64]] = {}
    for batch, arms in ((BATCH, ARMS), (LARGE_BATCH, RELIEF)):
        found: list[Arrays] = []
        for run in range(RUNS):
            progress(0.8 * (run / RUNS + (batch != BATCH)) / 2, f"B = {batch}: network {run + 1} of {RUNS}")
            name = f"seed {seed}, network {run}, B {batch}, {WIDTH} x {DEPTH}"
            found.append(pieces(name, partial(network_profiles, arms, batch, (seed, run))))
        arrays |= {f"profile {arm}": np.array([one[arm] for one in found]) for arm in arms}
    rates = {arm: np.array([rate(row) for row in arrays[f"profile {arm}"]]) for arm in (*ARMS, *RELIEF)}
    progress(0.8, "narrow networks")
    narrow = pieces(f"seed {seed}, narrow {NARROW} x {NARROW_RUNS}", partial(narrow_rates, seed))
    progress(0.9, "infinite networks")
    infinite = pieces(f"seed {seed}, infinite {SAMPLED_BATCHES}", partial(infinite_rates, seed))
    theory = theoretical_rates()
    return Result(
        STEM,
        seed,
        {},
        tuple(criteria(rates, arrays, theory, narrow, infinite)),
        (),
        arrays
        | {f"rate {name}": values for name, values in rates.items()}
        | {f"lambda {name}": values for name, values in theory.items()}
        | {f"narrow {name}": values for name, values in narrow.items()}
        | {f"infinite {name}": values for name, values in infinite.items()}
        | {"batches": np.array(BATCHES), "sampled batches": np.array(SAMPLED_BATCHES), "width": np.array(WIDTH)},
        {
            "lambda of infinite width": float(relu_rate(BATCH)),
            "mean rates": {name: float(values.mean()) for name, values in rates.items()},
            "standard errors": {name: float(values.std(ddof=1) / np.sqrt(RUNS)) for name, values in rates.items()},
        },
        regimes=tuple(regimes(rates)),
    )


def network_profiles(arms: Mapping[str, Layer], batch: int, seed: Sequence[int]) -> Arrays:
    """Of each arm, with the same weights, input and output gradient: log |dL/dh^l|^2, l = 0..DEPTH, of `ARMS`.

    Of `RELIEF` log |dL/dW_l|^2, l = 1..DEPTH, with the first entry twice, so that both are indexed by the layer.
    """
    rng = np.random.default_rng(seed)
    weights = gaussian_weights(WIDTH, DEPTH, rng)
    x, gradient = rng.standard_normal((2, WIDTH, batch))
    profiles = {name: gradient_profile(weights, x, gradient, layer) for name, layer in arms.items()}
    return {
        name: found.hidden if name in ARMS else np.append(found.weights[0], found.weights)
        for name, found in profiles.items()
    }


def narrow_rates(seed: int) -> Arrays:
    """Rates at B = 8 of NARROW_RUNS networks of each width of NARROW."""
    found = []
    for width in NARROW:
        rng = np.random.default_rng([seed, width])
        rows = []
        for _ in range(NARROW_RUNS):
            weights = gaussian_weights(width, DEPTH, rng)
            rows.append(rate(gradient_profile(weights, *rng.standard_normal((2, width, BATCH))).hidden))
        found.append(rows)
    return {"rates": np.array(found)}


def infinite_rates(seed: int) -> Arrays:
    """[Monte Carlo, its standard error, the formula] by batch size of SAMPLED_BATCHES, for each activation."""
    rng = np.random.default_rng([seed, 0])
    return {
        name: np.array([[*sampled_rate(layer, B, rng), formula(name, layer, B)] for B in SAMPLED_BATCHES])
        for name, layer in SAMPLED.items()
    }


def formula(name: str, layer: Layer, B: int) -> float:
    """lambda(B) of infinite width: the closed form for piecewise linear activations, else by quadrature."""
    slopes = {"linear": 1.0, "relu": 0.0, "leaky": 0.3}
    if name in slopes:
        return float(leaky_relu_rate(B, slopes[name]))
    return float(growth_rate(B, activation_moments(layer.phi, layer.dphi, B)))


def rate(profile: Vector) -> float:
    """exp(-slope) of a line through log |dL/dh^l|^2 over the layers FIRST..DEPTH - LAST."""
    layers = np.arange(FIRST, DEPTH - LAST + 1)
    return float(np.exp(-np.polyfit(layers, profile[layers], 1)[0]))


def theoretical_rates() -> dict[str, NDArray[np.float64]]:
    """lambda(B) over `BATCHES` for ReLU, the cubic and linear networks.

    And of each of `PASSES`, for ReLU at B = BATCH, by a quadrature of error about 1e-5, because of the kink.
    """

    def of_polynomial(coefficients: Sequence[int]) -> list[float]:
        exact = [Fraction(c) for c in coefficients]
        return [float(growth_rate(B, polynomial_moments(exact, B))) for B in map(Fraction, BATCHES)]

    moments = activation_moments(RELU.phi, RELU.dphi, BATCH, nodes=800)
    return {
        "passes": np.array([growth_rate(BATCH, moments, through=ARMS[name].through) for name in PASSES]),
        "relu": np.array([float(relu_rate(B)) for B in BATCHES]),
        "cubic": np.array(of_polynomial(CUBIC)),
        "linear": np.array(of_polynomial((0, 1))),
    }


def straightness(profiles: NDArray[np.float64], *, logarithmic: bool) -> float:
    """R^2 of a line through the mean of log |dL/dh^l|^2 against log l, or against l, over the same layers."""
    layers = np.arange(FIRST, DEPTH - LAST + 1)
    x = np.log(layers) if logarithmic else layers
    return float(np.corrcoef(x, profiles.mean(axis=0)[layers])[0, 1] ** 2)


def width_bias(rates: NDArray[np.float64]) -> tuple[float, float, float]:
    """Intercept and slope of the line through the mean rates against 1/width, and the intercept's standard error."""
    errors = rates.std(axis=1, ddof=1) / np.sqrt(rates.shape[1])
    (slope, intercept), covariance = np.polyfit(
        1 / np.array(NARROW), rates.mean(axis=1), 1, w=1 / errors, cov="unscaled"
    )
    return float(intercept), float(slope), float(np.sqrt(covariance[1, 1]))


def criteria(
    rates: Mapping[str, Vector],
    arrays: Mapping[str, NDArray[np.float64]],
    theory: Mapping[str, Vector],
    narrow: Arrays,
    infinite: Arrays,
) -> Iterator[Criterion]:
    """What the experiment must show; the broken backward passes are controls, which must miss the first one."""
    exact = float(relu_rate(BATCH))
    for name in PASSES:
        off = abs(float(rates[name].mean()) / exact - 1)
        if name == "both":
            yield Criterion(f"ReLU, B = {BATCH}: |measured rate/lambda - 1|", off, "<=", TOLERANCE)
        else:
            yield Criterion(f"control, gradient through {_THROUGH[name]}: the same", off, ">", TOLERANCE)
    for name, rows in infinite.items():
        errors = float((np.abs(rows[:, 0] - rows[:, 2]) / rows[:, 1]).max())
        yield Criterion(f"{name}: Monte Carlo - lambda(B), B = 6 to 256, standard errors", errors, "<=", 4)
    intercept, slope, error = width_bias(narrow["rates"])
    yield Criterion(
        "width bias: |rate at 1/N -> 0, less lambda|, standard errors", abs(intercept - exact) / error, "<=", 4
    )
    yield Criterion("width bias: slope against 1/N", slope, "<", 0)
    power, exponential = (straightness(arrays["profile residual"], logarithmic=kind) for kind in (True, False))
    yield Criterion("residual connections: R^2 of a power of the depth", power, ">=", 0.99)
    yield Criterion("residual connections: R^2 of an exponential", exponential, "<", power)
    inside = straightness(arrays["profile inside"], logarithmic=False)
    yield Criterion("skip inside the normalization: R^2 of an exponential", inside, ">=", 0.99)
    falls = float((theory["relu"][1:] / theory["relu"][:-1]).max())
    yield Criterion("ReLU: largest lambda(next B)/lambda(B)", falls, "<", 1)
    above = float(theory["relu"][-1] / leaky_relu_limit(0.0) - 1)
    yield Criterion(f"ReLU: lambda({BATCHES[-1]})/(pi/(pi - 1)) - 1", above, "<=", 0.005)
    yield Criterion(f"linear: lambda({BATCHES[-1]}) - 1", float(theory["linear"][-1] - 1), "<=", 0.005)
    rises = float((theory["cubic"][1:] / theory["cubic"][:-1]).max())
    yield Criterion("D2 as printed, 3 t - t^3: largest lambda(next B)/lambda(B)", rises, ">", 1)


def regimes(rates: Mapping[str, Vector]) -> Iterator[Regime]:
    """D3, network by network: with a skip the weights' gradients stop growing; without, they grow, whatever else."""
    half = (1 + formula("tanh", _TANH, LARGE_BATCH)) / 2
    explodes = IntervalCriterion(f"rate above (1 + lambda({LARGE_BATCH}) of tanh)/2 = {half:.3f}", half)
    relieved = IntervalCriterion(f"rate below the same {half:.3f}", -np.inf, half)
    texts: tuple[tuple[str, str, Outcome, IntervalCriterion], ...] = (
        ("relu, skip", "with a skip around the layer, x + relu(BN(Wx))", "reproduced", relieved),
        ("relu, inside", "with a skip inside the normalization, relu(BN(x + Wx))", "not-reproduced", relieved),
        ("relu", "without a skip, ReLU", "reproduced", explodes),
        ("tanh", "without a skip, tanh", "reproduced", explodes),
        ("near-linear", "without a skip, leaky ReLU of slope .9", "not-reproduced", explodes),
        ("eps", "without a skip, tanh, eps = .7", "not-reproduced", explodes),
        ("gamma", "without a skip, tanh, gamma_l = l^(-1/2)", "not-reproduced", explodes),
    )
    for arm, name, declared, criterion in texts:
        yield Regime("D3", name, declared, criterion, paired_effect(rates[arm], np.zeros(len(rates[arm]))))


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

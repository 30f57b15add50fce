"""D1, D2: how gradients grow from layer to layer in deep batch-normalized networks at initialization.

Setting: fully connected layers h -> relu(BN(W h)), `WIDTH` units, `DEPTH` layers, Gaussian weights of variance 1/width,
batch size B, eps = 0, gamma = 1, beta = 0, Gaussian inputs and output gradients. The rate is exp of the slope of
-log |dL/dh^l|^2 over the layers from `FIRST` to `LAST` short of the end: the growth of the norm SQUARED, a layer
(the norm grows by its root). Theory: `bntheory.meanfield`, for infinite width.

Main statements: the measured rate is lambda(B); backward passes that leave out a path through the statistics have other
rates, which must miss; ReLU's lambda(B) falls to pi/(pi - 1), that of 3 t - t^3 first rises (D2 is false as "any"
nonlinearity); with a residual connection x + relu(BN(W x)) the gradient grows like a power of the depth, with the skip
inside the normalization, relu(BN(x + W x)), still exponentially.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bntheory import stems, transform
from bntheory.experiment import Criterion, Progress, Result
from bntheory.meanfield import Path as Statistics
from bntheory.meanfield import activation_moments, growth_rate, leaky_relu_limit, polynomial_moments, relu_rate
from bntheory.typing import Matrix, Vector

STEM = "explosion"
WIDTH, DEPTH, FIRST, LAST = 384, 40, 5, 3
RUNS = 8
BATCH = 8
BATCHES = (4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256)
#: The measured rate at B = 8 must lie within this part of the theory's; a width of 384 biases it by -1.5/384 = -.4 %.
TOLERANCE = 0.015
#: The activation whose rate is not monotone in B: lambda rises from B = 4 to 7.
CUBIC = (0, 3, 0, -1)
PASSES: tuple[Statistics, ...] = ("both", "mean", "variance", "neither")
SKIPS = ("residual", "inside")
_THROUGH = {"mean": "the mean only", "variance": "the variance only", "neither": "neither statistic"}


def measure(*, seed: int = 0, progress: Progress = stems.silent) -> Result:
    """Rates of finite networks at B = 8, broken backward passes, lambda against B, and skip connections.

    Parameters
    ----------
    seed : int
        Of all `RUNS` networks: network k has the generator of (seed, k).
    """
    profiles: dict[str, list[Vector]] = {name: [] for name in (*PASSES, *SKIPS)}
    for run in range(RUNS):
        progress(run / RUNS, f"network {run + 1} of {RUNS}")
        for name, profile in network_profiles(np.random.default_rng([seed, run])):
            profiles[name].append(profile)
    arrays = {name: np.array(rows) for name, rows in profiles.items()}
    rates = {name: np.array([rate(row) for row in arrays[name]]) for name in profiles}
    theory = theoretical_rates()
    return Result(
        STEM,
        seed,
        {},
        tuple(criteria(rates, arrays, theory)),
        (),
        {f"profile {name}": rows for name, rows in arrays.items()}
        | {f"rate {name}": values for name, values in rates.items()}
        | {f"lambda {name}": values for name, values in theory.items()}
        | {"batches": np.array(BATCHES), "width": np.array(WIDTH)},
        {
            "lambda of infinite width": float(relu_rate(BATCH)),
            "mean rates": {name: float(values.mean()) for name, values in rates.items()},
            "standard errors": {name: float(values.std(ddof=1) / np.sqrt(RUNS)) for name, values in rates.items()},
        },
    )


def network_profiles(rng: np.random.Generator) -> Iterator[tuple[str, Vector]]:
    """log |dL/dh^l|^2 for l = 0..DEPTH: of every backward pass of one network, and of two networks with skips."""
    weights = [rng.standard_normal((WIDTH, WIDTH)) / np.sqrt(WIDTH) for _ in range(DEPTH)]
    x, gradient = rng.standard_normal((2, WIDTH, BATCH))
    for name in PASSES:
        yield name, profile(weights, x, gradient, through=name)
    for skip in SKIPS:
        yield skip, profile(weights, x, gradient, skip=skip)


def profile(
    weights: Sequence[Matrix], x: Matrix, gradient: Matrix, *, skip: str = "none", through: Statistics = "both"
) -> Vector:
    """log |dL/dh^l|^2, l = 0..DEPTH, by one forward and one backward pass."""
    batches = []
    for W in weights:
        y = W @ x + (x if skip == "inside" else 0.0)
        batch = transform.standardize(y.T, 0.0)
        batches.append(batch)
        x = np.maximum(batch.x_hat, 0.0).T + (x if skip == "residual" else 0.0)
    found = [np.log((gradient**2).sum())]
    for W, batch in zip(reversed(weights), reversed(batches), strict=True):
        inner = through_normalization(batch, gradient.T * (batch.x_hat > 0), through).T
        back = W.T @ inner + (inner if skip == "inside" else 0.0)
        gradient = back + (gradient if skip == "residual" else 0.0)
        found.append(np.log((gradient**2).sum()))
    return np.array(found[::-1])


def through_normalization(batch: transform.Standardized, d: Matrix, through: Statistics) -> Matrix:
    """The gradient before the normalization, through both statistics or (broken) through some of them only."""
    if through == "both":
        whole: Matrix = transform.backward(batch, 1.0, d)[0]
        return whole
    if through == "mean":
        d = d - d.mean(axis=0)
    if through == "variance":
        d = d - batch.x_hat * (d * batch.x_hat).mean(axis=0)
    broken: Matrix = d / batch.s
    return broken


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

    moments = activation_moments(lambda t: np.maximum(t, 0.0), lambda t: 1.0 * (t > 0), BATCH, nodes=800)
    return {
        "passes": np.array([growth_rate(BATCH, moments, through=name) for name in PASSES]),
        "relu": np.array([float(relu_rate(B)) for B in BATCHES]),
        "cubic": np.array(of_polynomial(CUBIC)),
        "linear": np.array(of_polynomial((0, 1))),
    }


def straightness(profiles: NDArray[np.float64], *, logarithmic: bool) -> float:
    """R^2 of a line through the mean of log |dL/dh^l|^2 against log l, or against l, over the same layers."""
    layers = np.arange(FIRST, DEPTH - LAST + 1)
    x = np.log(layers) if logarithmic else layers
    return float(np.corrcoef(x, profiles.mean(axis=0)[layers])[0, 1] ** 2)


def criteria(
    rates: Mapping[str, Vector], profiles: Mapping[str, NDArray[np.float64]], theory: Mapping[str, Vector]
) -> Iterator[Criterion]:
    """What the experiment must show; the broken backward passes are controls, which must miss the first one."""
    exact = float(relu_rate(BATCH))
    for name in PASSES:
        off = abs(float(rates[name].mean()) / exact - 1)
        if name == "both":
            yield Criterion(f"ReLU, B = {BATCH}: |measured rate/lambda - 1|", off, "<=", TOLERANCE)
        else:
            yield Criterion(f"control, gradient through {_THROUGH[name]}: the same", off, ">", TOLERANCE)
    power, exponential = (straightness(profiles["residual"], logarithmic=kind) for kind in (True, False))
    yield Criterion("residual connections: R^2 of a power of the depth", power, ">=", 0.99)
    yield Criterion("residual connections: R^2 of an exponential", exponential, "<", power)
    inside = straightness(profiles["inside"], logarithmic=False)
    yield Criterion("skip inside the normalization: R^2 of an exponential", inside, ">=", 0.99)
    yield Criterion("skip inside the normalization: smallest rate", float(rates["inside"].min()), ">", 1.1)
    falls = float((theory["relu"][1:] / theory["relu"][:-1]).max())
    yield Criterion("ReLU: largest lambda(next B)/lambda(B)", falls, "<", 1)
    above = float(theory["relu"][-1] / leaky_relu_limit(0.0) - 1)
    yield Criterion(f"ReLU: lambda({BATCHES[-1]})/(pi/(pi - 1)) - 1", above, "<=", 0.005)
    rises = float((theory["cubic"][1:] / theory["cubic"][:-1]).max())
    yield Criterion("D2 as printed, 3 t - t^3: largest lambda(next B)/lambda(B)", rises, ">", 1)


main = partial(stems.main, STEM)

if __name__ == "__main__":
    print(main())

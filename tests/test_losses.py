"""The losses against 50-digit mpmath, their stated facts, and the check of a user's triple."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from bntheory.errors import InvalidInput
from bntheory.losses import LOSSES, Loss, custom, get_loss

DISTINCT = sorted({loss.name for loss in LOSSES.values()})
EPS = 2.0**-52
TINY = 2e-307  # the docstring's, where float64 ends

# phi as printed, in mpmath, and its derivatives by hand: mp.diff, which confirms them at four points, has no
# digits left in tails where phi is a constant plus 1e-50.
PHI: dict[str, Callable[[Any], Any]] = {
    "softplus": lambda t: mp.log1p(mp.exp(t)),
    "sigmoid": lambda t: 1 / (1 + mp.exp(-t)),
    "probit": lambda t: mp.erfc(-t / mp.sqrt(2)) / 2,
    "tanh": mp.tanh,
    "squared": lambda t: (1 + t) ** 2,
    "smoothed-hinge": lambda t: mp.mpf(0) if t <= -1 else ((1 + t) ** 2 / 2 if t < 0 else t + mp.mpf(1) / 2),
    "gaussian-hinge": lambda t: mp.erfc(-t / mp.sqrt(2)) * t / 2 + mp.npdf(t),
    "sqrt-hinge": lambda t: (t + mp.sqrt(1 + t * t)) / 2,
}
DERIVATIVES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "softplus": (lambda t: mp.exp(t) / (1 + mp.exp(t)), lambda t: mp.exp(t) / (1 + mp.exp(t)) ** 2),
    "sigmoid": (
        lambda t: mp.exp(t) / (1 + mp.exp(t)) ** 2,
        lambda t: mp.exp(t) * (1 - mp.exp(t)) / (1 + mp.exp(t)) ** 3,
    ),
    "probit": (mp.npdf, lambda t: -t * mp.npdf(t)),
    "tanh": (lambda t: mp.sech(t) ** 2, lambda t: -2 * mp.sech(t) ** 2 * mp.tanh(t)),
    "squared": (lambda t: 2 * (1 + t), lambda t: mp.mpf(2)),
    "smoothed-hinge": (lambda t: min(max(1 + t, mp.mpf(0)), mp.mpf(1)), lambda t: mp.mpf(int(-1 < t < 0))),
    "gaussian-hinge": (lambda t: mp.erfc(-t / mp.sqrt(2)) / 2, mp.npdf),
    "sqrt-hinge": (lambda t: (1 + t / mp.sqrt(1 + t * t)) / 2, lambda t: (1 + t * t) ** mp.mpf("-1.5") / 2),
}

POINTS = np.concatenate([
    [0.0, 1e-9, 1e-4, 0.1, 0.7, 1.0, 2.5, 8.0, 19.3, 36.9, 40.0, 100.0, 354.0, 700.0, 745.0, 1e4, 1e12],
    [-1e-9, -1e-4, -0.1, -0.7, -1.0, -1.3, -2.5, -8.0, -19.3, -30.0, -36.9, -40.0, -354.0, -700.0, -745.0, -1e4],
    [-1e12],
])  # fmt: skip


def relative_tolerance(name: str, t: float) -> float:
    """1e-14; the normal family's condition number is t^2, so t^2 eps is what rounding t itself costs there."""
    return 4 * (t * t + 8) * EPS if name in {"probit", "gaussian-hinge"} and abs(t) > 8 else 1e-14


@pytest.mark.parametrize("name", DISTINCT)
def test_formulas_in_the_oracle_are_derivatives_of_phi(name: str) -> None:
    with mp.workdps(50):
        for t in (mp.mpf("-3.7"), mp.mpf("-0.4"), mp.mpf("0.3"), mp.mpf("2.1")):
            for order, formula in enumerate(DERIVATIVES[name], start=1):
                assert abs(mp.diff(PHI[name], t, order) - formula(t)) < 1e-15


@pytest.mark.parametrize("name", DISTINCT)
def test_phi_and_derivatives_keep_their_digits_in_both_tails(name: str) -> None:
    loss = LOSSES[name]
    computed = (loss.phi(POINTS), loss.dphi(POINTS), loss.d2phi(POINTS))
    with mp.workdps(50):
        for values, exact in zip(computed, (PHI[name], *DERIVATIVES[name]), strict=True):
            for t, value in zip(POINTS.tolist(), values.tolist(), strict=True):
                truth = exact(mp.mpf(t))
                error = abs(mp.mpf(value) - truth)
                assert error <= relative_tolerance(name, t) * abs(truth) + TINY, (t, value, mp.nstr(truth, 20))


@pytest.mark.parametrize("name", DISTINCT)
def test_derivatives_together_equal_the_separate_ones(name: str) -> None:
    loss = LOSSES[name]
    t = np.concatenate([np.linspace(-40.0, 40.0, 401), [-1e4, -720.0, 720.0, 1e4]])
    given = t.copy()
    out = np.full_like(t, np.nan), np.full_like(t, np.nan)
    for dphi, d2phi in (loss.derivatives(t), loss.derivatives(t, out=out)):
        np.testing.assert_allclose(dphi, loss.dphi(t), rtol=8 * EPS, atol=TINY)
        np.testing.assert_allclose(d2phi, loss.d2phi(t), rtol=8 * EPS, atol=TINY)
    np.testing.assert_array_equal(out, loss.derivatives(t))
    np.testing.assert_array_equal(t, given)


@pytest.mark.parametrize("name", DISTINCT)
def test_any_shape_and_integers_give_float64(name: str) -> None:
    loss = LOSSES[name]
    grid = np.array([[-2.0, 0.0, 1.0], [3.0, -5.0, 7.0]])
    for f in (loss.phi, loss.dphi, loss.d2phi, lambda t: loss.derivatives(t)[0], lambda t: loss.derivatives(t)[1]):
        values = f(grid)
        assert values.shape == grid.shape
        assert values.dtype == np.float64
        np.testing.assert_array_equal(f(grid.astype(np.int64)), values)
        assert float(f(np.asarray(3.0))) == float(f(3.0)) == values[1, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DISTINCT)
def test_derivatives_of_astronomical_arguments_are_finite_and_silent(name: str) -> None:
    loss = LOSSES[name]
    t = np.array([-1e300, -1e155, 1e155, 1e300])
    dphi, d2phi = loss.derivatives(t)
    np.testing.assert_allclose([dphi, d2phi], [loss.dphi(t), loss.d2phi(t)], rtol=1e-14, atol=TINY)
    assert np.all(np.abs(dphi) <= min(loss.Phi, 3e300))
    assert np.all(np.abs(d2phi) <= (2 if name == "squared" else TINY))


DENSE = np.concatenate([np.linspace(-12.0, 12.0, 48_001), -np.logspace(1, 5, 400), np.logspace(1, 5, 400)])


@pytest.mark.parametrize("name", DISTINCT)
def test_bounds_are_the_suprema(name: str) -> None:
    loss = LOSSES[name]
    for values, bound in ((loss.dphi(DENSE), loss.Phi), (loss.d2phi(DENSE), loss.d2phi_bound)):
        largest = np.max(np.abs(values))
        if bound == math.inf:
            assert largest > 1e5
        else:
            assert bound * (1 - 1e-6) <= largest <= bound * (1 + 4 * EPS)


@pytest.mark.parametrize("name", DISTINCT)
def test_shape_flags_are_true_and_complete(name: str) -> None:
    loss = LOSSES[name]
    near = DENSE[np.abs(DENSE) < 30]
    assert loss.convex == bool(np.all(loss.d2phi(DENSE) >= 0))
    assert loss.increasing == bool(np.all(loss.dphi(near) > 0))
    assert loss.odd == bool(np.allclose(loss.phi(-DENSE), -loss.phi(DENSE), rtol=1e-14, atol=0))


@pytest.mark.parametrize("name", DISTINCT)
def test_limits_are_approached(name: str) -> None:
    loss = LOSSES[name]
    for limit, value in zip(loss.limits, loss.phi(np.array([-1e9, 1e9])), strict=True):
        assert value > 1e8 if limit == math.inf else value == pytest.approx(limit, abs=1e-9)


# The nearest singularities off the axis; on the strip's edge phi' or phi'' is unbounded, inside it is not.
SINGULARITIES = {"softplus": 1j * math.pi, "sigmoid": 1j * math.pi, "tanh": 0.5j * math.pi, "sqrt-hinge": 1j}


@pytest.mark.parametrize("name", DISTINCT)
def test_strip_ends_at_the_nearest_singularity(name: str) -> None:
    if name not in SINGULARITIES:
        assert LOSSES[name].strip == math.inf
        return
    pole = SINGULARITIES[name]
    assert LOSSES[name].strip == pole.imag
    second = DERIVATIVES[name][1]
    assert abs(second(mp.mpc(pole) * (1 - mp.mpf("1e-12")))) > 1e8


@pytest.mark.parametrize("name", DISTINCT)
def test_kinks_are_where_d2phi_jumps(name: str) -> None:
    loss = LOSSES[name]
    t = np.linspace(-3.0, 3.0, 60_001) + 5e-5
    jumps = np.abs(np.diff(loss.d2phi(t))) > 0.5
    np.testing.assert_allclose(t[:-1][jumps] + 5e-5, loss.kinks, atol=1e-9)


def test_squared_loss_is_the_squared_residual_for_labels_of_one() -> None:
    rng = np.random.default_rng(3)
    X, w, y = rng.normal(size=(50, 3)), rng.normal(size=3), rng.choice([-1.0, 1.0], size=50)
    np.testing.assert_allclose(LOSSES["squared"].phi(-y * (X @ w)), (y - X @ w) ** 2, rtol=1e-13)


def test_a_name_a_loss_and_a_triple_all_give_a_loss() -> None:
    softplus = get_loss("softplus")
    assert get_loss("logistic") is softplus
    assert get_loss(softplus) is softplus
    triple = get_loss((np.cosh, np.sinh, np.cosh))
    assert (triple.name, triple.Phi, triple.convex) == ("custom", math.inf, False)
    assert pickle.loads(pickle.dumps(softplus)) == softplus


def test_an_unknown_loss_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInput, match=r"loss = sofplus: .*; did you mean softplus"):
        get_loss("sofplus")
    with pytest.raises(InvalidInput, match="must be a name, a Loss or three functions"):
        get_loss(3.0)  # type: ignore[arg-type]


def test_the_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        LOSSES["softplus"] = LOSSES["tanh"]  # type: ignore[index]


@pytest.mark.parametrize("name", DISTINCT)
def test_custom_accepts_every_built_in_loss_with_its_own_facts(name: str) -> None:
    known = LOSSES[name]
    loss = custom(
        known.phi, known.dphi, known.d2phi, name="mine", Phi=known.Phi, d2phi_bound=known.d2phi_bound,
        convex=known.convex, increasing=known.increasing, odd=known.odd, limits=known.limits, strip=known.strip,
        kinks=known.kinks,
    )  # fmt: skip
    assert isinstance(loss, Loss)
    assert (loss.name, loss.strip, loss.limits, loss.kinks) == ("mine", known.strip, known.limits, known.kinks)
    assert (loss.Phi, loss.d2phi_bound, loss.odd) == (known.Phi, known.d2phi_bound, known.odd)


def ones(t: np.ndarray) -> np.ndarray:
    return np.ones_like(t)


SIN = (np.sin, np.cos, lambda t: -np.sin(t))
REFUSED: dict[str, tuple[tuple[Any, Any, Any], dict[str, Any], str]] = {
    "wrong dphi": ((np.sin, lambda t: np.cos(t) + 1e-5, SIN[2]), {}, r"dphi = .* at t = -30.*difference .* of phi"),
    "wrong d2phi": ((*SIN[:2], np.sin), {}, r"d2phi = .* at t = .*difference .* of dphi"),
    "wrong only near 2": (
        (np.sin, lambda t: np.cos(t) + (np.abs(t - 2) < 0.2), SIN[2]),
        {},
        r"dphi = .* at t = 2\.",
    ),
    "undeclared jump": (
        (lambda t: np.maximum(t, 0.0) ** 2, lambda t: 2 * np.maximum(t, 0.0), ones),
        {},
        "d2phi = 1 at t = -30",
    ),
    "Phi too small": (SIN, {"Phi": 0.9}, r"dphi = .* exceeds the stated bound Phi = 0\.9"),
    "d2phi_bound too small": (SIN, {"d2phi_bound": 0.9}, r"d2phi = .* exceeds the stated d2phi_bound = 0\.9"),
    "not convex": (SIN, {"convex": True}, "contradicts convex=True"),
    "not increasing": (SIN, {"increasing": True}, "contradicts increasing=True"),
    "not odd": ((np.cos, lambda t: -np.sin(t), lambda t: -np.cos(t)), {"odd": True}, "contradicts odd=True"),
    "scalar only": ((math.sin, math.cos, math.sin), {}, "phi = .* must take an array"),
    "wrong shape": ((np.sum, *SIN[1:]), {}, r"phi = array of shape \(\): must have t's shape"),
    "not finite": ((lambda t: np.where(t > 20, np.nan, np.sin(t)), *SIN[1:]), {}, r"phi = nan at t = 20\..*finite"),
    "no strip": (SIN, {"strip": 0.0}, "strip = 0.0: must be positive"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_custom_refuses_and_names_the_point(case: str) -> None:
    triple, facts, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message):
        custom(*triple, name=case, **facts)


def test_custom_leaves_out_points_near_a_kink() -> None:
    checked_at = 0.01 * math.sqrt(2)
    half_square = (
        lambda t: np.maximum(t - checked_at, 0.0) ** 2 / 2,
        lambda t: np.maximum(t - checked_at, 0.0),
        lambda t: np.where(t > checked_at, 1.0, 0.0),
    )
    with pytest.raises(InvalidInput, match="list a jump of d2phi in kinks"):
        custom(*half_square)
    assert custom(*half_square, kinks=(checked_at,)).kinks == (checked_at,)


@pytest.mark.parametrize("name", LOSSES)
def test_a_jet_is_the_three_functions_to_absolute_accuracy(name):
    loss = LOSSES[name]
    t = np.linspace(-30.0, 30.0, 1201)
    for found, function in zip(loss.jet(t), (loss.phi, loss.dphi, loss.d2phi), strict=True):
        np.testing.assert_allclose(found, function(t), rtol=1e-15, atol=1e-15)

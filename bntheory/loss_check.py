"""Checks a user's triple (phi, phi', phi'') against central differences and against the facts stated of it.

The file knows functions and points only, not losses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bntheory.errors import InvalidInput
from bntheory.typing import Vector

# Both signs of 121 points up to 30, where a loss such as exp(t) is still finite; moved by an irrational
# amount, so that no round number, a likely kink, is hit.
_POSITIVE = np.linspace(0.0, 30.0, 121) + 0.01 * np.sqrt(2.0)
_POINTS = np.concatenate([-_POSITIVE[::-1], _POSITIVE])
_STEPS = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1.0, np.abs(_POINTS))

# With step h = eps^(1/3) max(1, |t|), central differences are off by h^2 |f'''|/6, h <= 2e-4, plus
# eps |f|/h <= 4e-11 |f|: 1e-6 leaves room for |f'''| up to 150 at |t| = 30 and up to 1e5 for |t| <= 1.
_DIFFERENCE_TOLERANCE = 1e-6

_CLAIM_TOLERANCE = 1e-12
"""Relative room for the user's own rounding where a bound or a symmetry is tested."""


class Samples(NamedTuple):
    """phi, phi', phi'' at the checked points, which are symmetric about 0 and ascending."""

    phi: Vector
    dphi: Vector
    d2phi: Vector


def sample_derivatives(
    phi: Callable[[Vector], Vector],
    dphi: Callable[[Vector], Vector],
    d2phi: Callable[[Vector], Vector],
    kinks: tuple[float, ...],
) -> Samples:
    """The three functions at 242 fixed points, 0.01 < |t| < 30.1, compared with central differences.

    The comparison is |f'(t) - (f(t+h) - f(t-h))/(2h)| <= 1e-6 (1 + |f(t)| + |f'(t)|), h = 6e-6 max(1, |t|),
    for f = phi and f = dphi, except within 2h of a kink.

    Raises
    ------
    InvalidInput
        A function does not map an array to finite values of its shape, or a derivative is wrong; the message
        names the point.
    """
    named = {"phi": phi, "dphi": dphi, "d2phi": d2phi}
    samples = Samples(*(_values(name, f, _POINTS) for name, f in named.items()))
    near_kink = (np.abs(_POINTS[:, None] - np.asarray(kinks)) <= 2.0 * _STEPS[:, None]).any(axis=1)
    _compare(("phi", "dphi"), phi, samples.phi, samples.dphi, near_kink)
    _compare(("dphi", "d2phi"), dphi, samples.dphi, samples.d2phi, near_kink)
    return samples


def check_facts(samples: Samples, *, Phi: float, d2phi_bound: float, convex: bool, increasing: bool, odd: bool) -> None:
    """Refuse a stated bound, sign or symmetry that fails at a checked point.

    Raises
    ------
    InvalidInput
        Names the function, its value, the point and the statement that fails.
    """
    phi, dphi, d2phi = samples
    room = 1.0 + _CLAIM_TOLERANCE
    asymmetry = np.abs(phi + phi[::-1])
    remedy = "correct the function or the statement"
    _refuse("dphi", dphi, np.abs(dphi) > room * Phi, f"exceeds the stated bound Phi = {Phi:g}", remedy)
    too_curved = np.abs(d2phi) > room * d2phi_bound
    _refuse("d2phi", d2phi, too_curved, f"exceeds the stated d2phi_bound = {d2phi_bound:g}", remedy)
    if convex:
        _refuse("d2phi", d2phi, d2phi < 0.0, "contradicts convex=True", remedy)
    if increasing:
        # an exact 0 far out may be underflow; near the origin it is a flat stretch
        flat = (dphi == 0.0) & (np.abs(_POINTS) < 5.0)
        _refuse("dphi", dphi, (dphi < 0.0) | flat, "contradicts increasing=True", remedy)
    if odd:
        _refuse("phi", phi, asymmetry > _CLAIM_TOLERANCE * np.abs(phi), "contradicts odd=True", remedy)


def _values(name: str, f: Callable[[Vector], Vector], t: Vector) -> Vector:
    remedy = "write it with numpy functions of a float64 array"
    try:
        values = np.asarray(f(t), dtype=np.float64)
    except (TypeError, ValueError) as error:  # what math.exp, or `if t > 0`, raises on an array
        raise InvalidInput(name, f, f"must take an array of points ({error})", remedy) from error
    if values.shape != t.shape:
        raise InvalidInput(name, f"array of shape {values.shape}", f"must have t's shape {t.shape}", remedy)
    finite = np.isfinite(values)
    _refuse(name, values, ~finite, "must be finite for |t| < 30.1", "use a form that does not overflow")
    return values


def _compare(
    names: tuple[str, str],
    f: Callable[[Vector], Vector],
    value: Vector,
    derivative: Vector,
    skipped: NDArray[np.bool_],
) -> None:
    name, derivative_name = names
    difference = (_values(name, f, _POINTS + _STEPS) - _values(name, f, _POINTS - _STEPS)) / (2.0 * _STEPS)
    room = _DIFFERENCE_TOLERANCE * (1.0 + np.abs(value) + np.abs(derivative))
    wrong = (np.abs(derivative - difference) > room) & ~skipped
    rule = (
        f"must equal the central difference {difference[np.argmax(wrong)]:.9g} of {name} "
        f"within 1e-6 (1 + |{name}| + |{derivative_name}|)"
    )
    remedy = f"correct {derivative_name}, or list a jump of d2phi in kinks"
    _refuse(derivative_name, derivative, wrong, rule, remedy)


def _refuse(name: str, values: Vector, failed: NDArray[np.bool_], rule: str, remedy: str) -> None:
    if failed.any():
        i = int(np.argmax(failed))
        raise InvalidInput(name, f"{values[i]:.9g} at t = {_POINTS[i]:.6g}", rule, remedy)

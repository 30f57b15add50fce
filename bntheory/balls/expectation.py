"""Rigorous Gaussian expectations of one variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bntheory.balls.arithmetic import ball, require_flint

#: The integral is taken over so many standard deviations to each side; beyond it a bound on h counts.
REACH = 12


def gaussian_expectation(h: Callable[[Any], Any], mean: Any, std: Any, bound: Any) -> Any:
    """A ball that holds E[h(t)], t ~ N(mean, std^2).

    Parameters
    ----------
    h : callable
        Takes and gives complex balls (``flint.acb``); real on the real axis, holomorphic on a neighbourhood of it, with
        values that are not finite on every ball that meets a singularity.
    mean, std : number or ball
    bound : number or ball
        |h| <= bound on the real axis; what lies beyond `REACH` standard deviations, 2 N(-REACH) < 4e-33 of the mass,
        enters the radius by it.

    Raises
    ------
    ArithmeticError
        The enclosure is not finite.
    """
    flint = require_flint()
    m, s = ball(mean), ball(std)

    def integrand(x: Any, analytic: bool) -> Any:
        return (-x * x / 2).exp() * h(m + s * x)

    inner = flint.acb.integral(integrand, -REACH, REACH).real / (2 * flint.arb.pi()).sqrt()
    tail = (ball(REACH) / ball(2).sqrt()).erfc()
    outer = flint.arb(0, (tail * ball(bound)).abs_upper())
    if not inner.is_finite():
        raise ArithmeticError("the integral has no finite enclosure: is h holomorphic near the real axis?")
    return inner + outer

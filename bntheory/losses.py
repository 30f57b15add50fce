"""The losses phi(t) of a margin t = z.w, and what is known about each: bounds, limits, shape, analyticity.

`LOSSES` holds the built-in ones, `get_loss` finds one by name, `custom` makes one from a user's triple
(phi, phi', phi'') after comparing it with central differences.  The formulas are in `loss_functions`; their
accuracy is stated there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import hypot, inf, nan, pi, sqrt
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from bntheory import loss_functions as formulas
from bntheory.errors import InvalidInput, unknown
from bntheory.loss_check import check_facts, sample_derivatives
from bntheory.typing import Vector

ScalarFunction: TypeAlias = Callable[[Vector], Vector]
"""A function of a real number, applied elementwise to a float64 array."""

Triple: TypeAlias = tuple[ScalarFunction, ScalarFunction, ScalarFunction]
"""(phi, phi', phi'')."""

Moments: TypeAlias = tuple[float, float, float]
"""(E phi(t), E phi'(t), E phi''(t)) for one normal t."""


@dataclass(frozen=True)
class Loss:
    """A loss or activation phi with its first two derivatives, and the facts the theory needs of it.

    Attributes
    ----------
    name : str
    phi, dphi, d2phi : callable
        phi, phi', phi'', elementwise on float64 arrays of any shape.
    Phi : float
        sup |phi'|, ``inf`` where unbounded.
    d2phi_bound : float
        sup |phi''|.
    convex : bool
        phi'' >= 0 everywhere.
    increasing : bool
        phi' > 0 everywhere.
    odd : bool
        phi(-t) = -phi(t), which theorems on networks need of the activation.
    limits : tuple of float
        (phi(-oo), phi(+oo)); ``inf`` and ``nan`` (no limit, or not stated) are allowed.
    strip : float
        phi is analytic for |Im t| < strip; between `kinks` if there are any.  It sets the number of
        quadrature nodes in `bntheory.gaussian`; a value that is too small costs time, not accuracy.
    kinks : tuple of float
        The points where phi'' jumps.
    gaussian : callable, optional
        (mean, std) -> (E phi, E phi', E phi'') in closed form for t ~ N(mean, std^2).
    together : callable, optional
        (t, dphi, d2phi) -> None, writes phi'(t) and phi''(t) into the two arrays, sharing work.
    from_value : callable, optional
        (phi(t), dphi, d2phi) -> None, writes them from the value alone, to a few eps in absolute terms.
    """

    name: str
    phi: ScalarFunction
    dphi: ScalarFunction
    d2phi: ScalarFunction
    Phi: float
    d2phi_bound: float
    convex: bool
    increasing: bool
    odd: bool = False
    limits: tuple[float, float] = (nan, nan)
    strip: float = 1.0
    kinks: tuple[float, ...] = ()
    gaussian: Callable[[float, float], Moments] | None = None
    together: Callable[[Vector, Vector, Vector], None] | None = None
    from_value: Callable[[Vector, Vector, Vector], None] | None = None

    def derivatives(self, t: Vector, out: tuple[Vector, Vector] | None = None) -> tuple[Vector, Vector]:
        """phi'(t) and phi''(t), evaluated together.

        Parameters
        ----------
        t : ndarray
        out : pair of ndarray, optional
            Where to put the two results: float64, of t's shape, not overlapping t.  Reuse them in a loop over
            large arrays: fresh memory can cost several times the arithmetic.

        Returns
        -------
        dphi, d2phi : ndarray
        """
        dphi, d2phi = (np.empty(np.shape(t)), np.empty(np.shape(t))) if out is None else out
        if self.together is None:
            dphi[...] = self.dphi(t)
            d2phi[...] = self.d2phi(t)
        else:
            self.together(t, dphi, d2phi)
        return dphi, d2phi

    def jet(self, t: Vector) -> tuple[Vector, Vector, Vector]:
        """phi(t), phi'(t) and phi''(t) at the least cost: where they are small, derivatives have absolute accuracy."""
        phi = self.phi(t)
        if self.from_value is None:
            return phi, *self.derivatives(t)
        dphi, d2phi = np.empty(np.shape(t)), np.empty(np.shape(t))
        self.from_value(phi, dphi, d2phi)
        return phi, dphi, d2phi


def _squared_moments(mean: float, std: float) -> Moments:
    return (1.0 + mean) * (1.0 + mean) + std * std, 2.0 * (1.0 + mean), 2.0


def _probit_moments(mean: float, std: float) -> Moments:
    """E N(t) = N(m/c), c^2 = 1 + std^2, and its derivatives in m = mean."""
    c = hypot(1.0, std)
    at = np.asarray(mean / c)
    slope = float(formulas.normal_density(at)) / c
    return float(formulas.normal_cdf(at)), slope, -float(at) * slope / c


def _gaussian_hinge_moments(mean: float, std: float) -> Moments:
    """E G(t) = c G(m/c), c^2 = 1 + std^2, for t + Z is N(m, c^2); and its derivatives in m = mean."""
    c = hypot(1.0, std)
    at = np.asarray(mean / c)
    value, slope = formulas.gaussian_hinge(at), formulas.normal_cdf(at)
    return c * float(value), float(slope), float(formulas.normal_density(at)) / c


# sup |phi''| where it is not at t = 0: logistic'' has its extremes where s = (1 -+ 1/sqrt 3)/2, tanh is
# 2 s(2t) - 1, and the normal density is steepest at t = +-1.
_SOFTPLUS = Loss(
    "softplus", formulas.softplus, formulas.logistic, formulas.logistic_slope,
    Phi=1.0, d2phi_bound=1 / 4, convex=True, increasing=True, limits=(0.0, inf), strip=pi,
    together=formulas.softplus_derivatives,
)  # fmt: skip
_SIGMOID = Loss(
    "sigmoid", formulas.logistic, formulas.logistic_slope, formulas.logistic_curvature,
    Phi=1 / 4, d2phi_bound=sqrt(3) / 18, convex=False, increasing=True, limits=(0.0, 1.0), strip=pi,
    together=formulas.logistic_derivatives,
)  # fmt: skip
_PROBIT = Loss(
    "probit", formulas.normal_cdf, formulas.normal_density, formulas.normal_density_slope,
    Phi=1 / sqrt(2 * pi), d2phi_bound=float(np.exp(-0.5)) / sqrt(2 * pi), convex=False, increasing=True,
    limits=(0.0, 1.0), strip=inf, gaussian=_probit_moments,
)  # fmt: skip
_TANH = Loss(
    "tanh", formulas.tanh, formulas.tanh_slope, formulas.tanh_curvature,
    Phi=1.0, d2phi_bound=4 * sqrt(3) / 9, convex=False, increasing=True, odd=True, limits=(-1.0, 1.0),
    strip=pi / 2, together=formulas.tanh_derivatives, from_value=formulas.derivatives_from_tanh,
)  # fmt: skip
_SQUARED = Loss(
    "squared", formulas.squared, formulas.squared_slope, formulas.squared_curvature,
    Phi=inf, d2phi_bound=2.0, convex=True, increasing=False, limits=(inf, inf), strip=inf,
    gaussian=_squared_moments,
)  # fmt: skip
_SMOOTHED_HINGE = Loss(
    "smoothed-hinge",
    formulas.smoothed_hinge, formulas.smoothed_hinge_slope, formulas.smoothed_hinge_curvature,
    Phi=1.0, d2phi_bound=1.0, convex=True, increasing=False, limits=(0.0, inf), strip=inf, kinks=(-1.0, 0.0),
)  # fmt: skip
_GAUSSIAN_HINGE = Loss(
    "gaussian-hinge", formulas.gaussian_hinge, formulas.normal_cdf, formulas.normal_density,
    Phi=1.0, d2phi_bound=1 / sqrt(2 * pi), convex=True, increasing=True, limits=(0.0, inf), strip=inf,
    gaussian=_gaussian_hinge_moments,
)  # fmt: skip
_SQRT_HINGE = Loss(
    "sqrt-hinge", formulas.sqrt_hinge, formulas.sqrt_hinge_slope, formulas.sqrt_hinge_curvature,
    Phi=1.0, d2phi_bound=1 / 2, convex=True, increasing=True, limits=(0.0, inf), strip=1.0,
    together=formulas.sqrt_hinge_derivatives,
)  # fmt: skip

_BUILT_IN = (
    _SOFTPLUS, _SIGMOID, _PROBIT, _TANH, _SQUARED, _SMOOTHED_HINGE, _GAUSSIAN_HINGE, _SQRT_HINGE,
)  # fmt: skip

LOSSES: Mapping[str, Loss] = MappingProxyType({loss.name: loss for loss in _BUILT_IN} | {"logistic": _SOFTPLUS})
"""The built-in losses by name, read-only; "logistic" is another name of "softplus"."""


def custom(
    phi: ScalarFunction,
    dphi: ScalarFunction,
    d2phi: ScalarFunction,
    *,
    name: str = "custom",
    Phi: float = inf,
    d2phi_bound: float = inf,
    convex: bool = False,
    increasing: bool = False,
    odd: bool = False,
    limits: tuple[float, float] = (nan, nan),
    strip: float = 1.0,
    kinks: tuple[float, ...] = (),
) -> Loss:
    """A loss from a user's functions, checked at 242 fixed points with 0.01 < |t| < 30.1.

    The functions must be finite and elementwise there, dphi and d2phi must agree with central differences of
    phi and dphi to 1e-6 (1 + |f| + |f'|) away from the kinks, and the stated bounds, signs and symmetry must
    hold (`bntheory.loss_check`).  Limits and strip are taken on trust.  The parameters are the attributes of
    `Loss`; by default nothing is claimed.

    Raises
    ------
    InvalidInput
        Names the function, its value and the point t where the check fails.
    """
    if not strip > 0.0:
        raise InvalidInput("strip", strip, "must be positive", "give the strip's half-width, or leave it out")
    samples = sample_derivatives(phi, dphi, d2phi, kinks)
    check_facts(
        samples, Phi=Phi, d2phi_bound=d2phi_bound, convex=convex, increasing=increasing, odd=odd
    )  # fmt: skip
    return Loss(
        name, phi, dphi, d2phi, Phi=Phi, d2phi_bound=d2phi_bound, convex=convex, increasing=increasing,
        odd=odd, limits=limits, strip=strip, kinks=kinks,
    )  # fmt: skip


def get_loss(loss: str | Loss | Triple) -> Loss:
    """The loss with this name; a `Loss` as it is; a triple (phi, phi', phi'') through `custom`.

    Raises
    ------
    InvalidInput
        No loss has this name (the message names the nearest one), or the triple fails its check.
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise unknown("loss", loss, LOSSES)
        return LOSSES[loss]
    if isinstance(loss, tuple) and len(loss) == 3 and all(callable(f) for f in loss):
        return custom(*loss)
    raise InvalidInput(
        "loss", loss, "must be a name, a Loss or three functions (phi, dphi, d2phi)",
        f"give one of {', '.join(sorted(LOSSES))}",
    )  # fmt: skip

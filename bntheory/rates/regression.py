"""The slope of log D against a regressor, with a 95 % interval for autocorrelated noise, drift and rounding.

It knows nothing of traces, windows or rate models. With the design X = [1, nuisance columns, x] and k the last
row of (X^T X)^-1 X^T, the slope is b = k^T y. The half-width of its interval is a sum of three parts:

- noise: t_{0.975, nu} s |k|_2, with r the lag-one autocorrelation of the noise, n_e = n (1 - r)/(1 + r) its
  effective sample size, at least columns + 1, nu = n_e - columns and s^2 = RSS/nu;
- drift: what the slopes on the two halves differ by, beyond one standard deviation of that difference;
- rounding: sum_t |k_t| e_t + eps max(1, |b|), where e_t bounds the relative error of the datum D_t (y = log D).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from bntheory.typing import Matrix, Vector

EPS = float(np.finfo(np.float64).eps)

MIN_RESIDUALS = 2
"""A drift is measured only where the hinge fit leaves so many degrees of freedom."""


@dataclass(frozen=True)
class Slope:
    """A least-squares slope and the noise around it.

    Attributes
    ----------
    value : float
        b = k^T y.
    kernel : ndarray of shape (n,)
        The weights k.
    noise : float
        Half-width of the 95 % interval for the noise alone.
    long_run_sd : float
        omega = s sqrt(n/n_e): white noise of this standard deviation would move b as much.
    """

    value: float
    kernel: Vector
    noise: float
    long_run_sd: float


def fit_slope(design: Matrix, y: Vector) -> Slope:
    """The least-squares coefficient of the last column of `design`, and its noise.

    Parameters
    ----------
    design : ndarray of shape (n, columns)
        Full rank, the regressor last, n > columns.
    y : ndarray of shape (n,)

    Notes
    -----
    This is the adjusted-trend interval of climatology (Santer et al., Int. J. Climatol. 28, 2008, eqs. 4-6).
    For AR(1) noise with correlations R, k^T R k <= |k|^2 (1 + r)/(1 - r), so it errs on the wide side.
    """
    n, columns = design.shape
    q, triangle = np.linalg.qr(design)
    kernel = q[:, -1] / triangle[-1, -1]
    residuals = y - q @ (q.T @ y)
    rss = float(residuals @ residuals)
    r = _autocorrelation(residuals, rss, columns)
    effective = max(n * (1.0 - r) / (1.0 + r), columns + 1.0)
    nu = effective - columns
    sd = float(np.sqrt(rss / nu))
    noise = float(stdtrit(nu, 0.975)) * sd * float(np.linalg.norm(kernel))
    return Slope(float(kernel @ y), kernel, noise, sd * float(np.sqrt(n / effective)))


def _autocorrelation(residuals: Vector, rss: float, columns: int) -> float:
    """Lag-one autocorrelation, in [0, 1], of the noise that left these residuals of a least-squares fit.

    Fitting takes correlation away: to first order E[r_residual] = r - (columns + (columns + 2) r)/n
    (Marriott and Pope, Biometrika 41, 1954, for one column; more columns take their share each). This is
    solved for r. Up to columns + 2 points tell nothing about r: white noise is assumed.
    """
    n = len(residuals)
    if n <= columns + 2 or rss == 0.0:
        return 0.0
    raw = float(residuals[1:] @ residuals[:-1]) / rss
    return min(max((n * raw + columns) / (n - columns - 2), 0.0), 1.0)


def fit_hinge(design: Matrix, y: Vector) -> Slope:
    """By how much the slope on the second half of the range of x exceeds that on the first.

    It is the coefficient of max(x - (x_0 + x_end)/2, 0) beside the columns of `design`, x being its last:
    the nuisance columns are adjusted for, and the two halves join in the middle.
    """
    x = design[:, -1]
    hinge = np.maximum(x - 0.5 * (x[0] + x[-1]), 0.0)
    return fit_slope(np.column_stack([design, hinge]), y)


def excess(value: float, kernel: Vector, noise_sd: float, error: Vector) -> float:
    """max(0, |v| - sigma |k|_2 - sum_t |k_t| e_t) for a contrast v = k^T y that is 0 but for noise sigma."""
    return max(0.0, abs(value) - noise_sd * float(np.linalg.norm(kernel)) - float(np.abs(kernel) @ error))


def excess_drift(design: Matrix, y: Vector, error: Vector, noise_sd: float) -> float:
    """The `excess` of the difference of the halves' slopes; 0 means straight, or too few points to tell."""
    n, columns = design.shape
    if n < columns + 1 + MIN_RESIDUALS:
        return 0.0
    hinge = fit_hinge(design, y)
    return excess(hinge.value, hinge.kernel, noise_sd, error)


def half_width(slope: Slope, design: Matrix, y: Vector, error: Vector) -> float:
    """Noise + drift + rounding: half the length of the 95 % interval of `slope`, fitted to `design` and y."""
    rounding = float(np.abs(slope.kernel) @ error) + EPS * max(1.0, abs(slope.value))
    return slope.noise + excess_drift(design, y, error, slope.long_run_sd) + rounding

"""The generalized Rayleigh quotient of a pencil (B, A) and the ascent that contracts it (E4).

Setting: B symmetric, A symmetric positive definite, both (d, d), d >= 2. The pencil's eigenpairs are
B x_i = lambda_i A x_i with x_i^T A x_j = 1 if i = j else 0, and lambda_1 > lambda_2 >= ... >= lambda_min. Everything is
written in plain array operators, so that the same line runs on float64 arrays and on object arrays of exact rationals.

Main statements (E4 corrected; the source prints the exponent 2t and the eigenvalues of B):

- one ascent step with the A-gradient A^-1 grad rho and the step w^T A w / (2 (rho(w) - lambda_min)) is, up to the
  length of w, the shifted power method w_+ = A^-1 (B - lambda_min A) w;
- where rho(w) > lambda_2 it multiplies (lambda_1 - rho)/(rho - lambda_2) by q^2 at most, q = 1 - (lambda_1 - lambda_2)/
  (lambda_1 - lambda_min). With w = sum_i c_i x_i: c_i is multiplied by lambda_i - lambda_min >= 0, so each term of the
  numerator sum_i (lambda_1 - lambda_i) c_i^2 by (lambda_2 - lambda_min)^2 at most, and the denominator
  sum_i (lambda_i - lambda_2) c_i^2, whose one positive term is the first, by (lambda_1 - lambda_min)^2 at least;
- equality holds at every step where the error c - c_1 e_1 is along x_2, whatever its size;
- for B = u u^T (E3, with the sign of rho turned), lambda_2 = lambda_min = 0 and q = 0: one step ends at A^-1 u.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]  # float64, or object holding exact rationals


def pencil_quotient(w: Array, B: Array, A: Array) -> float:
    """rho(w) = w^T B w / (w^T A w), for w of shape (d,), w != 0."""
    rho: float = (w @ (B @ w)) / (w @ (A @ w))
    return rho


def pencil_gradient(w: Array, B: Array, A: Array) -> Array:
    """grad rho(w) = 2 (B w - rho(w) A w) / (w^T A w), the Euclidean gradient; it is orthogonal to w."""
    Bw, Aw = B @ w, A @ w
    norm_squared = w @ Aw
    gradient: Array = 2 * (Bw - (w @ Bw) / norm_squared * Aw) / norm_squared
    return gradient


def pencil_step_size(w: Array, B: Array, A: Array, lambda_min: float) -> float:
    """eta = w^T A w / (2 (rho(w) - lambda_min)), for rho(w) > lambda_min."""
    step: float = (w @ (A @ w)) / (2 * (pencil_quotient(w, B, A) - lambda_min))
    return step


def ascent_step(w: Array, B: Array, A: Array, inverse: Array, lambda_min: float) -> Array:
    """w + eta inverse grad rho(w), eta of `pencil_step_size`.

    Parameters
    ----------
    w : array, shape (d,)
        With rho(w) > lambda_min.
    B, A : array, shape (d, d)
    inverse : array, shape (d, d)
        Of the metric that the gradient is taken in: A^-1 gives the A-gradient of E4; the identity over the largest
        eigenvalue of A gives, for B = u u^T, the step of E5.
    lambda_min : float
        The smallest eigenvalue of the pencil.

    Returns
    -------
    array, shape (d,)
    """
    return w + pencil_step_size(w, B, A, lambda_min) * (inverse @ pencil_gradient(w, B, A))


def shifted_power_step(w: Array, B: Array, inverse: Array, lambda_min: float) -> Array:
    """A^-1 B w - lambda_min w, `inverse` being A^-1: (rho(w) - lambda_min) times the A-gradient `ascent_step`."""
    step: Array = inverse @ (B @ w) - lambda_min * w
    return step


def eigenvalue_ratio(rho: float, lambda_1: float, lambda_2: float) -> float:
    """(lambda_1 - rho) / (rho - lambda_2), the error that E4 contracts; positive for lambda_2 < rho < lambda_1."""
    return (lambda_1 - rho) / (rho - lambda_2)


def ratio_of_coordinates(c: Array, eigenvalues: Array) -> float:
    """`eigenvalue_ratio` of w = sum_i c_i x_i, free of the cancellation in lambda_1 - rho(w).

    Parameters
    ----------
    c : array, shape (d,)
        c_i = x_i^T A w.
    eigenvalues : array, shape (d,)
        The pencil's, ascending as from `scipy.linalg.eigh`.

    Returns
    -------
    float
        sum_i (lambda_1 - lambda_i) c_i^2 / sum_i (lambda_i - lambda_2) c_i^2.
    """
    squares = c * c
    ratio: float = ((eigenvalues[-1] - eigenvalues) @ squares) / ((eigenvalues - eigenvalues[-2]) @ squares)
    return ratio


def pencil_factor(lambda_1: float, lambda_2: float, lambda_min: float, exponent: int = 2) -> float:
    """(1 - (lambda_1 - lambda_2)/(lambda_1 - lambda_min))^exponent, E4's factor of one step t -> t + 1.

    The exponent is 2; the source prints 2t, which claims more from t = 2 on, and is false.
    """
    factor: float = (1 - (lambda_1 - lambda_2) / (lambda_1 - lambda_min)) ** exponent
    return factor

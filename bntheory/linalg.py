"""Inner products and spectra of symmetric positive (semi)definite matrices.

Knows nothing of Batch Normalization. Main objects: `Metric`, the inner product <a, b>_S = a^T S b with its dual
norm and its extreme eigenvalues; `symmetric_matrix`, a matrix with a prescribed spectrum.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.typing import Matrix, Vector


class Metric:
    """The inner product <a, b>_S = a^T S b and its dual, for symmetric positive semidefinite S.

    A singular S (one-hot data) is used on its range: the dual norm and `solve` use the pseudo-inverse, and
    ``mu`` is the smallest eigenvalue above the rank tolerance ``d * eps * L`` (that of `numpy.linalg.matrix_rank`).

    Parameters
    ----------
    S : array, shape (d, d)
        Symmetric positive semidefinite.
    definite : bool
        Whether a singular S is an error.

    Raises
    ------
    InvalidInput
        If S is not square, finite, symmetric (max|S - S^T| <= 1e-10 max|S|, far above the rounding of a computed
        Gram matrix and far below any asymmetry that matters) or not positive (semi)definite.
    """

    def __init__(self, S: Matrix, *, definite: bool = False) -> None:
        S = np.asarray(S, dtype=np.float64)
        if S.ndim != 2 or S.shape[0] != S.shape[1] or S.shape[0] == 0:
            raise InvalidInput(
                "S", f"array of shape {S.shape}", "must be a square matrix (d, d), d >= 1", "give E[z z^T]"
            )
        if not np.isfinite(S).all():
            raise InvalidInput("S", "non-finite", "must be finite", "remove nan and inf from the data")
        scale = np.abs(S).max()
        if np.abs(S - S.T).max() > 1e-10 * scale:
            raise InvalidInput(
                "S", f"asymmetric by {np.abs(S - S.T).max():.3g}", "must be symmetric", "use (S + S.T)/2"
            )
        self.S = S
        self.eigenvalues, self.eigenvectors = np.linalg.eigh(S)
        d, smallest = len(S), self.eigenvalues[0]
        tolerance = d * np.finfo(float).eps * max(self.eigenvalues[-1], 0.0)
        rule = "must be positive definite" if definite else "must be positive semidefinite and not 0"
        if smallest < -tolerance or self.eigenvalues[-1] <= 0 or (definite and smallest <= tolerance):
            raise InvalidInput("S", f"smallest eigenvalue {smallest:.6g}", rule, "give the second moment E[z z^T]")
        self._kept = self.eigenvalues > tolerance

    @property
    def rank(self) -> int:
        """The number of eigenvalues above the rank tolerance."""
        return int(self._kept.sum())

    @property
    def mu(self) -> float:
        """The smallest eigenvalue of S on its range."""
        return float(self.eigenvalues[self._kept][0])

    @property
    def L(self) -> float:
        """The largest eigenvalue of S."""
        return float(self.eigenvalues[-1])

    @property
    def condition(self) -> float:
        """L / mu."""
        return self.L / self.mu

    @cached_property
    def whitening(self) -> Matrix:
        """W of shape (d, rank) with W W^T = S^+ and W^T S W = I: coordinates a of the range, w = W a."""
        whitening: Matrix = self.eigenvectors[:, self._kept] / np.sqrt(self.eigenvalues[self._kept])
        return whitening

    def norm(self, v: Vector) -> float:
        """|v|_S = sqrt(v^T S v), rounding below 0 clipped."""
        return float(np.sqrt(max(float(v @ (self.S @ v)), 0.0)))

    def dual_norm(self, g: Vector) -> float:
        """|g|_{S^+} = sqrt(g^T S^+ g)."""
        return float(np.linalg.norm(g @ self.whitening))

    def solve(self, g: Vector) -> Vector:
        """S^+ g."""
        solution: Vector = self.whitening @ (g @ self.whitening)
        return solution


def symmetric_matrix(eigenvalues: Vector, rng: np.random.Generator) -> Matrix:
    """A symmetric matrix with the given eigenvalues in a uniformly random orthonormal basis.

    Parameters
    ----------
    eigenvalues : array, shape (d,)
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (d, d)
        Q diag(eigenvalues) Q^T with Q from the QR factorization of a Gaussian matrix.
    """
    d = len(eigenvalues)
    Q, R = np.linalg.qr(rng.standard_normal((d, d)))
    Q *= np.sign(np.diag(R))
    S: Matrix = (Q * eigenvalues) @ Q.T
    return (S + S.T) / 2

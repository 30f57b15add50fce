"""Inner products and spectra of symmetric positive (semi)definite matrices.

Knows nothing of Batch Normalization. Main objects: `Metric`, the inner product <a, b>_S = a^T S b with its dual
norm and its extreme eigenvalues; `symmetric_matrix`, a matrix with a prescribed spectrum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.typing import Matrix, Vector


class Metric:
    """The inner product <a, b>_S = a^T S b and its dual, for symmetric positive semidefinite S.

    A singular S (one-hot data) is used on its range. Its rank r is that of the scaled matrix C = D S D, D =
    diag(S)^(-1/2), so that it does not depend on the units of the coordinates: the eigenvalues of C above
    ``max(n, d) * eps * max eigenvalue of C``, the rounding of a Gram matrix of n rows (Higham 2002, section 3.5).

    Parameters
    ----------
    S : array, shape (d, d)
        Symmetric positive semidefinite.
    definite : bool
        Whether a singular S is an error.
    n : int
        The number of rows that S was computed from, 1 for an S that is given.

    Raises
    ------
    InvalidInput
        If S is not real, square, finite, symmetric (max|S - S^T| <= 1e-10 max|S|, far above the rounding of a computed
        Gram matrix and far below any asymmetry that matters) or not positive (semi)definite.
    """

    def __init__(self, S: Matrix, *, definite: bool = False, n: int = 1) -> None:
        S = real_array("S", S)
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
        self.S, self.n = S, n
        self.eigenvalues = np.linalg.eigvalsh(S)
        size = np.sqrt(np.abs(np.diag(S)))
        unit = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
        spectrum, vectors = np.linalg.eigh(unit[:, None] * S * unit)
        tolerance = max(n, len(S)) * np.finfo(float).eps * max(spectrum[-1], 0.0)
        kept = spectrum > tolerance
        rule = "must be positive definite" if definite else "must be positive semidefinite and not 0"
        if spectrum[0] < -tolerance or not kept.any() or (definite and not kept.all()):
            raise InvalidInput(
                "S", f"smallest eigenvalue {self.eigenvalues[0]:.6g}", rule, "give the second moment E[z z^T]"
            )
        #: W of shape (d, r) with W^T S W = I and S W W^T S = S: coordinates a of the range, w = W a.
        self.whitening: Matrix = unit[:, None] * vectors[:, kept] / np.sqrt(spectrum[kept])

    @classmethod
    def of_rows(cls, X: Any) -> Metric:
        """The metric of the second moment X^T X / n of rows X of shape (n, d), dense or sparse."""
        n = X.shape[0]
        gram = X.T @ X / n
        return cls(gram if isinstance(gram, np.ndarray) else gram.toarray(), n=n)

    @property
    def rank(self) -> int:
        """r, the rank of S."""
        return int(self.whitening.shape[1])

    @property
    def mu(self) -> float:
        """The smallest eigenvalue of S on its range: the r-th largest."""
        return float(self.eigenvalues[-self.rank])

    @property
    def L(self) -> float:
        """The largest eigenvalue of S."""
        return float(self.eigenvalues[-1])

    @property
    def condition(self) -> float:
        """L / mu."""
        return self.L / self.mu

    def norm(self, v: Vector) -> float:
        """|v|_S = sqrt(v^T S v), rounding below 0 clipped."""
        return float(np.sqrt(max(float(v @ (self.S @ v)), 0.0)))

    def unit(self, v: Vector) -> Vector:
        """v/|v|_S; InvalidInput if |v|_S = 0."""
        norm = self.norm(v)
        if norm == 0.0:
            raise InvalidInput("w", "|w|_S = 0", "must have |w|_S > 0", "start away from 0, in the span of the data")
        return v / norm

    def dual_norm(self, g: Vector) -> float:
        """|g|_{S^+} = sqrt(g^T S^+ g) for g in the range of S."""
        return float(np.linalg.norm(g @ self.whitening))

    def solve(self, g: Vector) -> Vector:
        """A solution x = W W^T g of S x = g, for g in the range of S; S^-1 g where S is definite."""
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
    Q, _ = np.linalg.qr(rng.standard_normal((d, d)))  # the signs of its columns cancel in S
    S: Matrix = (Q * eigenvalues) @ Q.T
    return (S + S.T) / 2

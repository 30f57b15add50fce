"""Random instances for ensembles: spectra of a given condition number, u and starts; L = 1."""

from __future__ import annotations

import numpy as np

from bntheory.errors import InvalidInput
from bntheory.typing import Matrix


def geometric(condition: float, shape: tuple[int, int], rng: np.random.Generator) -> Matrix:
    """Every spectrum log-spaced from 1/condition to 1, shape (runs, d)."""
    runs, d = _checked(condition, shape)
    return np.broadcast_to(np.geomspace(1 / condition, 1.0, d), (runs, d))


def log_uniform(condition: float, shape: tuple[int, int], rng: np.random.Generator) -> Matrix:
    """1/condition, 1, and between them eigenvalues whose logarithm is uniform; shape (runs, d)."""
    runs, d = _checked(condition, shape)
    eigenvalues = condition ** -rng.random((runs, d))
    eigenvalues[:, 0], eigenvalues[:, -1] = 1 / condition, 1.0
    return eigenvalues


def two_point(condition: float, shape: tuple[int, int], rng: np.random.Generator) -> Matrix:
    """1/condition and 1, each half of the time: the spectrum on which fixed steps are at their worst."""
    runs, d = _checked(condition, shape)
    return np.broadcast_to(np.where(np.arange(d) < d // 2, 1 / condition, 1.0), (runs, d))


SPECTRA = {"geometric": geometric, "log-uniform": log_uniform, "two-point": two_point}


def generic(eigenvalues: Matrix, rng: np.random.Generator, *, size: float = 1.0) -> tuple[Matrix, Matrix]:
    """u and w0 Gaussian in whitened coordinates, |u|_{S^-1} = size, |w0|_S = 1; both of shape (runs, d)."""
    root = np.sqrt(eigenvalues)
    u, w0 = rng.standard_normal((2, *root.shape))
    u *= size / np.linalg.norm(u, axis=1, keepdims=True)
    w0 /= np.linalg.norm(w0, axis=1, keepdims=True)
    return root * u, w0 / root


def worst_case(eigenvalues: Matrix, rng: np.random.Generator, *, size: float = 1.0) -> tuple[Matrix, Matrix]:
    """u along the top eigenvector, w0 - w* along the bottom one, |u|_{S^-1} = size; |w0 - w*|_S = `ERROR` size.

    GD with step 1/(2L) contracts by (1 - mu/L)^2 exactly, and GDNP's factor tends to it as the error tends to 0.
    """
    rows = np.arange(len(eigenvalues))
    top, bottom = eigenvalues.argmax(axis=1), eigenvalues.argmin(axis=1)
    u, w0 = np.zeros((2, *eigenvalues.shape))
    largest = eigenvalues[rows, top]
    u[rows, top] = size * np.sqrt(largest)
    w0[rows, top] = -size / np.sqrt(largest)
    w0[rows, bottom] += ERROR * size / np.sqrt(eigenvalues[rows, bottom])
    return u, w0


#: The error at the start of the worst case, as a part of |w*|_S: small enough for GDNP's factor to be within 1 % of
#: its supremum at condition 1e6 (it falls short by 2e-8 there, of 2e-6).
ERROR = 1e-4
STARTS = {"generic": generic, "worst-case": worst_case}


def _checked(condition: float, shape: tuple[int, int]) -> tuple[int, int]:
    runs, d = shape
    if not (np.isfinite(condition) and condition >= 1):
        raise InvalidInput("condition", condition, "must be finite and at least 1", "give L/mu such as 100")
    if runs < 1 or d < 2:
        raise InvalidInput("shape", shape, "must have runs >= 1 and d >= 2", "give one such as (1000, 20)")
    return runs, d

"""Many problems (S, u), each in the eigenbasis of its own S; and the directions of GDNP on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bntheory.arrays import real_array
from bntheory.errors import InvalidInput
from bntheory.typing import Matrix, Vector

#: Entries of one array of a chunk: four such arrays of float64 stay in a core's cache (2 MB).
_CHUNK = 2**16


class Eigenbasis:
    """S_k = diag(eigenvalues[k]), u_k = u[k], k = 0, ..., runs - 1.

    Parameters
    ----------
    eigenvalues : array, shape (runs, d)
        All positive; in any order.
    u : array, shape (runs, d)
        No row 0.

    Raises
    ------
    InvalidInput
        If the shapes differ, a number is not finite, an eigenvalue is not positive, or a row of u is 0.
    """

    def __init__(self, eigenvalues: Matrix, u: Matrix) -> None:
        self.eigenvalues = matching("eigenvalues", eigenvalues)
        self.u = matching("u", u, self.eigenvalues.shape)
        if not (self.eigenvalues > 0).all():
            raise InvalidInput("eigenvalues", self.eigenvalues.min(), "must be positive", "leave null directions out")
        zero = ~self.u.any(axis=1)
        if zero.any():
            raise InvalidInput("u", f"0 in run {int(zero.argmax())}", "must not be 0", "leave that run out")

    @property
    def mu(self) -> Vector:
        """The smallest eigenvalue of each run."""
        smallest: Vector = self.eigenvalues.min(axis=1)
        return smallest

    @property
    def L(self) -> Vector:
        """The largest eigenvalue of each run."""
        largest: Vector = self.eigenvalues.max(axis=1)
        return largest

    @property
    def rho_star(self) -> Vector:
        """-u^T S^-1 u of each run."""
        size: Vector = (self.u**2 / self.eigenvalues).sum(axis=1)
        return -size

    def best_starts(self, w0: Matrix) -> Matrix:
        """-(u^T w0)/(w0^T S w0) w0, the least-squares optimum along each w0 of shape (runs, d), whatever its scale.

        Raises
        ------
        InvalidInput
            If a row has u^T w0 = 0: then rho(w0) = 0, and no length is best.
        """
        w0 = matching("w0", w0, self.eigenvalues.shape)
        size = np.abs(w0).max(axis=1, keepdims=True)
        w0 = np.divide(w0, size, out=np.zeros_like(w0), where=size > 0)
        mean = np.einsum("rd,rd->r", self.u, w0)
        if (mean == 0).any():
            raise InvalidInput(
                "w0",
                f"u^T w0 = 0 in run {int((mean == 0).argmax())}",
                "must have u^T w0 != 0",
                "give another start, such as -u",
            )
        starts: Matrix = -(mean / np.einsum("rd,rd,rd->r", self.eigenvalues, w0, w0))[:, None] * w0
        return starts

    def steps_of(self, step_size: float | Vector | None, default: Vector) -> Vector:
        """The step of each run, shape (runs,): the default where none is given.

        Raises
        ------
        InvalidInput
            If they are not one number or one a run, all positive and finite.
        """
        runs = len(self.eigenvalues)
        given = real_array("step_size", default if step_size is None else step_size)
        if given.shape not in ((), (runs,)):
            raise InvalidInput(
                "step_size", f"array of shape {given.shape}", f"must have shape ({runs},)", "give one number a run"
            )
        wrong = given[~((given > 0) & np.isfinite(given))]
        if wrong.size:
            raise InvalidInput(
                "step_size", wrong[0], "must be positive and finite", "leave it out for the theorem's step"
            )
        return np.broadcast_to(given, (runs,))

    def chunks(self) -> Iterator[slice]:
        """Runs that are worked on together."""
        runs, d = self.eigenvalues.shape
        size = max(_CHUNK // d, 1)
        return (slice(first, first + size) for first in range(0, runs, size))


def matching(name: str, values: Matrix, shape: tuple[int, ...] | None = None) -> Matrix:
    """The values as a finite float64 array with two axes, of the given shape if any."""
    found = real_array(name, values)
    if found.ndim != 2 or not found.size or shape not in (None, found.shape):
        expected = "(runs, d)" if shape is None else str(shape)
        raise InvalidInput(name, f"array of shape {found.shape}", f"must have shape {expected}", "give one row a run")
    if not np.isfinite(found).all():
        raise InvalidInput(name, "non-finite", "must be finite", "remove nan and inf")
    return found


def dot(a: Matrix, b: Matrix) -> Vector:
    """The inner product of each column, arrays of shape (d, runs)."""
    products: Vector = np.einsum("dr,dr->r", a, b)
    return products


class Whitened:
    """A chunk in the coordinates sqrt(S) w, runs as columns, where |.|_S is the Euclidean norm and w* = -u.

    Attributes
    ----------
    root, u, shrink : array, shape (d, runs)
        sqrt(eigenvalues); u/root; 1 - eigenvalues/L, by which a gradient step of 1/(2L) multiplies the error w~ - w*.
    """

    def __init__(self, problems: Eigenbasis, chunk: slice) -> None:
        eigenvalues = np.ascontiguousarray(problems.eigenvalues[chunk].T)
        self.root = np.sqrt(eigenvalues)
        self.u = problems.u[chunk].T / self.root
        self.shrink = 1 - eigenvalues / eigenvalues.max(axis=0)

    def error(self, w: Matrix) -> Matrix:
        """w~ - w* of weights of shape (runs, d)."""
        return w.T * self.root + self.u

    def weights(self, error: Matrix) -> Matrix:
        """The weights of shape (runs, d) of an error."""
        w: Matrix = ((error - self.u) / self.root).T
        return w


def directions(problem: Whitened, error: Matrix, steps: int) -> Iterator[tuple[Vector, Vector]]:
    """GDNP's directions as the least-squares iterates w~_t = argmin over gamma of f(gamma w_t): (D_t, |u^T v_t|).

    On least squares the direction step of E5 is a gradient step of 1/(2L) from w~_t, followed by the best length: with
    e the error w~ - w* after the gradient step, w~ = e - u here, and the length g = (|u|^2 - u.e)/|e - u|^2 leaves the
    error g e + (1 - g) u, 1 - g = (|e|^2 - u.e)/|e - u|^2 free of cancellation. `error` is overwritten: it is kept up
    to one factor a run, which saves a multiplication, and ends as the error of w~_T itself.

    Yields
    ------
    D, mean : array, shape (runs,)
        |w~_t - w*|_S^2 = rho(w_t) - rho*, and |u^T v_t|, v_t = w_t/|w_t|_S.
    """
    u_u, factor, scaled = dot(problem.u, problem.u), np.ones(error.shape[1]), np.empty_like(error)
    for t in range(steps + 1):
        u_e, e_e = factor * dot(problem.u, error), factor**2 * dot(error, error)
        norm = e_e - 2 * u_e + u_u
        g = (u_u - u_e) / norm
        np.multiply(problem.u, (e_e - u_e) / (norm * g * factor), out=scaled)
        error += scaled
        factor = factor * g
        yield factor**2 * dot(error, error), np.abs(u_u - u_e) / np.sqrt(norm)
        if t < steps:
            error *= problem.shrink
    error *= factor


def follow(problems: Eigenbasis, w0: Matrix, steps: int) -> tuple[Matrix, Matrix, Matrix]:
    """All runs of `directions` from the directions of w0, shape (runs, d): D and |u^T v|, a run a row, and w~_T.

    Returns
    -------
    D, mean : array, shape (runs, steps + 1)
    last : array, shape (runs, d)
        The least-squares optimum along the last direction; its length in |.|_S is the last `mean`.

    Raises
    ------
    InvalidInput
        If a row has u^T w0 = 0.
    """
    w0 = problems.best_starts(w0)
    D, mean, last = np.empty((len(w0), steps + 1)), np.empty((len(w0), steps + 1)), np.empty_like(w0)
    for chunk in problems.chunks():
        problem = Whitened(problems, chunk)
        error = problem.error(w0[chunk])
        for t, found in enumerate(directions(problem, error, steps)):
            D[chunk, t], mean[chunk, t] = found
        last[chunk] = problem.weights(error)
    return D, mean, last

"""Ensembles of least-squares problems: gradient descent and GDNP, O(d) a step."""

from __future__ import annotations

import numpy as np

from bntheory.ensemble.eigenbasis import Eigenbasis, Whitened, dot, follow, matching
from bntheory.ensemble.trace import EnsembleTrace
from bntheory.errors import InvalidInput
from bntheory.problems import LeastSquares
from bntheory.typing import Matrix, Vector


class LeastSquaresEnsemble(Eigenbasis):
    """min 2 u^T w~ + w~^T S w~, many times: `member(k)` is the k-th problem.

    Suboptimalities are |w~ - w*|_S^2, as those of `LeastSquares`.
    """

    def member(self, k: int) -> LeastSquares:
        """The k-th problem."""
        return LeastSquares(np.diag(self.eigenvalues[k]), self.u[k])

    def gradient_descent(self, w0: Matrix, steps: int, step_size: float | Vector | None = None) -> EnsembleTrace:
        """w~_{t+1} = w~_t - step_size grad f(w~_t), so that each error coordinate shrinks by 1 - 2 step_size lambda.

        Parameters
        ----------
        w0 : array, shape (runs, d)
        steps : int
        step_size : float or array of shape (runs,), optional
            1/(2L) without it.
        """
        w0 = matching("w0", w0, self.eigenvalues.shape)
        steps = checked_steps(steps)
        step = self.steps_of(step_size, 1 / (2 * self.L))
        D, last = np.empty((len(w0), steps + 1)), np.empty_like(w0)
        for chunk in self.chunks():
            problem = Whitened(self, chunk)
            # 1 - eigenvalue/L is 0 at the top eigenvector, which 1 - 2 eigenvalue/(2L) need not be
            shrink = problem.shrink if step_size is None else 1 - 2 * step[chunk] * problem.root**2
            error = problem.error(w0[chunk])
            for t in range(steps + 1):
                D[chunk, t] = dot(error, error)
                if t < steps:
                    error *= shrink
            last[chunk] = problem.weights(error)
        return EnsembleTrace("gd", D, last)

    def gdnp(self, w0: Matrix, steps: int) -> EnsembleTrace:
        """GDNP from the directions of w0, shape (runs, d), with exact lengths."""
        D, _, last = follow(self, w0, checked_steps(steps))
        return EnsembleTrace("gdnp", D, last)


def checked_steps(steps: int) -> int:
    """The number of steps, at least 1; InvalidInput else."""
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise InvalidInput("steps", steps, "must be a whole number, at least 1", "give one such as 100")
    return int(steps)

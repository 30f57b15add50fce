"""Ensembles of halfspaces with Gaussian inputs: gradient descent and GDNP, O(d) a step and one table of lengths."""

from __future__ import annotations

import numpy as np

from bntheory.ensemble.eigenbasis import Eigenbasis, follow, matching
from bntheory.ensemble.least_squares import checked_steps
from bntheory.ensemble.length_table import LengthTable
from bntheory.ensemble.trace import EnsembleTrace
from bntheory.errors import Diverged, InvalidInput
from bntheory.gaussian import batched_error, batched_moments
from bntheory.losses import Loss, get_loss
from bntheory.problems import GaussianHalfspace
from bntheory.typing import Matrix, Vector

#: Standard deviations of z^T w~ up to here are met by one quadrature rule for every loss with strip 1 or more.
_WIDEST = 500.0


class GaussianEnsemble(Eigenbasis):
    """min E[phi(z^T w~)], z ~ N(u, S - u u^T), many times with one loss: `member(k)` is the k-th problem.

    Parameters
    ----------
    eigenvalues, u : array, shape (runs, d)
        As `Eigenbasis`, with u^T S^-1 u < 1 in each run.
    loss : str or Loss
        Convex, without kinks and with phi'(0) > 0, so that min f is attained on the line of S^-1 u (E8), at w~ with
        u^T w~ < 0.

    Raises
    ------
    InvalidInput
        If u^T S^-1 u >= 1 in some run, or the loss is not as above.
    """

    def __init__(self, eigenvalues: Matrix, u: Matrix, loss: str | Loss = "softplus") -> None:
        super().__init__(eigenvalues, u)
        self.loss = get_loss(loss)
        if not self.loss.convex or self.loss.kinks or not self.loss.dphi(np.zeros(1))[0] > 0:
            rule = "must be convex, without kinks and rising at 0 here"
            raise InvalidInput("loss", self.loss.name, rule, "choose softplus")
        largest = -self.rho_star.min()
        if largest >= 1:
            raise InvalidInput(
                "u^T S^-1 u",
                f"{largest:.6g} in run {int(self.rho_star.argmin())}",
                "must be below 1, or z has no covariance S - u u^T",
                "give the second moment E[z z^T] as S, not the covariance",
            )

    def member(self, k: int) -> GaussianHalfspace:
        """The k-th problem."""
        return GaussianHalfspace(np.diag(self.eigenvalues[k]), self.u[k], self.loss)

    def gdnp(self, w0: Matrix, steps: int) -> EnsembleTrace:
        """GDNP from the directions of w0, shape (runs, d): the directions of least squares (E9), and best lengths."""
        excess, mean, last = follow(self, w0, checked_steps(steps))
        best = np.sqrt(-self.rho_star)
        mean = np.minimum(mean, best[:, None])  # equal up to rounding where a run has arrived
        table = LengthTable(self.loss, float(mean.min()), float(best.max()))
        # w~ of least squares has length |u^T v| along the same direction
        last *= (table.gamma(mean[:, -1]) / mean[:, -1])[:, None]
        suboptimality = table.value(mean) - table.value(best)[:, None]
        return EnsembleTrace("gdnp", suboptimality, last, {"excess": excess, "mean": mean}, 2 * table.error)

    def gradient_descent(self, w0: Matrix, steps: int, step_size: float | Vector | None = None) -> EnsembleTrace:
        """w~_{t+1} = w~_t - step_size (a u + b Cov w~_t), a = E phi', b = E phi'' (E8).

        Parameters
        ----------
        w0 : array, shape (runs, d)
        steps : int
        step_size : float or array of shape (runs,), optional
            1/zeta, zeta = sup phi'' L, without it.

        Raises
        ------
        InvalidInput
            If a step is not positive and finite, or there is no bound on phi'' for the theorem's.
        Diverged
            If z^T w~ spreads wider in some run than one quadrature rule for all can meet.
        """
        w, steps = matching("w0", w0, self.eigenvalues.shape), checked_steps(steps)
        if step_size is None and not np.isfinite(self.loss.d2phi_bound):
            raise InvalidInput("zeta", "inf", "must be finite for a theorem's step 1/zeta", "give step_size yourself")
        step = self.steps_of(step_size, 1 / (self.loss.d2phi_bound * self.L))
        value, last, error = np.empty((len(w), steps + 1)), np.empty_like(w), 0.0
        for chunk in self.chunks():
            eigenvalues, u, at = self.eigenvalues[chunk], self.u[chunk], w[chunk].copy()
            for t in range(steps + 1):
                image = eigenvalues * at
                mean = np.einsum("rd,rd->r", u, at)
                variance = np.einsum("rd,rd->r", image, at) - mean**2
                std = np.sqrt(variance.clip(0.0))
                if not std.max() <= _WIDEST:
                    k = chunk.start + int(np.nan_to_num(std, nan=np.inf).argmax())
                    raise Diverged(
                        f"run {k}: z^T w~ has the standard deviation {std[k - chunk.start]:.3g} at step {t}, above "
                        f"{_WIDEST:g}: give a smaller w0, or a step_size below 2/zeta"
                    )
                moments = batched_moments(self.loss, mean, std)
                value[chunk, t], error = moments[0], max(error, batched_error(self.loss, mean, std, moments))
                if t < steps:
                    a, b = step[chunk] * moments[1:]
                    at -= (a - b * mean)[:, None] * u
                    image *= b[:, None]
                    at -= image
            last[chunk] = at
        best = np.sqrt(-self.rho_star)
        table = LengthTable(self.loss, float(best.min()), float(best.max()))
        return EnsembleTrace("gd", value - table.value(best)[:, None], last, error=error + table.error)

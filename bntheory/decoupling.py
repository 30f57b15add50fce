"""Length-direction decoupling: w~ = gamma w/|w|_S, the Rayleigh quotient, and the quantities of GDNP.

Setting: u = E[z] and S = E[z z^T] (z = -y x for halfspaces, u = E[-y x] for least squares), S positive definite on
the subspace in use, mu and L its smallest and largest eigenvalue. Formulas are written in plain array operators,
so that the same line runs on float64 arrays and on object arrays of exact rationals; `rho_star` and `direction_excess`
are float64 only.

Main statements (Kohler et al. 2018, corrected; the experiments measure them):

- E3  eliminating gamma from 2 gamma u^T w/|w|_S + gamma^2 leaves rho(w) = -(u^T w)^2 / (w^T S w);
- E5  w - eta grad rho(w), eta = w^T S w/(2 L |rho|), contracts D = rho - rho* by (1 - mu/L)^2 at least;
- E8  on Gaussian inputs grad f = E[phi'] u + E[phi''] Cov w~ (Stein);
- E9  with h = c1 u^T w the GDNP step is that Rayleigh step, whatever the loss and gamma;
- F5  |grad_{w~} f|^2_{S^-1} = c1^2 D(w) + (d_gamma f)^2 for Gaussian halfspaces.
"""

from __future__ import annotations

from typing import Literal

from bntheory.linalg import Metric
from bntheory.typing import Matrix, Vector

Criterion = Literal["corrected", "printed"]


def rayleigh_quotient(w: Vector, S: Matrix, u: Vector) -> float:
    """rho(w) = -(u^T w)^2 / (w^T S w) (E3), for w of shape (d,) with w^T S w > 0."""
    return -((u @ w) ** 2) / (w @ (S @ w))  # type: ignore[return-value]  # a scalar, of the arrays' own number type


def rayleigh_gradient(w: Vector, S: Matrix, u: Vector) -> Vector:
    """grad rho(w) = -2 (u^T w)/(w^T S w) [u - (u^T w)/(w^T S w) S w]."""
    Sw = S @ w
    quotient = (u @ w) / (w @ Sw)
    return -2 * quotient * (u - quotient * Sw)


def rayleigh_step_size(w: Vector, S: Matrix, u: Vector, L: float) -> float:
    """eta = w^T S w / (2 L |rho(w)|) (E5); rho(w) must not be 0."""
    return (w @ (S @ w)) / (2 * L * abs(rayleigh_quotient(w, S, u)))  # type: ignore[return-value]


def rho_star(metric: Metric, u: Vector) -> float:
    """rho* = min rho = -u^T S^+ u, attained along S^+ u (u in the range of S)."""
    return -(metric.dual_norm(u) ** 2)


def direction_excess(w: Vector, metric: Metric, u: Vector) -> float:
    """D(w) = rho(w) - rho*, free of cancellation.

    D(w) = |u^T S^+ u| sin^2(angle between w and S^+ u in the S-metric), computed as the squared S-norm of the part of
    w/|w|_S orthogonal to S^+ u: relative error about eps / sin(angle), instead of eps |rho*| / D for the difference.
    """
    best = metric.solve(u)
    size = metric.norm(best)
    if size == 0.0:
        return 0.0
    best, v = best / size, w / metric.norm(w)
    return size**2 * metric.norm(v - (v @ (metric.S @ best)) * best) ** 2


def contraction_factor(mu: float, L: float) -> float:
    """(1 - mu/L)^2, the factor a step on the suboptimality in E5 (and of gradient descent with step 1/(2L))."""
    return (1 - mu / L) ** 2


def best_constant_factor(mu: float, L: float) -> float:
    """((L - mu)/(L + mu))^2, the factor a step with the best fixed constant, 1/(L + mu) in place of 1/(2L) (E6, F2)."""
    return ((L - mu) / (L + mu)) ** 2


def stein_coefficient(mean_dphi: float, mean_d2phi: float, u_w_tilde: float) -> float:
    """c1(w~) = E[phi'] - E[phi''] u^T w~: the coefficient of u in grad f = c1 u + c2 S w~ (E8)."""
    return mean_dphi - mean_d2phi * u_w_tilde


def stein_gradient(mean_dphi: float, weighted: Vector, S: Matrix, u: Vector) -> Vector:
    """E[phi'] u + Cov x, Cov = S - u u^T: the gradient on Gaussian inputs, by Stein's lemma.

    x is E[phi''] w~ for a halfspace (E8), and sum_j b_ij w_j for hidden unit i, with its a_i for E[phi'] (E14).
    """
    gradient: Vector = mean_dphi * u + S @ weighted - (u @ weighted) * u
    return gradient


def gdnp_criterion(
    mean_dphi: float, mean_d2phi: float, u_w: float, u_w_tilde: float, criterion: Criterion = "corrected"
) -> float:
    """The stopping criterion h(w, gamma) of GDNP (E9).

    corrected: h = c1(w~) u^T w = E[phi'] u^T w - E[phi''] (u^T w~)(u^T w).
    printed:   h = E[phi'] u^T w - E[phi''] (u^T w)^2, the source's, which is not scale-invariant in gamma.
    """
    if criterion == "printed":
        return mean_dphi * u_w - mean_d2phi * u_w**2
    return stein_coefficient(mean_dphi, mean_d2phi, u_w_tilde) * u_w


def direction_gradient(gradient: Vector, v: Vector, Sv: Vector, gamma: float) -> Vector:
    """grad_w f(w, gamma) at w = v with |v|_S = 1: gamma (g - (v^T g) S v), g the gradient in w~ = gamma v."""
    return gamma * (gradient - (v @ gradient) * Sv)


def gdnp_step_size(norm: float, L: float, gamma: float, h: float) -> float:
    """s = -|w|_S^3 / (L gamma h) (E9), `norm` being |w|_S."""
    return -(norm**3) / (L * gamma * h)

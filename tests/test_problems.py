"""Values, gradients and rays of least squares and halfspaces; oracles: torch autograd, differences, quadrature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import norm

from bntheory.linalg import Metric, symmetric_matrix
from bntheory.losses import LOSSES, custom
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace
from bntheory.problems.gaussian_halfspace import deviation

RNG = np.random.default_rng(5)
D = 5
S = symmetric_matrix(np.geomspace(0.2, 1.5, D), RNG)
U = RNG.standard_normal(D)
U *= 0.7 / Metric(S).dual_norm(U)
X = RNG.standard_normal((200, D)) @ np.diag(np.linspace(0.5, 2, D))
Y = np.sign(X @ RNG.standard_normal(D) + RNG.standard_normal(200))
TARGETS = X @ RNG.standard_normal(D) + RNG.standard_normal(200)
SMOOTH = ("softplus", "sigmoid", "probit", "tanh", "gaussian-hinge", "sqrt-hinge")

PROBLEMS = {
    "least squares": LeastSquares(S, U, 2.0),
    "least squares from data": LeastSquares.from_data(X, TARGETS),
    **{f"Gaussian {name}": GaussianHalfspace(S, U, name) for name in SMOOTH},
    **{f"sampled {name}": SampledHalfspace(X, Y, name) for name in (*SMOOTH, "squared")},
}


@pytest.fixture(params=PROBLEMS, ids=list(PROBLEMS))
def problem(request):
    return PROBLEMS[request.param]


def test_gradient_agrees_with_central_differences(problem):
    w = np.random.default_rng(1).standard_normal(D)
    h = 1e-5  # truncation h^2 f''' / 6 and rounding eps f / h are both near 1e-10
    steps = h * np.eye(D)
    differences = [(problem.value(w + step) - problem.value(w - step)) / (2 * h) for step in steps]
    assert problem.gradient(w) == pytest.approx(differences, rel=1e-6, abs=1e-8)


def test_value_and_gradient_are_the_two_in_one_go(problem):
    w = np.random.default_rng(2).standard_normal(D)
    value, gradient = problem.value_and_gradient(w)
    assert value == problem.value(w)
    assert (gradient == problem.gradient(w)).all()


def test_ray_is_the_objective_along_the_unit_direction(problem):
    w = np.random.default_rng(3).standard_normal(D)
    ray, v = problem.ray(7 * w), w / problem.metric.norm(w)
    for gamma in (-1.3, 0.4, 2.5):
        point, h = gamma * v, 1e-5
        assert ray.value(gamma) == pytest.approx(problem.value(point), rel=1e-12)
        assert ray.gradient(gamma) == pytest.approx(problem.gradient(point), rel=1e-10, abs=1e-12)
        assert ray.slope(gamma) == pytest.approx(v @ problem.gradient(point), rel=1e-10, abs=1e-12)
        second = (ray.slope(gamma + h) - ray.slope(gamma - h)) / (2 * h)
        assert ray.curvature(gamma) == pytest.approx(second, rel=1e-6, abs=1e-8)


def test_a_ray_passes_zero(problem):
    w = np.random.default_rng(4).standard_normal(D)
    ray, h = problem.ray(w), 1e-5
    assert ray.value(0.0) == pytest.approx(problem.value(np.zeros(D)), rel=1e-14)
    assert ray.curvature(0.0) == pytest.approx((ray.slope(h) - ray.slope(-h)) / (2 * h), rel=1e-8, abs=1e-8)


def test_a_known_value_is_not_computed_again(problem):
    w = np.random.default_rng(4).standard_normal(D)
    if isinstance(problem, LeastSquares):
        assert problem.suboptimality(w, 100.0) == problem.suboptimality(w)  # |w~ - w~*|_S^2 needs no value
    else:
        assert problem.suboptimality(w, 100.0) == pytest.approx(100.0 - problem.minimum, nan_ok=True)


def test_smoothness_constant_bounds_the_hessian(problem):
    if not np.isfinite(problem.zeta):
        pytest.fail("every loss in this list has a bounded second derivative")
    for seed in range(20):
        w = np.random.default_rng(seed).standard_normal(D)
        hessian = approx_fprime(w, problem.gradient, 1e-6)
        assert np.linalg.norm(hessian, 2) <= problem.zeta * (1 + 1e-5)


@pytest.mark.parametrize("name", SMOOTH)
def test_sampled_gradient_agrees_with_autograd(name):
    torch = pytest.importorskip("torch")
    forms = {
        "softplus": torch.nn.functional.softplus,
        "sigmoid": torch.sigmoid,
        "probit": torch.special.ndtr,
        "tanh": torch.tanh,
        "gaussian-hinge": lambda t: t * torch.special.ndtr(t) + torch.exp(-(t**2) / 2) / np.sqrt(2 * np.pi),
        "sqrt-hinge": lambda t: (t + torch.sqrt(1 + t**2)) / 2,
    }
    w = np.random.default_rng(4).standard_normal(D)
    variable = torch.tensor(w, requires_grad=True)
    value = forms[name](torch.tensor(-Y) * (torch.tensor(X) @ variable)).mean()
    value.backward()
    found, gradient = PROBLEMS[f"sampled {name}"].value_and_gradient(w)
    assert found == pytest.approx(value.item(), rel=1e-12)
    assert gradient == pytest.approx(variable.grad.numpy(), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("name", SMOOTH)
def test_gaussian_value_and_gradient_agree_with_a_sample_of_exact_moments(name):
    """Monte Carlo within 5 standard errors: kills a covariance taken for the second moment."""
    rng = np.random.default_rng(6)
    z = rng.multivariate_normal(U, S - np.outer(U, U), 200_000)
    w = 1.5 * rng.standard_normal(D)
    loss, problem = LOSSES[name], PROBLEMS[f"Gaussian {name}"]
    values, slopes = loss.phi(z @ w), loss.dphi(z @ w)[:, None] * z
    n = np.sqrt(len(z))
    assert abs(problem.value(w) - values.mean()) <= 5 * values.std() / n
    assert (np.abs(problem.gradient(w) - slopes.mean(axis=0)) <= 5 * slopes.std(axis=0) / n).all()


def test_data_statistics_are_those_of_the_signed_rows():
    z = -Y[:, None] * X
    problem = PROBLEMS["sampled softplus"]
    assert problem.u == pytest.approx(z.mean(axis=0), abs=1e-14)
    assert pytest.approx(z.T @ z / len(z), abs=1e-13) == problem.S
    squares = LeastSquares.from_data(X, TARGETS)
    assert PROBLEMS["least squares"].value(np.zeros(D)) == 2.0
    w = np.arange(D) / 3.0
    assert squares.value(w) == pytest.approx(((TARGETS - X @ w) ** 2).mean(), rel=1e-12)


def test_squared_loss_on_labels_is_least_squares():
    w = np.linspace(-1, 1, D)
    halfspace, squares = PROBLEMS["sampled squared"], LeastSquares.from_data(X, Y)
    assert halfspace.value(w) == pytest.approx(squares.value(w), rel=1e-12)
    assert halfspace.ray(w).stein(0.7) == pytest.approx(squares.ray(w).stein(0.7), rel=1e-12)


@pytest.mark.parametrize("kind", ["Gaussian", "sampled"])
def test_a_ray_evaluates_each_length_once(kind):
    """Slope, Stein coefficients and gradient at one length share phi' and phi'', also after another length."""
    counted = []
    loss = replace(
        LOSSES["softplus"], together=None, dphi=lambda t: counted.append(t.size) or LOSSES["softplus"].dphi(t)
    )
    problem = GaussianHalfspace(S, U, loss) if kind == "Gaussian" else SampledHalfspace(X, Y, loss)
    ray = problem.ray(np.ones(D))
    for count, gamma in enumerate((0.5, 1.5, 0.5), start=1):
        slope = ray.slope(gamma)
        gradient, (a, b) = ray.gradient(gamma), ray.stein(gamma)
        if kind == "sampled":
            assert len(counted) == count
        points = len(counted)
        assert (ray.slope(gamma), ray.stein(gamma), len(counted)) == (slope, (a, b), points)
        v = np.ones(D) / problem.metric.norm(np.ones(D))
        assert slope == pytest.approx(v @ gradient, rel=1e-10)


def test_curvature_along_a_gaussian_ray_is_exact_beside_the_kinks_of_phi():
    """phi'' of the smoothed hinge is 1 on (-1, 0) and else 0: one integral of t^2 times a normal density."""
    ray = GaussianHalfspace(S, U, "smoothed-hinge").ray(-U)
    mean = -U @ U / Metric(S).norm(U)
    for gamma in (0.3, 2.0, 9.0):
        expected = quad(lambda t: t**2 * norm.pdf(t, mean, np.sqrt(1 - mean**2)), -1 / gamma, 0, epsabs=1e-14)[0]
        assert ray.curvature(gamma) == pytest.approx(expected, rel=1e-10)


def test_stein_coefficients_are_those_of_the_ray():
    problem = PROBLEMS["Gaussian softplus"]
    w = np.random.default_rng(8).standard_normal(D)
    a, b = problem.stein(w)
    assert (a, b) == pytest.approx(problem.ray(w).stein(problem.metric.norm(w)), rel=1e-12)
    assert a * U + b * (S - np.outer(U, U)) @ w == pytest.approx(problem.gradient(w), rel=1e-12)


def test_a_variance_of_rounding_below_zero_counts_as_zero():
    assert deviation(np.diag([4.0, -1e-18]), np.array([0.0, 1.0])) == 0.0
    assert deviation(np.diag([4.0, -1e-18]), np.array([1.0, 0.0])) == 2.0


def test_gradients_split_into_direction_and_length():
    """F5: |grad f|^2_{S^-1} = c1^2 D + (d_gamma f)^2 on Gaussian inputs."""
    from bntheory.decoupling import direction_excess, stein_coefficient

    for name in SMOOTH:
        problem = PROBLEMS[f"Gaussian {name}"]
        w = np.random.default_rng(8).standard_normal(D)
        gamma = problem.metric.norm(w)
        ray = problem.ray(w)
        c1 = stein_coefficient(*ray.stein(gamma), problem.u @ w)
        split = c1**2 * direction_excess(w, problem.metric, problem.u) + ray.slope(gamma) ** 2
        assert problem.metric.dual_norm(problem.gradient(w)) ** 2 == pytest.approx(split, rel=1e-10)


@pytest.mark.parametrize("name", ["softplus", "gaussian-hinge", "sqrt-hinge"])
def test_known_minima_are_stationary_and_lowest(name):
    for kind in ("Gaussian", "sampled"):
        problem = PROBLEMS[f"{kind} {name}"]
        best = problem.minimizer if kind == "Gaussian" else problem.infimum.minimizer
        assert problem.metric.dual_norm(problem.gradient(best)) <= 1e-12
        assert problem.minimum == pytest.approx(problem.value(best), rel=1e-14)
        for seed in range(10):
            nearby = best + 0.01 * np.random.default_rng(seed).standard_normal(D)
            assert problem.suboptimality(nearby) > 0


def test_least_squares_minimum_agrees_with_lstsq():
    problem = PROBLEMS["least squares from data"]
    solution, residual, _, _ = np.linalg.lstsq(X, TARGETS)
    assert problem.minimizer == pytest.approx(solution, rel=1e-10)
    assert problem.minimum == pytest.approx(residual[0] / len(X), rel=1e-10)
    w = solution + 1e-9
    assert problem.suboptimality(w) == pytest.approx(1e-18 * (X.sum(axis=1) ** 2).mean(), rel=1e-5, abs=0)


@pytest.mark.parametrize("name", ["sigmoid", "probit", "tanh"])
def test_infimum_of_a_bounded_loss_is_approached_and_never_reached(name):
    problem = PROBLEMS[f"Gaussian {name}"]
    best = -problem.metric.solve(problem.u)
    gaps = [problem.value(scale * best) - problem.minimum for scale in (1e2, 1e3, 1e4)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert gaps[2] < 1e-7
    assert problem.obstacle(best) == f"the {name} loss has no minimizer of finite length on Gaussian inputs with u != 0"


def test_an_asymmetric_bounded_loss_gets_no_infimum_it_might_undercut():
    """phi = sigmoid(t - 4): at w~ = 0 it is already below the limit along the best direction."""
    base = LOSSES["sigmoid"]
    shifted = custom(
        lambda t: base.phi(t - 4),
        lambda t: base.dphi(t - 4),
        lambda t: base.d2phi(t - 4),
        increasing=True,
        limits=(0.0, 1.0),
    )
    problem = GaussianHalfspace(S, U, shifted)
    assert problem.value(np.zeros(D)) < PROBLEMS["Gaussian sigmoid"].minimum
    assert problem.obstacle(U) is None
    assert np.isnan(problem.minimum)


@pytest.mark.parametrize("name", ["softplus", "sigmoid", "tanh"])
def test_without_a_mean_there_is_no_obstacle(name):
    """f is even then; its minimum is at 0 for convex losses, and constant for those odd about their middle."""
    problem = GaussianHalfspace(S, np.zeros(D), name)
    assert problem.obstacle(np.ones(D)) is None
    assert PROBLEMS["Gaussian softplus"].obstacle(U) is None
    if name == "softplus":
        assert (problem.minimizer == 0).all()
        assert problem.minimum == pytest.approx(np.log(2), rel=1e-14)
    else:
        assert problem.minimizer is None
        assert problem.value(np.ones(D)) == pytest.approx(problem.value(np.zeros(D)), abs=1e-14)


def test_an_odd_bounded_loss_that_is_not_increasing_gets_no_infimum():
    """tanh t + 3 t/(1 + t^2) falls below its limit -1 at finite lengths."""
    waved = custom(
        lambda t: np.tanh(t) + 3 * t / (1 + t**2),
        lambda t: 1 / np.cosh(t) ** 2 + 3 * (1 - t**2) / (1 + t**2) ** 2,
        lambda t: -2 * np.tanh(t) / np.cosh(t) ** 2 + 6 * t * (t**2 - 3) / (1 + t**2) ** 3,
        odd=True,
        limits=(-1.0, 1.0),
    )
    problem = GaussianHalfspace(S, U, waved)
    assert problem.value(-2 * problem.metric.solve(U)) < PROBLEMS["Gaussian tanh"].minimum
    assert problem.obstacle(U) is None
    assert np.isnan(problem.minimum)


def test_convex_losses_that_are_not_increasing_have_known_minima_too():
    for name in ("squared", "smoothed-hinge"):
        problem = GaussianHalfspace(S, U, name)
        assert problem.metric.dual_norm(problem.gradient(problem.minimizer)) <= 1e-11
    squares = LeastSquares(S, U, 1.0)  # (1 + t)^2 is the squared error of labels -1 and +1
    assert GaussianHalfspace(S, U, "squared").minimum == pytest.approx(squares.minimum, rel=1e-12)

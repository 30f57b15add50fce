"""Values, gradients and rays of least squares and halfspaces; oracles: torch autograd, differences, quadrature, linprog."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import approx_fprime

from bntheory.errors import InvalidInput
from bntheory.linalg import Metric, symmetric_matrix
from bntheory.losses import LOSSES
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace

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
    assert problem.S == pytest.approx(z.T @ z / len(z), abs=1e-13)
    squares = LeastSquares.from_data(X, TARGETS)
    w = np.arange(D) / 3.0
    assert squares.value(w) == pytest.approx(((TARGETS - X @ w) ** 2).mean(), rel=1e-12)


def test_squared_loss_on_labels_is_least_squares():
    w = np.linspace(-1, 1, D)
    halfspace, squares = PROBLEMS["sampled squared"], LeastSquares.from_data(X, Y)
    assert halfspace.value(w) == pytest.approx(squares.value(w), rel=1e-12)
    assert halfspace.ray(w).stein(0.7) == pytest.approx(squares.ray(w).stein(0.7), rel=1e-12)


@pytest.mark.parametrize("labels", [(-1, 1), (0, 1), ("no", "yes"), (3.0, 7.0)])
def test_any_two_classes_serve_as_labels_and_the_second_is_positive(labels):
    named = np.where(Y > 0, labels[1], labels[0])
    assert (SampledHalfspace(X, named).y == Y).all()


def test_sparse_and_memory_mapped_rows_give_the_same_problem(tmp_path):
    np.save(tmp_path / "x.npy", X)
    w = np.linspace(-1, 1, D)
    dense = PROBLEMS["sampled softplus"]
    for rows in (sp.csr_array(X), np.load(tmp_path / "x.npy", mmap_mode="r"), np.ascontiguousarray(X)):
        other = SampledHalfspace(rows, Y)
        assert other.value(w) == pytest.approx(dense.value(w), rel=1e-13)
        assert other.gradient(w) == pytest.approx(dense.gradient(w), abs=1e-14)
        assert other.hessian(w) == pytest.approx(dense.hessian(w), abs=1e-13)
        assert other.S == pytest.approx(dense.S, abs=1e-13)


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
    assert problem.suboptimality(w) == pytest.approx(1e-18 * (X.sum(axis=1) ** 2).mean(), rel=1e-5)


def test_infimum_of_a_bounded_loss_is_approached_and_never_reached():
    problem = PROBLEMS["Gaussian sigmoid"]
    best = -problem.metric.solve(problem.u)
    gaps = [problem.value(scale * best) - problem.minimum for scale in (1e2, 1e3, 1e4)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert gaps[2] < 1e-7
    assert problem.obstacle(best) == "the sigmoid loss has no minimizer of finite length on Gaussian inputs with u != 0"


def test_an_asymmetric_bounded_loss_gets_no_infimum_it_might_undercut():
    """phi = sigmoid(t - 4): at w~ = 0 it is already below the limit along the best direction."""
    from bntheory.losses import custom

    base = LOSSES["sigmoid"]
    shifted = custom(
        lambda t: base.phi(t - 4), lambda t: base.dphi(t - 4), lambda t: base.d2phi(t - 4), increasing=True, limits=(0.0, 1.0)
    )
    problem = GaussianHalfspace(S, U, shifted)
    assert problem.value(np.zeros(D)) < PROBLEMS["Gaussian sigmoid"].minimum
    assert problem.obstacle(U) is None
    assert np.isnan(problem.minimum)


def test_convex_losses_that_are_not_increasing_have_known_minima_too():
    for name in ("squared", "smoothed-hinge"):
        problem = GaussianHalfspace(S, U, name)
        assert problem.metric.dual_norm(problem.gradient(problem.minimizer)) <= 1e-11
    squares = LeastSquares(S, U, 1.0)  # (1 + t)^2 is the squared error of labels -1 and +1
    assert GaussianHalfspace(S, U, "squared").minimum == pytest.approx(squares.minimum, rel=1e-12)


def test_separable_rows_are_found_and_the_infimum_is_that_of_the_rest():
    """One feature occurs in one row only, so that row escapes; oracle: the data without the row."""
    rare = np.zeros((len(X), 1))
    rare[17] = 1.0
    with_rare = SampledHalfspace(np.hstack([X, rare]), Y)
    rest = SampledHalfspace(np.delete(X, 17, axis=0), np.delete(Y, 17))
    found = with_rare.infimum
    assert (found.minimizer, found.escaping) == (None, 1)
    assert found.value == pytest.approx(rest.minimum * (len(X) - 1) / len(X), rel=1e-12)


def test_separable_data_have_infimum_zero_and_say_so():
    w = np.linspace(1, 2, D)
    problem = SampledHalfspace(X, np.sign(X @ w))
    assert (problem.infimum.value, problem.infimum.minimizer, problem.infimum.escaping) == (0.0, None, len(X))
    assert "linearly separable" in problem.obstacle(w)
    fresh = SampledHalfspace(X, np.sign(X @ w))
    assert "linearly separable" in fresh.obstacle(w)
    assert fresh.obstacle(-w) is None
    assert "linearly separable" in problem.obstacle(-w)  # once the infimum is known, any weight tells


BAD = {
    "u shape": (lambda: LeastSquares(S, U[:2]), "u = array of shape (2,): must have shape (5,); match the shape of S"),
    "u nan": (lambda: GaussianHalfspace(S, U * np.nan), "u = non-finite: must be finite; remove nan and inf"),
    "not definite": (
        lambda: GaussianHalfspace(np.diag([1.0, 1, 1, 1, 0]), U),
        "S = smallest eigenvalue 0: must be positive definite; give the second moment E[z z^T]",
    ),
    "too separable": (
        lambda: GaussianHalfspace(S, U / 0.7 * 1.2),
        "u^T S^-1 u = 1.44: must be below 1, or z has no covariance S - u u^T; "
        "S is the second moment E[z z^T], not the covariance",
    ),
    "loss": (
        lambda: SampledHalfspace(X, Y, "sofplus"),
        "did you mean softplus?",
    ),
    "X nan": (
        lambda: SampledHalfspace(np.where(X > 2, np.nan, X), Y),
        "X = non-finite: must be finite; remove rows with nan and inf",
    ),
    "X shape": (
        lambda: SampledHalfspace(X[0], Y),
        "X = array of shape (5,): must have shape (n, d) with n, d >= 1; give one row a sample",
    ),
    "y shape": (
        lambda: SampledHalfspace(X[:10], Y[:9]),
        "y = array of shape (9,): must have shape (10,); give one target a row of X",
    ),
    "one class": (
        lambda: SampledHalfspace(X, np.ones(len(X))),
        "y = 1 class(es): 1.0: must hold exactly two classes; select two of them",
    ),
    "y nan": (
        lambda: LeastSquares.from_data(X, TARGETS * np.inf),
        "y = non-finite: must be finite; remove rows with nan and inf",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    make, text = BAD[case]
    with pytest.raises(InvalidInput) as error:
        make()
    assert text in str(error.value)
    assert "\n" not in str(error.value)

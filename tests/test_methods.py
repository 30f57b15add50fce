"""The methods against their theorems and against one another, iterate by iterate."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest

from bntheory import decoupling
from bntheory.errors import InvalidInput, NoFiniteLength
from bntheory.linalg import Metric, symmetric_matrix
from bntheory.methods import (
    GDNP,
    LBFGS,
    METHODS,
    AcceleratedGradient,
    BatchNormGradient,
    ConjugateGradient,
    GradientDescent,
    WhitenedGDNP,
    get_method,
)
from bntheory.methods.length import bisection_length, newton_length
from bntheory.problems import GaussianHalfspace, LeastSquares, SampledHalfspace

RNG = np.random.default_rng(11)
D = 6
S = symmetric_matrix(np.geomspace(0.1, 1.3, D), RNG)
METRIC = Metric(S)
U = RNG.standard_normal(D)
U *= 0.6 / METRIC.dual_norm(U)
W0 = RNG.standard_normal(D)
W0 *= -np.sign(U @ W0)
X = RNG.standard_normal((300, D))
Y = np.where(X @ RNG.standard_normal(D) + 2 * RNG.standard_normal(300) > 0, 1, -1)
CONVEX = ("softplus", "gaussian-hinge", "sqrt-hinge")


def points(method, problem, count, w0=W0):
    return [iterate.w_tilde for iterate in islice(method.iterates(problem, w0), count)]


def unit(w):
    return w / METRIC.norm(w)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_reaches_the_minimum_of_least_squares(name):
    problem = LeastSquares(S, U)
    last = list(islice(METHODS[name]().iterates(problem, W0), 1500))[-1]
    # SciPy's line searches compare values, whose differences end at eps |f|; the others only need gradients
    assert problem.suboptimality(last.w_tilde) <= (1e-15 if name == "lbfgs" else 1e-18)
    assert last.value == pytest.approx(problem.minimum, rel=1e-12)


@pytest.mark.parametrize("name", sorted(set(METHODS) - {"cg"}))
def test_every_method_reaches_the_same_minimum_on_data(name):
    problem = SampledHalfspace(X, Y)
    last = list(islice(METHODS[name]().iterates(problem, W0), 1500))[-1]
    assert last.value == pytest.approx(problem.minimum, rel=1e-10)


@pytest.mark.parametrize("name", METHODS)
def test_iterates_carry_their_own_value_and_gradient(name):
    problem = SampledHalfspace(X, Y)
    iterates = list(islice(METHODS[name]().iterates(problem, W0), 6))
    for iterate in iterates:
        assert iterate.value == pytest.approx(problem.value(iterate.w_tilde), rel=1e-13)
        assert iterate.gradient == pytest.approx(problem.gradient(iterate.w_tilde), rel=1e-10, abs=1e-13)
    assert all(after.passes > before.passes for before, after in pairwise(iterates))
    first = unit(iterates[0].w_tilde)  # of the two signs of a direction, the length chooses one
    assert first * np.sign(first @ W0) == pytest.approx(unit(W0), rel=1e-12)


def test_gradient_descent_contracts_as_the_theorem_says():
    """Equality on the mu-eigenvector, with the theorem's step and with the best constant one (E6)."""
    eigenvalues = np.array([0.05, 0.4, 1.0])
    problem = LeastSquares(np.diag(eigenvalues), np.array([0.0, 0.0, 1.0]))
    w0 = problem.minimizer + np.array([1.0, 0, 0])
    theorem = decoupling.contraction_factor(0.05, 1.0)
    best = decoupling.best_constant_factor(0.05, 1.0)
    for method, factor in ((GradientDescent(), theorem), (GradientDescent(1 / 1.05), best)):
        excess = [problem.suboptimality(w) for w in points(method, problem, 10, w0)]
        assert [after / before for before, after in pairwise(excess)] == pytest.approx([factor] * 9, rel=1e-12)


def test_gdnp_on_least_squares_is_the_rayleigh_iteration():
    w = W0
    for v in points(GDNP(), LeastSquares(S, U), 20):
        assert unit(v) * np.sign(v @ w) == pytest.approx(unit(w), abs=1e-13)
        w = w - decoupling.rayleigh_step_size(w, S, U, METRIC.L) * decoupling.rayleigh_gradient(w, S, U)


def test_directions_on_gaussian_inputs_do_not_depend_on_the_loss():
    runs = [points(GDNP(), GaussianHalfspace(S, U, name), 40) for name in CONVEX]
    runs.append(points(GDNP(), LeastSquares(S, U), 40))
    for other in runs[1:]:
        for first, second in zip(runs[0], other, strict=True):
            assert unit(first) == pytest.approx(unit(second) * np.sign(first @ second), abs=1e-12)


def test_printed_criterion_gives_other_directions():
    corrected = points(GDNP(), GaussianHalfspace(S, U), 5)
    printed = points(GDNP(criterion="printed"), GaussianHalfspace(S, U), 5)
    assert np.abs(unit(corrected[1]) - unit(printed[1])).max() > 1e-3


@pytest.mark.parametrize("name", CONVEX)
def test_fast_length_search_agrees_with_sixty_bisections(name):
    problem = GaussianHalfspace(S, U, name)
    literal = GDNP(bisection_steps=60, bracket=(0.0, 40.0))
    for fast, slow in zip(points(GDNP(), problem, 15), points(literal, problem, 15), strict=True):
        assert fast == pytest.approx(slow, rel=1e-13, abs=1e-13 * np.abs(slow).max())


def test_whitened_gdnp_finds_the_direction_in_one_step_on_gaussian_inputs():
    problem = GaussianHalfspace(S, U)
    assert decoupling.direction_excess(points(WhitenedGDNP(), problem, 2)[1], METRIC, U) <= 1e-28


def test_batch_norm_is_a_joint_gradient_step_on_w_and_gamma():
    torch = pytest.importorskip("torch")
    problem = SampledHalfspace(X, Y)
    rows, second = torch.tensor(-Y[:, None] * X), torch.tensor(problem.S)
    w = torch.tensor(W0 / problem.metric.norm(W0), requires_grad=True)
    gamma = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    step = 1 / problem.zeta
    for point in points(BatchNormGradient(), problem, 12):
        w_tilde = gamma * w / torch.sqrt(w @ second @ w)
        assert point == pytest.approx(w_tilde.detach().numpy(), rel=1e-10)
        loss = torch.nn.functional.softplus(rows @ w_tilde).mean()
        along_w, along_gamma = torch.autograd.grad(loss, (w, gamma))
        with torch.no_grad():
            w -= step * along_w
            gamma -= step * problem.metric.L * along_gamma


def test_accelerated_gradient_beats_gradient_descent_on_a_hard_spectrum():
    problem = LeastSquares(np.diag(np.geomspace(1e-4, 1, 10)), np.geomspace(1e-4, 1, 10))
    w0 = np.ones(10)
    slow, fast = (points(method, problem, 400, w0)[-1] for method in (GradientDescent(), AcceleratedGradient()))
    assert problem.suboptimality(fast) <= 1e-2 * problem.suboptimality(slow)


def test_a_ray_with_the_contracts_members_alone_serves_gdnp():
    """A user's problem without `stein`: its coefficient comes from the gradient, and the directions stay the same."""

    class Ray:
        def __init__(self, ray):
            self.value, self.slope, self.curvature, self.gradient = ray.value, ray.slope, ray.curvature, ray.gradient

    class User:
        def __init__(self, problem):
            self.u, self.S, self.value, self.gradient = problem.u, problem.S, problem.value, problem.gradient
            self.ray = lambda w: Ray(problem.ray(w))

    own = GaussianHalfspace(S, U)
    for first, second in zip(points(GDNP(), User(own), 15), points(GDNP(), own, 15), strict=True):
        assert first == pytest.approx(second, rel=1e-9, abs=1e-11)


def test_scipy_methods_replay_the_same_iterates_past_their_first_limit():
    """L-BFGS on an ill-conditioned quadratic needs more than 100 iterations: the doubled run must continue the first."""
    problem = LeastSquares(np.diag(np.geomspace(1e-6, 1, 60)), np.linspace(1, 2, 60) * np.geomspace(1e-6, 1, 60) ** 0.5)
    values = [iterate.value for iterate in LBFGS().iterates(problem, np.ones(60))]
    assert len(values) > 150
    assert all(after <= before for before, after in pairwise(values[:150]))
    assert len({float(value) for value in values[:120]}) == 120


def test_linear_conjugate_gradients_end_after_d_steps():
    problem = LeastSquares(S, U)
    iterates = list(ConjugateGradient().iterates(problem, W0))
    assert len(iterates) <= D + 3
    assert problem.suboptimality(iterates[-1].w_tilde) <= 1e-25


class Quartic:
    """slope (gamma - 2)^3: a root where Newton converges only linearly."""

    def value(self, gamma):
        return (gamma - 2) ** 4 / 4

    def slope(self, gamma):
        return (gamma - 2) ** 3

    def curvature(self, gamma):
        return 3 * (gamma - 2) ** 2

    def gradient(self, gamma):
        raise AssertionError("a length search needs no gradient")


@pytest.mark.parametrize("start", [-5.0, 0.0, 1e-6, 1.9, 30.0, 1e6])
def test_newton_length_finds_the_root_from_anywhere(start):
    ray = GaussianHalfspace(S, U).ray(W0)
    found = newton_length(ray, start)
    assert abs(ray.slope(found.gamma)) <= 1e-15
    assert found.evaluations <= 60


@pytest.mark.parametrize("start", [-5.0, 0.0, 1.9, 30.0])
def test_newton_length_finds_a_degenerate_minimizer(start):
    # Newton gains a factor 2/3 a step at a triple root of the slope; 1e-3 is where the slope is 1e-9
    assert newton_length(Quartic(), start).gamma == pytest.approx(2.0, abs=1e-3)


def test_newton_length_takes_three_evaluations_from_a_good_start():
    ray = GaussianHalfspace(S, U).ray(W0)
    best = newton_length(ray, 1.0).gamma
    assert newton_length(ray, best * (1 + 1e-3)).evaluations <= 3


@pytest.mark.parametrize("steps", [1, 3, 8, 20])
def test_bisection_keeps_the_left_end_within_the_theorems_distance(steps):
    ray = Quartic()
    found = bisection_length(ray, (0.0, 5.0), steps)
    assert 0 <= 2 - found.gamma <= 5 / 2**steps
    assert found.evaluations == steps + 2


def test_no_finite_length_is_said():
    ray = GaussianHalfspace(S, U, "sigmoid").ray(W0)
    with pytest.raises(NoFiniteLength, match="the objective is flat along this direction at length"):
        newton_length(ray, 1.0)
    with pytest.raises(NoFiniteLength, match=r"the slope does not change sign on the bracket \[0, 30\]"):
        bisection_length(ray, (0.0, 30.0), 10)


BAD = {
    "criterion": (lambda: GDNP(criterion="corected"), "criterion = corected: is not known; choose corrected or printed"),
    "bracket alone": (
        lambda: GDNP(bracket=(0, 1)),
        "bracket = (0, 1): goes with bisection_steps; give both, or neither for the fast search",
    ),
    "bisection steps": (
        lambda: GDNP(bisection_steps=0, bracket=(0, 1)),
        "bisection_steps = 0: must be at least 1; try 50",
    ),
    "bracket order": (
        lambda: GDNP(bisection_steps=5, bracket=(2, 1)),
        "bracket = (2, 1): must have a < b; give (a, b) around the minimizer",
    ),
    "step size": (
        lambda: GradientDescent(-1.0),
        "step_size = -1.0: must be positive and finite; leave it out for the theorem's step",
    ),
    "method": (lambda: get_method("gdpn"), "did you mean gdnp?"),
    "zero start": (
        lambda: points(GDNP(), LeastSquares(S, U), 1, np.zeros(D)),
        "w0 = 0: must not be 0, which has no direction; give any nonzero vector",
    ),
    "orthogonal start": (
        lambda: points(GDNP(), LeastSquares(np.eye(2), np.array([1.0, 0])), 1, np.array([0, 1.0])),
        "w0 = u^T w0 = 0: must have u^T w0 != 0 (rho(w0) != 0); give another start, such as -u",
    ),
    "start shape": (
        lambda: points(GradientDescent(), LeastSquares(S, U), 1, np.ones(2)),
        "w0 = array of shape (2,): must have shape (6,); match the problem's dimension",
    ),
    "start nan": (
        lambda: points(LBFGS(), LeastSquares(S, U), 1, np.full(D, np.nan)),
        "w0 = non-finite: must be finite; remove nan and inf",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    make, text = BAD[case]
    with pytest.raises(InvalidInput) as error:
        make()
    assert text in str(error.value)

"""The methods against their theorems and against one another, iterate by iterate; GDNP's own are in test_gdnp.py."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from instances import W0, D, S, U, X, Y, points, unit

from bntheory import decoupling
from bntheory.errors import Diverged, InvalidInput
from bntheory.losses import custom
from bntheory.methods import (
    GDNP,
    LBFGS,
    METHODS,
    AcceleratedGradient,
    BatchNormGradient,
    ConjugateGradient,
    GradientDescent,
    get_method,
)
from bntheory.problems import LeastSquares, SampledHalfspace

#: cosh, whose second derivative has no bound
UNBOUNDED = custom(np.cosh, np.sinh, np.cosh, name="cosh", convex=True)


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


@pytest.mark.parametrize("name", METHODS)
def test_a_start_of_integers_is_made_float64(name):
    start = [-1, 2, 1, 1, -3, 2]
    first = next(get_method(name).iterates(LeastSquares(S, U), start))
    assert first.w_tilde.dtype == np.float64
    assert np.abs(unit(first.w_tilde)) == pytest.approx(np.abs(unit(np.array(start))), rel=1e-12)
    assert start == [-1, 2, 1, 1, -3, 2]


@pytest.mark.parametrize("name", METHODS)
def test_methods_bear_the_names_they_are_found_by(name):
    assert get_method(name).name == name
    assert get_method(METHODS[name]()) == get_method(name)


@pytest.mark.parametrize("name", ["gd", "agd", "bn", "gdnp"])
def test_an_iteration_costs_two_passes_over_the_data(name):
    iterates = islice(METHODS[name]().iterates(SampledHalfspace(X, Y), W0), 4)
    assert [iterate.passes for iterate in iterates] == [2, 4, 6, 8]


def test_lbfgs_counts_every_product_with_the_data_as_a_pass():
    """Oracle: the products themselves, counted; those of w0 are formed once more, for its iterate."""
    problem = SampledHalfspace(X, Y)
    margins, pullback = problem.margins, problem.pullback
    products = [len(problem.u)]
    problem.margins = lambda w: products.append(1) or margins(w)
    problem.pullback = lambda r: products.append(1) or pullback(r)
    *_, last = LBFGS().iterates(problem, W0)
    assert last.passes == len(products) - 1 - 2


def test_nonlinear_conjugate_gradients_go_on_to_the_line_searchs_limit():
    """The values that the line search compares end at eps |f|, so the gradient ends near sqrt(eps)."""
    problem = SampledHalfspace(X, Y)
    *_, last = ConjugateGradient().iterates(problem, W0)
    assert problem.metric.dual_norm(last.gradient) <= 3e-8
    assert last.value == pytest.approx(problem.minimum, rel=1e-14)


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


@pytest.mark.parametrize("options", [{}, {"step_size": 0.4, "length_step_size": 0.7, "gamma": -2.0}])
def test_batch_norm_is_a_joint_gradient_step_on_w_and_gamma(options):
    torch = pytest.importorskip("torch")
    problem = SampledHalfspace(X, Y)
    rows, second = torch.tensor(-Y[:, None] * X), torch.tensor(problem.S)
    w = torch.tensor(W0 / problem.metric.norm(W0), requires_grad=True)
    gamma = torch.tensor(options.get("gamma", 1.0), dtype=torch.float64, requires_grad=True)
    step = options.get("step_size", 1 / problem.zeta)
    length_step = options.get("length_step_size", 1 / problem.loss.d2phi_bound)
    for point in points(BatchNormGradient(**options), problem, 12):
        w_tilde = gamma * w / torch.sqrt(w @ second @ w)
        assert point == pytest.approx(w_tilde.detach().numpy(), rel=1e-10)
        loss = torch.nn.functional.softplus(rows @ w_tilde).mean()
        along_w, along_gamma = torch.autograd.grad(loss, (w, gamma))
        with torch.no_grad():
            w -= step * along_w
            gamma -= length_step * along_gamma


def test_joint_steps_that_are_too_long_are_said_to_diverge():
    method = BatchNormGradient(step_size=0.5, length_step_size=1e3)
    with np.errstate(all="ignore"), pytest.raises(Diverged, match=r"range with step_size 0\.5; lower it"):
        points(method, SampledHalfspace(X, Y, "squared"), 500)
    with np.errstate(all="ignore"), pytest.raises(Diverged, match=r"range with step_size 0\.5; lower it"):
        points(method, LeastSquares(S, U), 500)


def test_accelerated_gradient_has_nesterovs_momentum():
    """beta_k = (t_k - 1)/t_{k+1}, t_1 = 1, t_{k+1} (t_{k+1} - 1) = t_k^2 (t_2: the golden ratio); from the points."""
    problem = LeastSquares(np.diag([1e-3, 1.0]), np.zeros(2))
    y = points(AcceleratedGradient(), problem, 5, np.array([1.0, 1.0]))
    x = [y[0], *(point - problem.gradient(point) / 2 for point in y)]  # x_{k+1} = y_k - grad f(y_k)/zeta
    beta = [(y[k] - x[k])[0] / (x[k] - x[k - 1])[0] for k in range(1, 5)]
    golden = (1 + 5**0.5) / 2
    third = (1 + (1 + 4 * golden**2) ** 0.5) / 2
    fourth = (1 + (1 + 4 * third**2) ** 0.5) / 2
    fifth = (1 + (1 + 4 * fourth**2) ** 0.5) / 2
    assert beta == pytest.approx([0, (golden - 1) / third, (third - 1) / fourth, (fourth - 1) / fifth], abs=1e-9)


@pytest.mark.parametrize("kind", [GradientDescent, AcceleratedGradient])
def test_a_step_size_of_ones_own_is_taken(kind):
    problem = LeastSquares(S, U)
    start, after = points(kind(step_size=0.1), problem, 2)
    assert after == pytest.approx(start - 0.2 * (U + S @ start), rel=1e-14)


def test_restarts_make_accelerated_gradient_linear():
    """Without them the momentum tends to 1 and the excess falls as 1/t^2 with ripples: 1e-8 of it would be left."""
    problem = LeastSquares(np.diag([1e-2, 0.1, 1.0]), np.zeros(3))
    last = points(AcceleratedGradient(), problem, 300, np.ones(3))[-1]
    assert problem.suboptimality(last) <= 1e-20


def test_accelerated_gradient_beats_gradient_descent_on_a_hard_spectrum():
    problem = LeastSquares(np.diag(np.geomspace(1e-4, 1, 10)), np.geomspace(1e-4, 1, 10))
    w0 = np.ones(10)
    slow, fast = (points(method, problem, 400, w0)[-1] for method in (GradientDescent(), AcceleratedGradient()))
    assert problem.suboptimality(fast) <= 1e-2 * problem.suboptimality(slow)


def test_scipy_methods_replay_the_same_iterates_past_their_first_limit():
    """L-BFGS on an ill-conditioned quadratic takes more than 100 iterations: the second run must continue the first."""
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
    assert [iterate.passes for iterate in iterates[:3]] == [2, 4, 6]
    # the first step is along the gradient at w0, to the minimum on that line
    first = iterates[1].w_tilde - W0
    assert first == pytest.approx(
        -iterates[0].gradient * (np.linalg.norm(first) / np.linalg.norm(iterates[0].gradient))
    )
    assert abs(iterates[1].gradient @ first) <= 1e-14


def test_linear_conjugate_gradients_need_no_mean_and_no_near_start():
    centred = LeastSquares(S, np.zeros(D))
    *_, last = ConjugateGradient().iterates(centred, W0)
    assert centred.suboptimality(last.w_tilde) <= 1e-28
    problem = LeastSquares(S, U)
    *_, last = ConjugateGradient().iterates(problem, 1e10 * W0)
    assert np.linalg.norm(last.gradient) <= 1e-14


def test_linear_conjugate_gradients_end_at_rounding():
    eigenvalues = np.geomspace(1e-2, 1, 60)
    problem = LeastSquares(np.diag(eigenvalues), np.sqrt(eigenvalues))
    *_, last = ConjugateGradient().iterates(problem, np.ones(60))
    assert np.linalg.norm(last.gradient) <= 1e-13


BAD = {
    "criterion": (
        lambda: GDNP(criterion="corected"),
        "criterion = corected: is not known; choose corrected or printed",
    ),
    "bracket alone": (
        lambda: GDNP(bracket=(0, 1)),
        "bracket = (0, 1): goes with bisection_steps; give both, or neither for the fast search",
    ),
    "bisection steps": (
        lambda: GDNP(bisection_steps=0, bracket=(0, 1)),
        "bisection_steps = 0: must be a whole number, at least 1; try 50",
    ),
    "half a bisection step": (
        lambda: GDNP(bisection_steps=2.5, bracket=(0, 1)),
        "bisection_steps = 2.5: must be a whole number, at least 1; try 50",
    ),
    "infinite bracket": (
        lambda: GDNP(bisection_steps=5, bracket=(0.0, np.inf)),
        "bracket = (0.0, inf): must have finite a < b",
    ),
    "initial length": (lambda: BatchNormGradient(gamma=np.nan), "gamma = nan: must be finite"),
    "empty bracket": (
        lambda: GDNP(bisection_steps=5, bracket=(1, 1)),
        "bracket = (1, 1): must have finite a < b; give (a, b) around the minimizer",
    ),
    "bracket order": (
        lambda: GDNP(bisection_steps=5, bracket=(2, 1)),
        "bracket = (2, 1): must have finite a < b; give (a, b) around the minimizer",
    ),
    "step size": (
        lambda: GradientDescent(-1.0),
        "step_size = -1.0: must be positive and finite; leave it out for the theorem's step",
    ),
    "accelerated step size": (lambda: AcceleratedGradient(0.0), "step_size = 0.0: must be positive and finite"),
    "infinite step size": (lambda: BatchNormGradient(step_size=np.inf), "step_size = inf: must be positive and finite"),
    "length step size": (
        lambda: BatchNormGradient(length_step_size=0.0),
        "step_size = 0.0: must be positive and finite",
    ),
    "step without zeta": (
        lambda: points(AcceleratedGradient(), SampledHalfspace(X, Y, UNBOUNDED), 1),
        "zeta = inf: must be finite for a theorem's step 1/zeta; give the method's step sizes yourself",
    ),
    "start off the data": (
        lambda: points(BatchNormGradient(), SampledHalfspace(np.eye(2)[[0, 0]], [0, 1]), 1, np.array([0, 1.0])),
        "w0 = |w0|_S = 0: must have |w0|_S > 0; start in the span of the data",
    ),
    "method": (lambda: get_method("gdpn"), "did you mean gdnp?"),
    "zero start": (
        lambda: points(GDNP(), LeastSquares(S, U), 1, np.zeros(D)),
        "w0 = 0: must not be 0, which has no direction; give any nonzero vector",
    ),
    "no mean": (lambda: points(GDNP(), LeastSquares(S, 0 * U), 1), "u = 0: must not be 0"),
    "orthogonal start": (
        lambda: points(GDNP(), LeastSquares(np.eye(2), np.array([1.0, 0])), 1, np.array([0, 1.0])),
        "w0 = u^T w0 = 0: must have u^T w0 != 0 (rho(w0) != 0); give another start, such as -u",
    ),
    "start shape": (
        lambda: points(GradientDescent(), LeastSquares(S, U), 1, np.ones(2)),
        "w0 = array of shape (2,): must have shape (6,); match the problem's dimension",
    ),
    "long start": (
        lambda: points(ConjugateGradient(), LeastSquares(S, U), 1, np.ones(D + 1)),
        "w0 = array of shape (7,): must have shape (6,); match the problem's dimension",
    ),
    "start nan": (
        lambda: points(LBFGS(), LeastSquares(S, U), 1, np.array([1, 1, np.nan, 1, 1, 1])),
        "w0 = non-finite: must be finite; remove nan and inf",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    make, text = BAD[case]
    with pytest.raises(InvalidInput) as error:
        make()
    assert text in str(error.value)

"""Growth rates of gradients: the certificates' terms are nonnegative where their proofs say so, and only there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from formal_cases import behind
from formal_values import value

from bntheory.claims import batch_size, claim, explosion, leaky_relu, spectral_gap, statement
from bntheory.falsify.digits import digits
from bntheory.falsify.exact_case import exact_case
from bntheory.gram import Scalar, UndecidedSign
from bntheory.proof import Residual, load_proof
from bntheory.proofs import batch_size as batch_size_proof
from bntheory.proofs import leaky_relu as leaky_relu_proof
from bntheory.proofs import spectral_gap as spectral_gap_proof

STEMS = ("spectral_gap", "leaky_relu", "batch_size")


@pytest.fixture(scope="module")
def residuals():
    found = {}
    for stem in STEMS:
        found |= {name: shown[0] for name, shown in load_proof(stem).residuals.items()}
    return found


def terms_at(residual, cases):
    """The terms of a certificate at drawn cases."""
    with digits(60) as context:

        def convert(entry):
            return context.mpf(entry.numerator) / entry.denominator if isinstance(entry, Fraction) else entry

        for case in cases:
            arrays, numbers = behind(exact_case(case, convert))
            yield [value(term, arrays, numbers) for term in residual.certificate]


def test_every_bound_has_a_certificate(residuals):
    bounds = {name for name in residuals if statement(name).relation == "<="}
    assert bounds == {name for name, residual in residuals.items() if residual.certificate}
    assert len(bounds) == 13


def test_terms_are_nonnegative_on_the_whole_domain(residuals):
    rng = np.random.default_rng(0)
    for name, residual in residuals.items():
        if residual.certificate:
            for terms in terms_at(residual, statement(name).sample(rng, 40)):
                assert min(terms) >= -Fraction(1, 10**40), name


@pytest.mark.parametrize("name", ["F9.printed", "D1.corrected", "F9.mutant.only-affine"])
def test_the_terms_of_polynomials_are_squares_by_positive_factors(name, residuals):
    """A decision on the factors, once the variance, a sum of such terms itself, is divided out."""
    case = residuals[name].case
    moments = spectral_gap_proof.polynomial_moments(case.coefficients.tolist(), case.B)
    assert all((term * (moments.q - moments.p)).sign(squares=True) >= 0 for term in residuals[name].certificate)
    weights = spectral_gap_proof.harmonic_weights(case.coefficients.tolist(), case.B)
    assert all(weight.sign(squares=True) >= 0 for weight in weights)
    assert (sum(weights) - (moments.q - moments.p)).is_zero


def test_the_terms_of_quadratics_and_of_poincare_are_squares_by_positive_factors(residuals):
    for residual in (residuals["D2.mutant.quadratic"], residuals["D2.mutant.poincare"]):
        for term in residual.certificate:
            numerator, denominator = term.element.numer, term.element.denom
            field = term.field
            factors = [Scalar(field, field.functions(polynomial)) for polynomial in (numerator, denominator)]
            assert factors[0].sign(squares=True) >= 0
            assert has_even_positive_terms(denominator, field) or residual.statement.id.endswith("poincare")


def has_even_positive_terms(polynomial, field):
    free = [number for number, symbol in enumerate(field.functions.symbols) if str(symbol).startswith("c")]
    return all(c > 0 and not any(powers[k] % 2 for k in free) for powers, c in polynomial.terms())


# Hypotheses taken away


def test_a_network_needs_more_than_three_samples(residuals):
    """For B < 3 the terms change sign with the bound."""
    below = explosion.Network(np.array([Fraction(0), Fraction(1), Fraction(1)]), Fraction(5, 2))
    [terms] = terms_at(residuals["F9.printed"], [below])
    assert min(terms) < 0
    lhs, rhs = spectral_gap.PRINTED.sides(below)
    assert lhs > rhs


def test_the_bound_needs_the_moments_of_the_sphere():
    """With those of independent entries, p = E[phi]^2 and so on, it is not proved: the entries sum to 0."""
    case = spectral_gap_proof.general_network(2)
    _, c1, c2 = case.coefficients
    slope, slopes, psi, psis = c1**2 + 4 * c2**2, c1**2, c1**2 + 12 * c2**2, 4 * c2**2
    independent = spectral_gap.ActivationMoments(c1**2 + 2 * c2**2, 0 * c1, slope, slopes, psi, psis)
    rate = spectral_gap.growth_rate(case.B, independent)
    wrong = replace(spectral_gap.PRINTED, sides=lambda _: ((case.B - 2) / (case.B - 3), rate))
    residual = Residual(wrong, case, *wrong.sides(case), tuple(spectral_gap_proof.certificate(case)))
    assert not residual.shown


def test_the_rate_of_the_limit_needs_slopes_of_at_least_0(residuals):
    residual = residuals["D2.mutant.limit-rate"]
    [terms] = terms_at(residual, [leaky_relu.Leaky(Fraction(6), Fraction(-1))])
    assert min(terms) < 0


def test_the_decrease_needs_a_larger_batch(residuals):
    smaller = leaky_relu.Leaky(Fraction(6), Fraction(0), Fraction(-2))
    [terms] = terms_at(residuals[batch_size.CORRECTED.id], [smaller])
    assert min(terms) < 0


def test_angles_of_cosines_that_are_not_x_are_unknown():
    case = leaky_relu_proof.general_leaky()
    with pytest.raises(UndecidedSign, match="the angle with cosine"):
        statement("F8.mutant.batch").sides(case)


def test_the_limit_needs_that_angles_of_opposite_cosines_make_pi():
    statement_of_limit, case = statement("D2.mutant.limit-from-above"), batch_size_proof.general_sizes()

    def shown():
        certificate = tuple(batch_size_proof.from_above(case))
        return Residual(statement_of_limit, case, *statement_of_limit.sides(case), certificate).shown

    assert shown()
    case.a.field.angles[(0 * case.a - 1).element] = case.a.element
    assert not shown()


def test_opposite_slopes_are_not_told_apart_by_the_signs_alone():
    """That a larger rate is a smaller slope needs its sign: without `a` in front the order is not shown."""
    case = leaky_relu_proof.general_leaky()
    between = statement("F8.mutant.between")
    certificates = leaky_relu_proof.certificates(case)
    residual = Residual(between, case, *between.sides(case), tuple(certificates["F8.reading.relu"]))
    assert not residual.shown


def test_the_known_rates_of_the_rising_cubic():
    case = claim("D2").printed.witness
    rates = [explosion.rate(replace(case, B=Fraction(B))) for B in range(4, 9)]
    assert rates[:3] == [Fraction(18, 5), Fraction(99, 26), Fraction(4)]
    assert rates == sorted(rates[:4]) + rates[4:]
    assert rates[4] < rates[3]


def test_hermite_coefficients_are_those_of_numpy():
    coefficients = [Fraction(n) for n in (3, -1, 4, 1, -5)]
    expected = np.polynomial.hermite_e.poly2herme([float(c) for c in coefficients])
    np.testing.assert_allclose([float(h) for h in batch_size_proof.hermite(coefficients)], expected, rtol=1e-12)

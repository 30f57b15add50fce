"""The optimization methods, by their names on the command line; each satisfies `bntheory.protocols.Method`."""

from __future__ import annotations

from collections.abc import Callable

from bntheory.errors import unknown
from bntheory.methods.alternating import AlternatingGDNP, SweepGDNP
from bntheory.methods.gdnp import GDNP, WhitenedGDNP
from bntheory.methods.gradient import AcceleratedGradient, BatchNormGradient, GradientDescent
from bntheory.methods.reference import LBFGS, ConjugateGradient
from bntheory.protocols import Method

METHODS: dict[str, Callable[[], Method]] = {
    "gd": GradientDescent,
    "agd": AcceleratedGradient,
    "bn": BatchNormGradient,
    "gdnp": GDNP,
    "gdnp-whitened": WhitenedGDNP,
    "lbfgs": LBFGS,
    "cg": ConjugateGradient,
}


def get_method(method: str | Method) -> Method:
    """The method of that name with its defaults, or the method itself.

    Raises
    ------
    InvalidInput
        If the name is not one of `METHODS`.
    """
    if not isinstance(method, str):
        return method
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    return METHODS[method]()


__all__ = [
    "GDNP",
    "LBFGS",
    "METHODS",
    "AcceleratedGradient",
    "AlternatingGDNP",
    "BatchNormGradient",
    "ConjugateGradient",
    "GradientDescent",
    "SweepGDNP",
    "WhitenedGDNP",
    "get_method",
]

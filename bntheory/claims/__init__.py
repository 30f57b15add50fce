"""The claims of the source: those that are stated here, one module a subject, and those that are still open.

To add a subject, name its module in `_SUBJECTS` and take its ids out of `OPEN`.
"""

from __future__ import annotations

from importlib import import_module

from bntheory.claim import Claim, Statement
from bntheory.errors import InvalidInput, unknown

#: Modules of this folder, each with a tuple `CLAIMS`.
_SUBJECTS: tuple[str, ...] = (
    "statistics",
    "normalization",
    "backpropagation",
    "inference",
    "gradient_bound",
    "hessian_bound",
    "minimax_bound",
    "initialization",
    "hessian",
    "least_squares",
    "rayleigh_step",
    "gradient_descent",
    "gdnp_step",
)

#: The source's sections by the first letter of an id; F is ours.
SECTIONS = {
    "A": "The transform",
    "B": "Internal covariate shift",
    "C": "Smoothness of the landscape",
    "D": "Roughness at initialization",
    "E": "Length-direction decoupling",
    "F": "Beyond the source",
}

CLAIMS: tuple[Claim, ...] = tuple(
    entry for subject in _SUBJECTS for entry in import_module(f"{__name__}.{subject}").CLAIMS
)

#: Ids of the source that nothing here decides yet: title and kind.
OPEN: dict[str, tuple[str, str]] = {
    "A6": ("Benefits: learning rates, regularization, initialization, dropout", "observation"),
    "B1": ("Noise after BN: unstable distributions, similar accuracy", "observation"),
    "B2": ("Correlation of gradients before and after an update", "observation"),
    "C1": ("Variation of loss and gradient along the trajectory", "observation"),
    "C2": ("l_p normalization: larger shift, similar smoothness", "observation"),
    "C7": ("The whole spectrum of the Hessian", "observation"),
    "D1": ("Gradient explosion at initialization", "theorem"),
    "D2": ("Growth rate against batch size; the limit for ReLU", "theorem"),
    "D3": ("Skip connections as the only relief", "observation"),
    "E1": ("BN as the reparametrization gamma w/|w|_S", "theorem"),
    "E4": ("Gradient descent on a generalized Rayleigh quotient", "theorem"),
    "E7": ("Assumptions for learning halfspaces", "theorem"),
    "E8": ("Gradient and critical points on Gaussian inputs", "theorem"),
    "E10": ("Length: convergence of the bisection", "theorem"),
    "E11": ("Direction: convergence of GDNP", "theorem"),
    "E12": ("Length and direction together", "theorem"),
    "E13": ("GDNP without Gaussian inputs", "observation"),
    "E14": ("Critical points of a one-hidden-layer network", "theorem"),
    "E15": ("GDNP alternating over the hidden units", "theorem"),
}

_BY_ID: dict[str, Claim] = {entry.id: entry for entry in CLAIMS}


def position(name: str) -> tuple[str, int]:
    """Sorts ids as the source does: E2 before E10."""
    return name[0], int(name[1:])


#: Every id, in the order of the source.
IDS: tuple[str, ...] = tuple(sorted({*_BY_ID, *OPEN}, key=position))


def known_id(name: str) -> str:
    """The id as it is written here, from one in any case (``c3``).

    Raises
    ------
    InvalidInput
        If there is none; it names the nearest.
    """
    if name.upper() not in IDS:
        raise unknown("claim", name, IDS)
    return name.upper()


def claim(name: str) -> Claim:
    """The claim with this id, in any case.

    Raises
    ------
    InvalidInput
        If there is no such id, or it is open.
    """
    found = known_id(name)
    if found not in _BY_ID:
        raise InvalidInput("claim", name, "is open: nothing is stated for it yet", "bntheory list shows what is")
    return _BY_ID[found]


def statement(name: str) -> Statement:
    """The statement with this id (``C3.mutant.drop-mean``), in any case.

    Raises
    ------
    InvalidInput
        If its claim is unknown or open, or has no such statement.
    """
    statements = {entry.id: entry for entry in claim(name.partition(".")[0]).statements}
    for found, entry in statements.items():
        if found.lower() == name.lower():
            return entry
    raise unknown("statement", name, statements)

"""The claims of the source, one module a subject, and its observations, which experiments decide.

To add a subject, name its module in `_SUBJECTS`.
"""

from __future__ import annotations

from importlib import import_module

from bntheory.claim import Claim, Observation, Statement
from bntheory.claims.observations import OBSERVATIONS
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
    "explosion",
    "batch_size",
    "leaky_relu",
    "spectral_gap",
    "reparametrization",
    "least_squares",
    "pencil_step",
    "rayleigh_step",
    "gradient_descent",
    "worst_case",
    "constant_step",
    "asymptotic_rate",
    "halfspaces",
    "critical_points",
    "gdnp_step",
    "length_search",
    "direction_rate",
    "gdnp_rate",
    "gdnp_directions",
    "stein_bound",
    "halfspace_descent",
    "hidden_units",
    "alternating_units",
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
    stated for subject in _SUBJECTS for stated in import_module(f"{__name__}.{subject}").CLAIMS
)

_ENTRIES: tuple[Claim | Observation, ...] = (*CLAIMS, *OBSERVATIONS)
_BY_ID = {one.id: one for one in _ENTRIES}


def position(name: str) -> tuple[str, int]:
    """Sorts ids as the source does: E2 before E10."""
    return name[0], int(name[1:])


#: Every id, in the order of the source.
IDS: tuple[str, ...] = tuple(sorted(_BY_ID, key=position))


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


def entry(name: str) -> Claim | Observation:
    """The claim or observation with this id, in any case.

    Raises
    ------
    InvalidInput
        If there is no such id.
    """
    return _BY_ID[known_id(name)]


def claim(name: str) -> Claim:
    """The claim with this id, in any case.

    Raises
    ------
    InvalidInput
        If there is no such id, or it is an observation.
    """
    found = entry(name)
    if isinstance(found, Observation):
        way_out = f"run bntheory show {found.id} for the criterion that decides it and its experiment, {found.stem}"
        raise InvalidInput("claim", name, "is an observation, without statements to search", way_out)
    return found


def statement(name: str) -> Statement:
    """The statement with this id (``C3.mutant.drop-mean``), in any case.

    Raises
    ------
    InvalidInput
        If its claim is unknown or an observation, or has no such statement.
    """
    statements = {one.id: one for one in claim(name.partition(".")[0]).statements}
    for found, one in statements.items():
        if found.lower() == name.lower():
            return one
    raise unknown("statement", name, statements)

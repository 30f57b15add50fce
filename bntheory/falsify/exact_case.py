"""The exact copy of a case: its structure kept, each of its numbers replaced by one of an exact kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from bntheory.claim import Case
from bntheory.falsify.finding import Undecided
from bntheory.notation import readable

#: Takes an int or a Fraction, gives a number of the kind wanted.
Convert = Callable[[int | Fraction], Any]
_SHOWN = 200


def exact_case(case: Case, convert: Convert) -> Case:
    """The case with every number passed through `convert`; floats enter it as the Fractions that they are.

    Booleans, strings and None stay, and so do arrays of booleans and strings; other arrays become arrays of dtype
    object.

    Raises
    ------
    Undecided
        The case holds a number that is not finite, or an object of a type that has no exact copy.
    """
    if case is None or isinstance(case, bool | np.bool_ | str):
        return case
    if isinstance(case, int | Fraction):
        return convert(case)
    if isinstance(case, float | np.number):
        return convert(_rational(case))
    if isinstance(case, np.ndarray):
        return _exact_array(case, convert)
    return _exact_container(case, convert)


def shown(case: Case) -> str:
    """The case as a message shows it: on one line, not too long."""
    return shortened(readable(case))


def shortened(text: str) -> str:
    """The text on one line, cut off where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _rational(number: Any) -> int | Fraction:
    if isinstance(number, np.integer):
        return int(number)
    if isinstance(number, np.complexfloating):
        raise Undecided(f"the case holds the complex number {number}; split it into real and imaginary part")
    if not math.isfinite(number):
        raise Undecided(f"the case holds {float(number)}, which has no exact value; keep it out of the domain")
    return Fraction(*number.as_integer_ratio())


def _exact_array(array: np.ndarray[Any, Any], convert: Convert) -> np.ndarray[Any, Any]:
    if array.dtype.kind in "bUS":
        return array.copy()
    exact = np.empty(array.shape, dtype=object)
    flat = exact.reshape(-1)
    for position, element in enumerate(array.reshape(-1).tolist()):
        flat[position] = exact_case(element, convert)
    return exact


def _exact_container(case: Case, convert: Convert) -> Case:
    if isinstance(case, tuple):
        items = [exact_case(item, convert) for item in case]
        return type(case)(*items) if hasattr(case, "_fields") else tuple(items)
    if isinstance(case, list):
        return [exact_case(item, convert) for item in case]
    if isinstance(case, dict):
        return {key: exact_case(item, convert) for key, item in case.items()}
    if is_dataclass(case) and not isinstance(case, type):
        exact = {f.name: exact_case(getattr(case, f.name), convert) for f in fields(case) if f.init}
        return replace(case, **exact)
    raise Undecided(
        f"the case holds a {type(case).__name__}, which has no exact copy; build cases from numbers, arrays, strings, "
        "tuples, lists, dicts and dataclasses"
    )

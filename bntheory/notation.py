"""Exact values in writing: for people to read by hand, and as Python source that makes the same value again.

Fractions and integers are written exactly, a number of 50 digits as 20 of them and ``...``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DIGITS = 20
_LONGEST = 10_000


def readable(value: Any) -> str:
    """One line: ``x = [1, 0, -1/2], gamma = 2`` for a case with names, ``[1, 0]`` or ``1/2`` for one without."""
    named = _named(value)
    return _number(value) if named is None else ", ".join(f"{name} = {_number(entry)}" for name, entry in named)


def _named(value: Any) -> list[tuple[str, Any]] | None:
    """The entries that go by a name: keys, and fields, but for those left at None."""
    if is_dataclass(value) and not isinstance(value, type):
        entries = [(field, getattr(value, field.name)) for field in fields(value) if field.init]
        return [(field.name, entry) for field, entry in entries if not (entry is None and field.default is None)]
    if isinstance(value, Mapping):
        return [(_key(key), entry) for key, entry in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    return None


def _key(key: Any) -> str:
    """A key that is a word as it is; any other as an entry would be written."""
    return key if isinstance(key, str) and key.isidentifier() else _number(key)


def _number(value: Any) -> str:
    named = _named(value)
    if named is not None:
        return f"({', '.join(f'{name} = {_number(entry)}' for name, entry in named)})"
    if isinstance(value, (np.ndarray, np.generic)):
        return _number(value.tolist())
    if isinstance(value, (tuple, list)):
        entries = ", ".join(map(_number, value))
        return f"({entries})" if isinstance(value, tuple) else f"[{entries}]"
    return _leaf(value)


def _leaf(value: Any) -> str:
    if hasattr(value, "_mpf_"):
        return _decimal(value)
    if isinstance(value, str):
        return repr(str(value))
    try:
        return " ".join(str(value).split())
    except ValueError:  # Python writes no integer of more than 4300 digits
        size = value.numerator.bit_length() - value.denominator.bit_length()
        return f"(exact, about {'-' if value < 0 else ''}2^{size})"


def _decimal(value: Any) -> str:
    """20 digits of an mpf, followed by ``...`` where that is not all of it."""
    import mpmath

    text: str = mpmath.nstr(value, _DIGITS)
    sign, mantissa, exponent, _ = value._mpf_
    if not mantissa and exponent:  # mpmath's infinities and nan
        return text
    if abs(exponent) < 1000 and Fraction(text) == (-1) ** sign * int(mantissa) * Fraction(2) ** exponent:
        return text.removesuffix(".0")
    significand, e, power = mpmath.nstr(value, _DIGITS, strip_zeros=False).partition("e")
    return f"{significand}...{e}{power}"


class NotWritable(TypeError):
    """A value that has no source; the message says why."""


class Source:
    """Writes exact cases as Python source and collects the imports that the source needs.

    Parameters
    ----------
    prefixes : mapping
        Module name -> how the source reaches it, for modules that cannot be imported by their names.
    reserved : iterable of str
        Names that the source is not to use for a class.

    Attributes
    ----------
    classes : dict
        The name of a class in the source -> (its module, its name there). NumPy is np, and Fraction is itself.
    modules : set of str
        "fractions" and "numpy", where the source needs them.
    """

    def __init__(self, prefixes: Mapping[str, str] | None = None, reserved: Iterable[str] = ()) -> None:
        self.classes: dict[str, tuple[str, str]] = {}
        self.modules: set[str] = set()
        self._prefixes = dict(prefixes or {})
        self._reserved = {"Fraction", "np", *reserved}

    def write(self, value: Any) -> str:
        """Source of a value that is the same, entry by entry.

        Raises
        ------
        NotWritable
            If some part of it is neither a rational number, text, an array, tuple, list, dict nor dataclass, or its
            class cannot be reached by its name.
        """
        if value is None or type(value) is str:
            return repr(value)
        if isinstance(value, (bool, np.bool_)):
            return repr(bool(value))
        if isinstance(value, Rational):
            return self._rational(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        return self._container(value)

    def write_lines(self, value: Any, indent: str) -> str:
        """As `write`, with a dataclass spread over lines, a field each."""
        if not is_dataclass(value) or isinstance(value, type):
            return self.write(value)
        lines = "".join(f"{indent}    {name}={self.write(entry)},\n" for name, entry in _named(value) or [])
        return f"{self._class(value)}(\n{lines}{indent})"

    def _rational(self, value: Any) -> str:
        if max(int(value.numerator).bit_length(), int(value.denominator).bit_length()) > _LONGEST:
            raise NotWritable(f"it has a number of more than {_LONGEST} bits")
        if isinstance(value, int):
            return str(value)
        self.modules.add("fractions")
        return f"Fraction({value.numerator}, {value.denominator})" if value.denominator > 1 else f"Fraction({value})"

    def _array(self, value: NDArray[Any]) -> str:
        self.modules.add("numpy")
        kind = ", dtype=object" if value.dtype == object else ""
        if not value.size:
            return f"np.empty({value.shape}{kind})"
        return f"np.array({self.write(value.tolist())}{kind})"

    def _container(self, value: Any) -> str:
        if type(value) is dict:
            return "{" + ", ".join(f"{self.write(key)}: {self.write(entry)}" for key, entry in value.items()) + "}"
        named = _named(value)
        if named is not None:
            return f"{self._class(value)}({', '.join(f'{name}={self.write(entry)}' for name, entry in named)})"
        if type(value) is list:
            return f"[{', '.join(map(self.write, value))}]"
        if type(value) is tuple:
            return f"({', '.join(map(self.write, value))}{',' if len(value) == 1 else ''})"
        raise NotWritable(f"a {type(value).__name__} has no Python source")

    def _class(self, value: Any) -> str:
        """The class of a value, by module and name."""
        kind = type(value)
        if not _is_reachable(kind):
            raise NotWritable(f"the class {kind.__qualname__} is not at the top level of its module")
        module, (outer, *inner) = kind.__module__, kind.__qualname__.split(".")
        if module in self._prefixes:
            return f"{self._prefixes[module]}.{kind.__qualname__}"
        name = outer
        while name in self._reserved or self.classes.get(name, (module, outer)) != (module, outer):
            name += "_"
        self.classes[name] = (module, outer)
        return ".".join([name, *inner])


def _is_reachable(kind: type) -> bool:
    found: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is kind

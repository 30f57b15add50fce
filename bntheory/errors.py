"""The errors that the package raises on purpose: each names the value, the rule it broke and the way out.

They know nothing of mathematics. `InvalidInput` is what the command line turns into exit code 2.
"""

from __future__ import annotations

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from collections.abc import Iterable


class InvalidInput(ValueError):
    """An argument that breaks a stated rule.

    Parameters
    ----------
    name : str
        The argument, in the words of the caller (``"steps"``, ``"column 'age'"``).
    value : object
        What was given, printed as it is (shortened by the caller where it is long).
    rule : str
        The rule it broke, as a phrase (``"must be at least 1"``).
    remedy : str
        The way out, as a phrase (``"give a whole number such as 100"``).
    """

    def __init__(self, name: str, value: object, rule: str, remedy: str) -> None:
        lines = f"{name} = {value}: {rule}; {remedy}".splitlines()
        super().__init__(" ".join(line.strip() for line in lines))  # an array or a quoted error may have several
        self.name = name
        self.value = value
        self.rule = rule
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[str, object, str, str]]:
        """Its four parts: it comes back whole from another process."""
        return type(self), (self.name, self.value, self.rule, self.remedy)


class NoFiniteLength(ArithmeticError):
    """The objective has no minimizer of finite length along a direction (sigmoid loss, separable data)."""


class Diverged(ArithmeticError):
    """An iterate left the floating-point range, or the objective grew without bound."""


class MissingExtra(ImportError):
    """A package is absent that an optional part needs; the message names the extra to install."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{package} is not installed: {purpose} needs it; run pip install 'bntheory[{extra}]'")


def unknown(name: str, value: str, choices: Iterable[str]) -> InvalidInput:
    """The error for a name outside a finite set: it names the nearest valid ones, and the set unless it is long.

    Parameters
    ----------
    name : str
        What kind of name it is (``"loss"``, ``"method"``).
    value : str
        The name that was given.
    choices : iterable of str
        The valid names.
    """
    valid = sorted(choices, key=_by_number)
    listed, guess = _listed(valid), did_you_mean(nearest(str(value), valid))
    rule = f"is not one of {', '.join(listed)}" if guess and len(listed) <= _MANY else "is not known"
    return InvalidInput(name, value if value != "" else "''", rule, guess or f"choose one of {', '.join(listed)}")


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise `unknown` unless the value is one of the choices."""
    valid = list(choices)
    if value not in valid:
        raise unknown(name, value, valid)


def nearest(value: str, choices: Iterable[str]) -> list[str]:
    """The valid names that a given one may stand for, at most three; none where none is like it.

    They are the one that differs in the case of its letters alone, else those that contain it, else the one with most
    letters in common. Of dotted names those parts are compared that differ: ``E9.mutant.sing`` is to ``E9.mutant.sign``
    as ``sing`` to ``sign``.
    """
    typed = value.lower()
    likeness = {name: _likeness(typed, name.lower()) for name in choices}
    best = max(likeness, key=likeness.__getitem__, default="")
    near = [best] if best and likeness[best][0] >= _LIKE else []
    if len(typed) > 2 and (not near or likeness[best][0] < 1):
        return [name for name in likeness if typed in name.lower()][:3] or near
    return near


def did_you_mean(names: list[str]) -> str:
    """The question after names; empty without any."""
    return f"did you mean {' or '.join(filter(None, (', '.join(names[:-1]), names[-1])))}?" if names else ""


#: From this part of equal letters on (`difflib.SequenceMatcher.ratio`) two names are alike: of B9 and B2 it is half.
_LIKE = 0.6
#: More valid names are not listed beside those that may be meant.
_MANY = 12


def _likeness(one: str, other: str) -> tuple[float, int]:
    """The part of equal letters and, to decide between equals, how many are equal at the start."""
    from difflib import SequenceMatcher

    parts, others = one.split("."), other.split(".")
    while len(parts) > 1 and len(others) > 1 and parts[0] == others[0]:
        del parts[0], others[0]
    ratio = SequenceMatcher(None, ".".join(parts), ".".join(others)).ratio()
    return ratio, next((i for i, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), len(one))


def _by_number(name: str) -> list[str | int]:
    """Sorts E2 before E10."""
    import re

    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _listed(names: list[str]) -> list[str]:
    """The names; three or more that differ by a number counting up are one entry, as "E1 to E15"."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _by_number(name) == _next(runs[-1][-1]):
            runs[-1].append(name)
        else:
            runs.append([name])
    return [entry for run in runs for entry in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run)]


def _next(name: str) -> list[str | int]:
    """`_by_number` of the name with its last number one up; empty where it has none."""
    parts = _by_number(name)
    return [part + 1 if isinstance(part, int) and place == len(parts) - 2 else part for place, part in enumerate(parts)]

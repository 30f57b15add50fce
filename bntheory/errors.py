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
        super().__init__(f"{name} = {value}: {rule}; {remedy}")
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
    """The error for a name outside a finite set: it lists the set and the nearest valid name.

    Parameters
    ----------
    name : str
        What kind of name it is (``"loss"``, ``"method"``).
    value : str
        The name that was given.
    choices : iterable of str
        The valid names.
    """
    import difflib

    valid = sorted(choices)
    near = difflib.get_close_matches(str(value), valid, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(valid)}"
    rule = f"is not one of {', '.join(valid)}" if near else "is not known"
    return InvalidInput(name, value, rule, guess)


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise `unknown` unless the value is one of the choices."""
    valid = list(choices)
    if value not in valid:
        raise unknown(name, value, valid)

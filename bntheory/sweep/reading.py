"""Reading a spec from TOML: every key is checked, and what is wrong is named.

A spec has the keys of `Spec` except `grid`, which is a table with the keys of `Grid`. Every key of the grid takes one
value or a list of them, and each combination of values is a configuration of `seeds` runs::

    steps = 50                # T, of every run, 1 to 1e6
    seeds = 1000              # runs of each configuration, 1 to 5e6
    seed = 0                  # of every random choice, at least 0 (0)
    tol = 1e-6                # count the steps until D_t <= tol D_0, between 0 and 1 (not counted)

    [grid]
    problem = ["least-squares", "gaussian-halfspace"]
    dimension = 20            # 2 to 10,000
    condition = [10, 1e2, 1e4]              # 1 to 1e15
    spectrum = ["log-uniform", "two-point"] # or "geometric"
    start = ["generic", "worst-case"]
    size = [0.5, 0.9]         # |u|_{S^-1}, 1e-6 to 1e6, below 1 on Gaussian inputs (1 for least squares)
    loss = "softplus"         # of gaussian-halfspace alone, convex and without kinks (softplus)
    method = ["gd", "gdnp"]   # on least squares "gd-best" too

Keys without a default in brackets must be there. A sweep has at most 1e5 configurations and 1e9 runs.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bntheory.ensemble import LengthTable
from bntheory.ensemble.instances import SPECTRA, STARTS
from bntheory.errors import InvalidInput, NoFiniteLength, unknown
from bntheory.losses import LOSSES
from bntheory.sweep.spec import GAUSSIAN, LEAST_SQUARES, METHODS, Grid, Spec

_SMOOTH_CONVEX = sorted(name for name, loss in LOSSES.items() if loss.convex and not loss.kinks)
_MOST_RUNS, _MOST_CONFIGURATIONS, _MOST_ROWS, _MOST_ENTRIES = 10**9, 10**5, 5 * 10**6, 10**12
#: Beyond, mu/L is lost in the rounding of 1 - mu/L.
_MOST_CONDITION = 1e15


def read_spec(path: Path) -> Spec:
    """The spec in a TOML file.

    Raises
    ------
    InvalidInput
        If the file cannot be read or is not TOML, or as `spec_of`.
    """
    try:
        return spec_of(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "not text in UTF-8"
        raise InvalidInput("spec", path, f"cannot be read ({reason})", "give the path of a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("spec", path, f"is not TOML ({error})", "mend it there") from error


def spec_of(given: Mapping[str, Any]) -> Spec:
    """The spec that a document says.

    Raises
    ------
    InvalidInput
        If a key is unknown or missing, a value breaks its rule, an axis is empty or has a value twice, or the grid has
        more than 1e9 runs, 1e5 configurations or, at one setting, 5e6 runs, or its runs too many steps.
    """
    for key in given:
        if key in Grid.__dataclass_fields__:
            raise InvalidInput("spec key", key, "is an axis of the grid", "write it below a line [grid]")
    _known_keys("spec key", given, ("steps", "seeds", "seed", "tol", "grid"))
    table = _present(given, "grid", "a table such as [grid]")
    if not isinstance(table, Mapping):
        raise InvalidInput("grid", table, "must be a table", "write its axes below the line [grid]")
    spec = Spec(
        steps=_whole(1, 10**6)("steps", _present(given, "steps", "a line such as steps = 50")),
        seeds=_whole(1, _MOST_ROWS)("seeds", _present(given, "seeds", "a line such as seeds = 1000")),
        seed=_whole(0, 2**63 - 1)("seed", given.get("seed", 0)),
        tol=_number("above 0 and below 1", lambda x: 0 < x < 1, 1e-6)("tol", given["tol"]) if "tol" in given else None,
        grid=_grid(table),
    )
    if spec.configurations > _MOST_CONFIGURATIONS or spec.runs > _MOST_RUNS:
        size = f"{spec.configurations:,} configurations of {spec.seeds:,} seeds"
        rule = f"may have {_MOST_CONFIGURATIONS:,} configurations and {_MOST_RUNS:,} runs at most"
        raise InvalidInput("grid", size, rule, "give fewer values or seeds, or write several specs")
    entries = spec.runs * max(spec.steps + 1, *spec.grid.dimension)
    if entries > _MOST_ENTRIES:
        rule = f"must be at most {_MOST_ENTRIES:.0e} (runs times the larger of steps + 1 and dimension)"
        raise InvalidInput("the sweep's size", f"{entries:.1e}", rule, "give fewer steps, seeds or values")
    for problem in spec.grid.problem:
        each = len(spec.grid.cells(problem))
        if each * spec.seeds > _MOST_ROWS:
            rule = f"must be at most {_MOST_ROWS // each:,} with {each} methods and losses on an instance"
            raise InvalidInput("seeds", spec.seeds, rule, "give fewer, and a second spec with another seed")
    return spec


def _grid(table: Mapping[str, Any]) -> Grid:
    _known_keys("grid key", table, Grid.__dataclass_fields__)
    problem = _axis(table, "problem", _choice(METHODS))
    gaussian = GAUSSIAN in problem
    if "loss" in table and not gaussian:
        raise InvalidInput("grid.loss", table["loss"], f"is of {GAUSSIAN} alone", "leave it out")
    default: dict[str, Any] = {"loss": "softplus"} if gaussian else {"size": 1.0}
    table = default | dict(table)
    size = _number("from 1e-6 to below 1", lambda x: 1e-6 <= x < 1, 0.5) if gaussian else _POSITIVE
    loss = _axis(table, "loss", _loss) if gaussian else ()
    for name in METHODS[LEAST_SQUARES]:
        if gaussian and name not in METHODS[GAUSSIAN] and name in _values(table.get("method", ())):
            raise InvalidInput("grid.method", name, f"is of {LEAST_SQUARES} alone", "leave it out, or write two specs")
    shared = [name for name in METHODS[LEAST_SQUARES] if all(name in METHODS[one] for one in problem)]
    grid = Grid(
        problem=problem,
        dimension=_axis(table, "dimension", _whole(2, 10**4)),
        condition=_axis(table, "condition", _CONDITION),
        spectrum=_axis(table, "spectrum", _choice(SPECTRA)),
        start=_axis(table, "start", _choice(STARTS)),
        size=_axis(table, "size", size),
        loss=loss,
        method=_axis(table, "method", _choice(shared, f"of {' and '.join(problem)}")),
    )
    for name in grid.loss:
        _check_lengths(name, max(grid.size))
    return grid


def _check_lengths(loss: str, size: float) -> None:
    """|u^T v| <= |u|_{S^-1}, and the best length grows with it."""
    try:
        LengthTable(loss, size, size)
    except (InvalidInput, NoFiniteLength) as error:
        rule = f"leads to best lengths with the {loss} loss that one table does not hold"
        raise InvalidInput("grid.size", size, rule, "give a smaller one such as 0.9") from error


Check = Callable[[str, Any], Any]


def _axis(table: Mapping[str, Any], key: str, check: Check) -> tuple[Any, ...]:
    """The checked values of an axis, one or a list of them."""
    given = _present(table, key, f"an axis such as {_EXAMPLES[key]}", "grid.")
    values = tuple(check(f"grid.{key}", value) for value in _values(given))
    if not values:
        raise InvalidInput(f"grid.{key}", "[]", "must not be empty", f"give values such as {_EXAMPLES[key]}")
    if len(set(values)) < len(values):
        twice = next(value for value, count in Counter(values).items() if count > 1)
        raise InvalidInput(f"grid.{key}", twice, "stands there twice", "leave one out")
    return values


_EXAMPLES = {
    "problem": f'problem = "{LEAST_SQUARES}"',
    "dimension": "dimension = [20]",
    "condition": "condition = [10, 1e4]",
    "spectrum": 'spectrum = ["log-uniform"]',
    "start": 'start = ["generic", "worst-case"]',
    "size": "size = [0.5]",
    "loss": 'loss = ["softplus"]',
    "method": 'method = ["gd", "gdnp"]',
}


def _values(given: Any) -> list[Any]:
    """Of an axis: those of a list, or the one value."""
    return given if isinstance(given, list) else [given]


def _present(table: Mapping[str, Any], key: str, remedy: str, prefix: str = "") -> Any:
    if key not in table:
        raise InvalidInput(prefix + key, "(missing)", "must be in the spec", f"add {remedy}")
    return table[key]


def _known_keys(name: str, table: Mapping[str, Any], keys: Iterable[str]) -> None:
    for key in table:
        if key not in keys:
            raise unknown(name, key, keys)


def _choice(names: Iterable[str], whose: str = "") -> Check:
    valid = list(names)

    def check(name: str, value: Any) -> str:
        if value not in valid:
            raise unknown(f"{name} {whose}".rstrip(), value, valid)
        return str(value)

    return check


def _loss(name: str, value: Any) -> str:
    """The loss's own name: "logistic" is another one of "softplus"."""
    if value in LOSSES and value not in _SMOOTH_CONVEX:
        rule = "must be convex and without kinks, so that a minimum is known and one quadrature meets all runs"
        raise InvalidInput(name, value, rule, f"choose one of {', '.join(_SMOOTH_CONVEX)}")
    return LOSSES[_choice(_SMOOTH_CONVEX)(name, value)].name


def _whole(low: int, high: int) -> Check:
    def check(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            rule = f"must be a whole number from {low:,} to {high:,}"
            raise InvalidInput(name, _quoted(value), rule, f"give one such as {max(low, 20)}")
        return value

    return check


def _number(rule: str, holds: Callable[[float], bool], example: float) -> Check:
    def check(name: str, value: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not holds(value):  # nan and inf do not
            raise InvalidInput(name, _quoted(value), f"must be a number {rule}", f"give one such as {example:g}")
        return float(value)

    return check


def _quoted(value: Any) -> Any:
    """Text with the quotes that make it text."""
    return f'"{value}"' if isinstance(value, str) else value


_POSITIVE = _number("from 1e-6 to 1e6", lambda x: 1e-6 <= x <= 1e6, 1.0)
_CONDITION = _number(f"from 1 to {_MOST_CONDITION:g}", lambda x: 1 <= x <= _MOST_CONDITION, 100.0)

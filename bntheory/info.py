"""What is installed and what there is to run."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from typing import Any

from bntheory import __version__
from bntheory.provenance import installed_version

_CORE = ("numpy", "scipy", "sympy", "matplotlib", "hypothesis", "rich", "jinja2", "latex2mathml")
#: Extra: (distribution, module) whose presence tells.
_EXTRAS = {
    "data": ("scikit-learn", "sklearn"),
    "deep": ("torch", "torch"),
    "certify": ("python-flint", "flint"),
    "distributed": ("distributed", "distributed"),
    "completion": ("shtab", "shtab"),
}


def information() -> dict[str, Any]:
    """Versions of the package and of what it stands on, extras (None where absent), stems, methods and losses."""
    from bntheory.losses import LOSSES
    from bntheory.methods import METHODS
    from bntheory.stems import STEMS

    return {
        "bntheory": __version__,
        "python": platform.python_version(),
        "packages": {name: installed_version(name) for name in _CORE},
        "extras": {
            name: installed_version(package) if find_spec(module) else None
            for name, (package, module) in _EXTRAS.items()
        },
        "stems": list(STEMS),
        "methods": list(METHODS),
        "losses": sorted(LOSSES),
    }


def print_information(facts: dict[str, Any]) -> None:
    """The facts, one a line."""
    print(f"bntheory {facts['bntheory']} on Python {facts['python']}")
    print("packages   " + ", ".join(f"{name} {number}" for name, number in facts["packages"].items()))
    for name, number in facts["extras"].items():
        wanting = f"absent: pip install 'bntheory[{name}]'"
        print(f"extra {name:12} {_EXTRAS[name][0]} {number or wanting}")
    for kind in ("stems", "methods", "losses"):
        print(f"{kind:10} {', '.join(facts[kind])}")

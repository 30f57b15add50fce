"""bntheory: verifies, refutes and measures the convergence theory of Batch Normalization.

The names below are imported when they are first used, so that `import bntheory` costs nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # that of typing, which `--help` need not load
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

# In a checkout, experiments/, paper_figs/ and proofs/ stand beside this folder; in a wheel they lie inside it.
_HERE = os.path.dirname(os.path.abspath(__file__))
if not os.path.isdir(os.path.join(_HERE, "experiments")):
    __path__.append(os.path.dirname(_HERE))

_HOME = {
    "run": "trace",
    "Trace": "trace",
    "minimize": "optimize",
    "LeastSquares": "problems",
    "GaussianHalfspace": "problems",
    "SampledHalfspace": "problems",
    "OneHiddenLayer": "problems",
    "GaussianOneHiddenLayer": "problems",
    "GradientDescent": "methods",
    "AcceleratedGradient": "methods",
    "BatchNormGradient": "methods",
    "GDNP": "methods",
    "AlternatingGDNP": "methods",
    "WhitenedGDNP": "methods",
    "LBFGS": "methods",
    "ConjugateGradient": "methods",
    "fit_linear_rate": "rates",
    "fit_power_rate": "rates",
    "choose_rate": "rates",
    "InvalidInput": "errors",
}
__all__ = [*_HOME, "__version__"]  # noqa: PLE0604 (the keys are strings)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"bntheory.{_HOME[name]}"), name)
    raise AttributeError(f"module 'bntheory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

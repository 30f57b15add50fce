"""What must be set aside for a search that repeats itself and leaves no traces.

Warnings of floats that only rank are not the user's. Hypothesis keeps files in a folder `.hypothesis` of the working
folder, and mixes the constants of whatever local modules are loaded into its draws; its settings for the test around
a search, if there is one, would refuse the search. All of it is put back afterwards. It belongs to the process, not to
a thread: one search at a time.
"""

from __future__ import annotations

import gc
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import RLock
from typing import Any

import numpy as np

_ONE_AT_A_TIME = RLock()


@contextmanager
def isolated() -> Iterator[None]:
    """Within it, floats and Hypothesis are quiet, and draws depend on their seed alone."""
    with _ONE_AT_A_TIME, ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(np.errstate(all="ignore"))
        _collect_seldom(stack)
        _set_home_aside(stack)
        _set_local_constants_aside(stack)
        _permit_nesting(stack)
        yield


def _collect_seldom(stack: ExitStack) -> None:
    """A search makes many small objects and hardly a cycle: looking for those cost a tenth of it."""
    stack.callback(gc.set_threshold, *gc.get_threshold())
    gc.set_threshold(100_000, 50, 100)


def _set_home_aside(stack: ExitStack) -> None:
    from hypothesis import configuration

    before = vars(configuration).get("__hypothesis_home_directory")
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bntheory-"))
    stack.callback(configuration.set_hypothesis_home_dir, before)
    configuration.set_hypothesis_home_dir(folder)


def _set_local_constants_aside(stack: ExitStack) -> None:
    """Newer versions have them; one without them, or with others, is left as it is."""
    try:
        from hypothesis.internal.conjecture import providers

        nothing, own = type(providers.GLOBAL_CONSTANTS)(), _constants_cache()
        gather = providers._get_local_constants
    except (ImportError, AttributeError, TypeError):
        return
    stack.callback(setattr, providers, "_get_local_constants", gather)
    stack.callback(setattr, providers, "CONSTANTS_CACHE", providers.CONSTANTS_CACHE)
    vars(providers).update(_get_local_constants=lambda: nothing, CONSTANTS_CACHE=own)


@cache
def _constants_cache() -> Any:
    """Which constants fit which constraints, apart from those of other runs of Hypothesis."""
    from hypothesis.internal.conjecture import providers

    return type(providers.CONSTANTS_CACHE)(1024)


def _permit_nesting(stack: ExitStack) -> None:
    """A test of Hypothesis that calls a search objects by its own settings to a run within a run."""
    from hypothesis import HealthCheck, settings

    try:
        from hypothesis._settings import local_settings
    except ImportError:
        return
    stack.enter_context(local_settings(settings(suppress_health_check=list(HealthCheck), database=None)))

"""The numbers a caller gives, as arrays of float64."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bntheory.errors import InvalidInput


def real_array(name: str, values: Any, order: Literal["C", "F"] = "C") -> NDArray[np.float64]:
    """The values as a float64 array, without a copy where they are one.

    Raises
    ------
    InvalidInput
        If they are complex (NumPy would drop the imaginary part with a warning), ragged, too large, or no numbers.
    """
    if hasattr(values, "dtype") and np.iscomplexobj(values):
        raise InvalidInput(name, "complex", "must be real", "give the real part, if the rest is rounding")
    try:
        return np.asarray(values, dtype=np.float64, order=order)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(
            name, "not an array of numbers", f"must hold real numbers ({error})", "convert it to float64"
        ) from error

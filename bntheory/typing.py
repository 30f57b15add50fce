"""The array types that signatures are written with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
"""A float64 array of shape (d,) or (n,)."""

Matrix: TypeAlias = NDArray[np.float64]
"""A float64 array of shape (d, d) or (n, d)."""

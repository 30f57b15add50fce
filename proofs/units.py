"""A unit in symbols: the case that stands for every batch of every size."""

from __future__ import annotations

from typing import Any

from bntheory.cases import Unit
from bntheory.gram import Space

EVERY_UNIT = (
    "inner products of vectors in R^m satisfy every identity that holds for indeterminates"
    " (what is shown holds wherever s > 0)"
)


def general_unit(eps: int | None = None, scalars: str = "", vectors: str = "", positive: str = "") -> Unit:
    """y, g, v, H, gamma, beta of an unspecified batch size m; eps >= 0 unspecified too, or the number given.

    s > 0 is a scalar of its own, with m (s^2 - eps) = |y - mean 1|^2: the definition of s^2 = sigma^2 + eps.
    Further scalars and vectors are put into the same space, ``y.space``.
    """
    space = Space(f"mean s eps gamma beta {scalars}", f"y g v {vectors}", operators="H", positive=f"s {positive}")
    mean, s, free, gamma, beta = space.scalars("mean s eps gamma beta")
    y, g, v = space.vectors("y g v")
    chosen: Any = free if eps is None else eps
    space.let("1", "y", space.dimension * mean)
    space.let("y", "y", space.dimension * (s**2 - chosen + mean**2))
    return Unit(y, g, gamma, beta, chosen, space.operator("H"), v)

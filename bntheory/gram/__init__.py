"""Vectors of an inner product space of any dimension, as formal combinations of generators.

Knows nothing of Batch Normalization. A `Space` has named scalars, generators and symmetric operators. A vector is a
linear combination of generators with rational functions for coefficients; the inner product of two generators is an
indeterminate of its own, or the value it was given; <a, H b> of a symmetric operator H likewise, with
<a, H b> = <b, H a>. Everything lives in one field of rational functions (SymPy's sparse one), where "is zero" is a
decision on a canonical form: an identity that holds here holds in every dimension, wherever no denominator vanishes.

The vector ``1`` of ones stands for NumPy's broadcasting: v + c means v + c 1, v.sum() means <1, v>. Entrywise
products v * w exist only to be summed. So formulas written for arrays of shape (m,) run here unchanged.
"""

from bntheory.gram.field import Scalar, UndecidedSign
from bntheory.gram.space import Operator, Space, Vector

__all__ = ["Operator", "Scalar", "Space", "UndecidedSign", "Vector"]

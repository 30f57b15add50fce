"""The 8x8 digits of scikit-learn as tensors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from bntheory.errors import MissingExtra

_TRAINING = 1437


class Images(NamedTuple):
    """Training and test set: x of shape (n, 1, 8, 8), mean 0 and variance 1 over the training set; labels 0 to 9."""

    x: torch.Tensor
    y: torch.Tensor
    test_x: torch.Tensor
    test_y: torch.Tensor

    def first(self, n: int) -> Images:
        """The same with n training images only."""
        return self._replace(x=self.x[:n], y=self.y[:n])


def digits(dtype: torch.dtype = torch.float32) -> Images:
    """1437 training and 360 test images, in an order that is always the same.

    Raises
    ------
    MissingExtra
        scikit-learn is absent.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtra("scikit-learn", "data", "the digits") from error
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    x = torch.tensor(data.images[order], dtype=dtype)[:, None]
    y = torch.tensor(data.target[order], dtype=torch.int64)
    x = (x - x[:_TRAINING].mean()) / x[:_TRAINING].std()
    return Images(x[:_TRAINING], y[:_TRAINING], x[_TRAINING:], y[_TRAINING:])

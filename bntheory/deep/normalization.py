"""Normalizations of a layer's outputs over a batch: BN, l_p, and noise after BN."""

from __future__ import annotations

import torch
from torch import nn

EPS = 1e-5


class BatchNorm(nn.BatchNorm1d):
    """torch's own batch normalization, of outputs (n, units) and of channels (n, channels, ...) alike."""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Any shape (n, units, ...) will do."""

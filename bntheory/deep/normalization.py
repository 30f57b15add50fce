"""Normalizations of a layer's outputs over a batch, BN and l_p; controls: BN of constant statistics, or none."""

from __future__ import annotations

import math

import torch
from torch import nn

from bntheory.errors import unknown

EPS = 1e-5
MOMENTUM = 0.1


class BatchNorm(nn.BatchNorm1d):
    """torch's own batch normalization, of outputs (n, units) and of channels (n, channels, ...) alike."""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Any shape (n, units, ...) will do."""


class LpNorm(nn.Module):
    """l_p normalization of outputs (n, units) or channels (n, channels, ...): gamma (y - mean)/(s + eps) + beta.

    The mean and s are a unit's own, over the batch (and a channel's pixels). s is the average l_p norm of y before
    the mean is taken away, as the source has it: the mean of |y|, the root of the mean of y^2, the largest |y|.
    So the variance is not fixed, and p = 2 is not BN. In eval mode the running averages take their place.

    Parameters
    ----------
    units : int
    p : float
        1, 2 or inf.

    Raises
    ------
    InvalidInput
        `p` is none of them.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, units: int, p: float) -> None:
        super().__init__()
        if p not in (1.0, 2.0, math.inf):
            raise unknown("p", str(p), ("1", "2", "inf"))
        self.p = p
        self.gamma = nn.Parameter(torch.ones(units))
        self.beta = nn.Parameter(torch.zeros(units))
        self.register_buffer("mean", torch.zeros(units))
        self.register_buffer("scale", torch.ones(units))

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """The normalized outputs, of y's shape."""
        mean, scale = self._statistics(y) if self.training else (self.mean, self.scale)
        shape = (1, -1, *(1 for _ in y.shape[2:]))
        factor = self.gamma / (scale + EPS)
        return y * factor.view(shape) + (self.beta - mean * factor).view(shape)

    def _statistics(self, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and average norm, each of shape (units,); they move the running averages."""
        over = [axis for axis in range(y.ndim) if axis != 1]
        mean = y.mean(over)
        if self.p == 1.0:
            scale = y.abs().mean(over)
        elif self.p == 2.0:
            scale = (y * y + EPS**2).mean(over).sqrt()  # inside the root: a gradient also for a dead unit
        else:
            scale = y.abs().amax(over)
        with torch.no_grad():
            self.mean.lerp_(mean, MOMENTUM)
            self.scale.lerp_(scale, MOMENTUM)
        return mean, scale


class ScaleAndShift(nn.Module):
    """gamma y + beta for each unit or channel, and nothing normalized: what is left of BN without its statistics."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(units))
        self.beta = nn.Parameter(torch.zeros(units))

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """The scaled and shifted outputs, of y's shape."""
        shape = (1, -1, *(1 for _ in y.shape[2:]))
        scaled: torch.Tensor = y * self.gamma.view(shape) + self.beta.view(shape)
        return scaled


class ConstantStatistics(nn.Module):
    """The batch's mean and standard deviation as in train mode, but no derivative goes through them: a control."""

    def __init__(self, norm: BatchNorm) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """gamma (y - mean)/s + beta, of shape (n, units)."""
        mean, s = y.mean(0).detach(), (y.var(0, correction=0) + self.norm.eps).sqrt().detach()
        found: torch.Tensor = self.norm.weight * (y - mean) / s + self.norm.bias
        return found


def without_paths(network: nn.Sequential) -> nn.Sequential:
    """The same layers and parameters, with `ConstantStatistics` in place of each `BatchNorm`."""
    return nn.Sequential(*(ConstantStatistics(m) if isinstance(m, BatchNorm) else m for m in network))

"""E1 against the batch normalization of torch."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")


def test_a_normalized_unit_is_the_unit_with_the_reparametrized_weight():
    rng = np.random.default_rng(0)
    X, w, gamma, beta = rng.standard_normal((50, 4)), rng.standard_normal(4), -1.3, 0.4
    X -= X.mean(axis=0)
    S = X.T @ X / 50
    w_tilde = gamma * w / np.sqrt(w @ S @ w)
    layer = torch.nn.BatchNorm1d(1, eps=1e-30, dtype=torch.float64)
    torch.nn.init.constant_(layer.weight, gamma)
    torch.nn.init.constant_(layer.bias, beta)
    outputs = layer(torch.tensor(X @ w)[:, None]).detach().numpy().ravel()
    np.testing.assert_allclose(outputs, X @ w_tilde + beta, atol=1e-13)

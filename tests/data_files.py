"""Data files that the tests write, and the message with which one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bntheory.data import load
from bntheory.errors import InvalidInput

UNCENTRED = "columns are taken as they are; the theory assumes E[x] = 0"

SMALL = "a,b,label\n1,5,no\n2,5,yes\n4,5,yes\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path | str, **options: Any) -> str:
    """The message of the refusal, which must be one line."""
    with pytest.raises(InvalidInput) as caught:
        load(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message

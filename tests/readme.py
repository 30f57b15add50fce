"""The README as a user reads it: its files, and its commands with what they print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

README = Path(__file__).parent.parent / "README.md"
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)
#: What counts as a command within prose.
_INLINE = re.compile(r"`(?P<inline>(?:bntheory|make|dask|python -m) [^`]+)`")


def fences(text: str) -> set[str]:
    """The languages of all fenced code."""
    return {*re.findall(r"^```(\w*)\n.*?^```$", text, re.M | re.S)}


class Command(NamedTuple):
    """A line without its comment, and what the README shows that it prints (None: nothing is shown)."""

    line: str
    shown: str | None = None


def units(text: str) -> list[list[Command]]:
    """The commands of each console block, and each command of prose alone, in the README's order."""
    found = []
    for match in re.finditer(f"{_BLOCK.pattern}|{_INLINE.pattern}", text, re.M | re.S):
        if match["inline"]:
            found.append([Command(" ".join(match["inline"].split()))])
        elif match["language"] == "console":
            found.append(commands(match["code"]))
    return found


def commands(block: str) -> list[Command]:
    """Those of a console block: of a transcript the lines with a prompt, else every line."""
    if not block.startswith("$ "):
        return [Command(_without_comment(line)) for line in block.splitlines() if line.strip()]
    _, *pieces = re.split(r"^\$ (.+)\n", block, flags=re.M)
    return [Command(_without_comment(line), shown) for line, shown in zip(pieces[::2], pieces[1::2], strict=True)]


def _without_comment(line: str) -> str:
    return re.sub(r"\s+#.*", "", line)


def write_files(folder: Path, text: str) -> None:
    """The files that the README shows, each named in its first line, and a `patients.csv` with a column `outcome`."""
    for code in re.findall(r"^```\w+\n(# \w+\.\w+\n.*?)^```$", text, re.M | re.S):
        (folder / code.splitlines()[0].removeprefix("# ")).write_text(code)
    rng = np.random.default_rng(0)
    age, pressure = rng.normal(60, 12, 300).round(), rng.normal(130, 15, 300).round(1)
    ill = age + pressure + rng.normal(0, 20, 300) > 190
    rows = (f"{a:g},{p},{'ill' if i else 'well'}" for a, p, i in zip(age, pressure, ill, strict=True))
    (folder / "patients.csv").write_text("\n".join(["age,pressure,outcome", *rows]) + "\n")

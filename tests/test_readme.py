"""What the README prints is what the code prints, and what it names exists."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from bntheory.stems import STEMS

README = Path(__file__).parent.parent / "README.md"


def test_the_example_prints_what_it_says():
    outcome = doctest.testfile(str(README), module_relative=False)
    assert outcome.attempted >= 8
    assert outcome.failed == 0


def test_every_experiment_is_listed():
    assert tuple(re.findall(r"^\| `(\w+)` \|", README.read_text(), re.M)) == STEMS

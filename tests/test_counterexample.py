"""The pytest that `bntheory refute` writes: it passes while the statement is violated, and fails once it is mended."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction

import pytest
from statements import false

from bntheory.claim_file import load
from bntheory.claims import statement
from bntheory.cli import main
from bntheory.counterexample import explain, pytest_source
from bntheory.falsify import Decision, decide, falsify

MINE = """\
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from beside import Scale
from hypothesis import strategies as st

from bntheory.claim import Statement, Truth
from bntheory.numbers import exp, sqrt

NUMBERS = st.integers(-20, 20).map(lambda n: Fraction(n, 4))


@dataclass(frozen=True)
class Data:
    x: np.ndarray
    scale: Scale


DATA = st.builds(Data, st.lists(NUMBERS, min_size=2, max_size=3).map(lambda x: np.array(x, dtype=object)),
                 st.builds(Scale, st.integers(1, 3)))


def norms(data):
    x = data.x * data.scale.by
    return sqrt(x @ x), abs(x).max()


CLAIMS = (
    Statement("my.norms", r"\\|x\\|_2 \\le \\|x\\|_\\infty", Truth.FALSE, DATA, norms),
    Statement("my exp/log", "two\\nlines", Truth.FALSE, NUMBERS, lambda x: (exp(x), 2 + x)),
    Statement("my.true", "0 <= x^2", Truth.TRUE, NUMBERS, lambda x: (0, x * x)),
)
"""
BESIDE = "from dataclasses import dataclass\n\n\n@dataclass\nclass Scale:\n    by: int\n"


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "it's").mkdir()
    path = tmp_path / "it's" / "mine.py"
    path.write_text(MINE)
    (path.parent / "beside.py").write_text(BESIDE)
    return path


def run_pytest(path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=path.parent, check=False)


def test_a_users_counterexamples_are_reproduced_until_the_file_is_mended(mine, tmp_path, capsys):
    assert main(["refute", str(mine), "--examples", "50"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "bntheory: my.true: no counterexample in 41 cases, worst ratio 0\n"
    target = tmp_path / "elsewhere" / "test_mine.py"
    target.parent.mkdir()
    target.write_text(captured.out)
    tests = [node.name for node in ast.parse(captured.out).body if isinstance(node, ast.FunctionDef)]
    assert tests == ["test_my_norms_is_violated", "test_my_exp_log_is_violated"]
    assert "    # two\n    # lines\n" in captured.out
    outcome = run_pytest(target)
    assert "2 passed" in outcome.stdout, outcome.stdout
    mine.write_text(MINE.replace("abs(x).max()", "abs(x).sum()"))
    outcome = run_pytest(target)
    assert "1 failed, 1 passed" in outcome.stdout, outcome.stdout


def test_a_counterexample_of_the_package_is_reproduced(tmp_path, capsys):
    assert main(["refute", "c3.mutant.drop-mean", "--examples", "20"]) == 0
    target = tmp_path / "test_it.py"
    target.write_text(capsys.readouterr().out)
    assert 'statement("C3.mutant.drop-mean")' in target.read_text().replace("'", '"')
    outcome = run_pytest(target)
    assert "1 passed" in outcome.stdout, outcome.stdout
    # on the corrected statement the same case is no counterexample, and the test says so
    target.write_text(target.read_text().replace("C3.mutant.drop-mean'", "C3.corrected'"))
    assert "1 failed" in run_pytest(target).stdout


def test_rational_sides_are_asserted_and_others_only_their_order(mine):
    file = load(mine)
    exponential, half = file.statement("my exp/log"), Fraction(-1, 2)
    rational = Decision(True, half, Fraction(5, 2), 2, "rational")
    source = pytest_source([(exponential, rational)], file)
    assert "    case = Fraction(-1, 2)\n" in source
    assert "    assert decision.lhs == Fraction(5, 2)\n    assert decision.rhs == 2\n" in source
    digits = decide(exponential, Fraction(-3))
    source = pytest_source([(exponential, digits)], file)
    assert source.rstrip().endswith("assert decision.violated")
    assert "# lhs = 0.049787068367863942979... > rhs = -1 (50 digits)" in source


def test_what_cannot_be_written_is_a_comment():
    @dataclass(frozen=True)
    class Local:
        x: int

    source = pytest_source([(false(), Decision(True, Local(3), 3, 2, "rational"))])
    assert [type(node) for node in ast.parse(source).body] == [ast.ImportFrom, ast.ImportFrom]
    assert "# it.false: the class " in source
    assert "# x = 3\n# lhs = 3 > rhs = 2 (rational arithmetic)" in source


INJECTED = "x\nassert False, 'injected'\n#"


def test_text_in_a_case_cannot_leave_its_comment(monkeypatch):
    def source(case):
        return pytest_source([(false(), Decision(True, case, 51, 50, "rational"))])

    def asserts(text):
        [test] = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        return [ast.unparse(node) for node in test.body if isinstance(node, ast.Assert)]

    wanted = ["assert decision.violated", "assert decision.lhs == 51", "assert decision.rhs == 50"]
    for case in (INJECTED, {INJECTED: INJECTED}, [INJECTED]):
        assert asserts(source(case)) == wanted
    monkeypatch.setattr("bntheory.counterexample.readable", str)  # however a value is written
    assert asserts(source(INJECTED)) == wanted


def test_tests_of_like_names_are_told_apart():
    decision = Decision(True, 51, 51, 50, "rational")
    source = pytest_source([(false("a.b"), decision), (false("a-b"), decision)])
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    assert names == ["test_a_b_is_violated", "test_a_b_is_violated_1"]


def test_an_equality_is_explained_with_its_own_sign():
    mutant = statement("C3.mutant.drop-mean")
    case, sides = explain(mutant, falsify(mutant, examples=10).witness)
    assert case.startswith("y = [")
    assert " != rhs = " in sides

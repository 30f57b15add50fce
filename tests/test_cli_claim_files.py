"""check and refute on users' files: inequalities are decided, broken ones named, nothing is left behind."""

from __future__ import annotations

import json
import sys

import pytest

from bntheory.cli import main

HEAD = """\
from hypothesis import strategies as st
from bntheory.claim import Claim, Statement, Truth
from bntheory.numbers import exp, sqrt
from fractions import Fraction

N = st.integers(1, 1000)
Q = st.integers(-400, 400).map(lambda n: Fraction(n, 20))

"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def write_file(text, name="mine.py"):
        (tmp_path / name).write_text(HEAD + text)
        return name

    yield write_file
    for name, module in list(sys.modules.items()):  # all others stay: NumPy cannot be loaded twice
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_a_users_file_is_decided(write, tmp_path, capsys):
    name = write("""
P = st.tuples(N.map(Fraction), N.map(Fraction))
CLAIMS = (
    Statement("my.means", "", Truth.TRUE, P, lambda p: (sqrt(p[0] * p[1]), (p[0] + p[1]) / 2)),
    Statement("my.wrong-means", "", Truth.TRUE, P, lambda p: ((p[0] + p[1]) / 2, sqrt(p[0] * p[1]))),
    Statement("my.tangent", "", Truth.TRUE, Q, lambda x: (1 + x, exp(x))),
    Statement("my.wrong-tangent", "", Truth.TRUE, Q, lambda x: (1 + 2 * x, exp(x))),
    Statement("my.thin", "x < 777 or x > 777", Truth.TRUE, P, lambda p: (1, abs(p[0] - 777))),
    Statement("my.doubled", "", Truth.TRUE, N, lambda n: (n + n, 2 * n), relation="=="),
)
""")
    assert main(["check", name, "--json"]) == 1
    captured = capsys.readouterr()
    outcomes = {entry["id"]: entry["statements"][0] for entry in json.loads(captured.out)["claims"]}
    assert {name: entry["outcome"] for name, entry in outcomes.items()} == {
        "my.means": "held",
        "my.wrong-means": "refuted",
        "my.tangent": "held",
        "my.wrong-tangent": "refuted",
        "my.thin": "refuted",
        "my.doubled": "held",
    }
    assert outcomes["my.thin"]["witness"]["case"].startswith("(777, ")
    assert outcomes["my.wrong-means"]["witness"]["lhs"].count("/") <= 1
    assert outcomes["my.means"]["worst"] == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["mine.py"]
    assert "my.thin: declared true, came out refuted at (777, " in captured.err


def test_broken_statements_are_named_and_the_rest_is_checked(write, capsys):
    name = write("""
def raising(x):
    raise KeyError("no such key")

CLAIMS = [
    3,
    Statement("my.good", "", Truth.TRUE, N, lambda x: (x, x * x)),
    Statement("my.raises", "", Truth.TRUE, N, raising),
    Statement("my.nothing", "", Truth.TRUE, st.nothing(), lambda x: (x, x)),
    Statement("my.nan", "", Truth.TRUE, N, lambda x: (x, float("nan"))),
    Statement("my.infinite", "", Truth.TRUE, N, lambda x: (x, float("inf"))),
    Statement("my.truth", "", True, N, lambda x: (x, x)),
    Statement("my.list", "", Truth.TRUE, [1, 2], lambda x: (x, x)),
    Claim("my.claim", "", "", (), Statement("my.printed", "", Truth.TRUE, N, lambda x: (x, x)), 5, (), None, None),
]
""")
    assert main(["check", name, "--examples", "50", "--json"]) == 2
    captured = capsys.readouterr()
    outcomes = {
        one["id"]: one["outcome"] for entry in json.loads(captured.out)["claims"] for one in entry["statements"]
    }
    assert {name for name, outcome in outcomes.items() if outcome == "held"} == {"my.good", "my.printed"}
    assert set(outcomes.values()) == {"held", "undecided"}
    problems = [line for line in captured.err.splitlines() if line.startswith("bntheory: ")]
    expected = {
        "CLAIMS[0]": "is a int; make it a bntheory.claim.Statement",
        "my.raises": "sides raise KeyError",
        "my.nothing": "cases yields nothing",
        "my.nan": "rhs is nan",
        "my.infinite": "rhs is inf",
        "my.truth": "truth = True: must be a Truth",
        "my.list": "cases = [1, 2]: must be a Hypothesis strategy",
        "my.claim.corrected": "is a int",
    }
    assert len(problems) == len(expected)
    for (name, message), line in zip(expected.items(), problems, strict=True):
        assert line.startswith(f"bntheory: {name}: declared ")
        assert message in line


def test_what_a_file_prints_does_not_spoil_the_json(write, capsys):
    name = write("""
def noisy(x):
    print("side")
    return x, x

print("loading")
CLAIMS = (Statement("a", "", Truth.TRUE, N, noisy), Statement("b", "", Truth.FALSE, N, lambda x: (x, 5)))
""")
    for command in ("check", "refute"):
        assert main([command, name, "--examples", "2", "--json"]) == 0
        captured = capsys.readouterr()
        json.loads(captured.out)
        assert "loading" in captured.err


def test_two_files_may_use_the_same_ids(write, capsys):
    first = write("CLAIMS = (Statement('a', '', Truth.TRUE, N, lambda x: (x, x)),)")
    second = write("CLAIMS = (Statement('a', '', Truth.TRUE, N, lambda x: (x, 3)),)", "other.py")
    assert main(["check", first, second, "--examples", "10", "--json"]) == 1
    assert [entry["level"] for entry in json.loads(capsys.readouterr().out)["claims"]] == ["tested", "refuted"]


def test_a_file_named_twice_is_checked_once(write, tmp_path, capsys):
    name = write("CLAIMS = (Statement('a', '', Truth.TRUE, N, lambda x: (x, x)),)")
    assert main(["check", name, f"./{name}", str(tmp_path / name), "--examples", "10"]) == 0
    assert "1 checked: 1 as declared" in capsys.readouterr().out


def test_a_claim_cannot_borrow_a_proof_by_its_name(write, capsys):
    name = write("""
from bntheory.claims import claim

def named(name, printed):
    return Claim(name, "", "", (), printed, None, (), "gradient_bound", None)

CLAIMS = (
    named("borrowed", Statement("C3.printed", "", Truth.TRUE, N, lambda x: (x, x * x))),
    named("shared", claim("C3").main),
)
""")
    assert main(["check", name, "--examples", "10", "--json"]) == 1
    captured = capsys.readouterr()
    assert {entry["id"]: entry["level"] for entry in json.loads(captured.out)["claims"]} == {
        "borrowed": "tested",
        "shared": "proved",
    }
    problems = [line for line in captured.err.splitlines() if line.startswith("bntheory: ")]
    assert problems == ["bntheory: borrowed: its proof does not derive C3.printed"]


def test_refute_says_what_it_did_not_find(write, capsys):
    assert main(["refute", write("CLAIMS = (Statement('a', '', Truth.TRUE, N, lambda x: (x, x * x)),)")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "bntheory: a: no counterexample in 2000 cases, worst ratio 1\n"
    assert main(["refute", write("CLAIMS = (Statement('a', '', Truth.TRUE, N, lambda x: x),)")]) == 2
    assert "bntheory: a: declared true, came out undecided: sides must return two numbers" in capsys.readouterr().err

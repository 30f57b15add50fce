"""Users' claim files: what is in them is found, and what is wrong with them is said in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bntheory.claim import Statement
from bntheory.claim_file import load
from bntheory.errors import InvalidInput

HEAD = """\
from hypothesis import strategies as st
from bntheory.claim import Claim, Statement, Truth

def one(name, **changes):
    return Statement(name, "x <= x^2", Truth.TRUE, st.integers(1, 9), lambda x: (x, x * x), **changes)
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a claim file; path and modules are as before afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def write_file(text, name="mine.py", head=HEAD):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(head + text)
        return path

    yield write_file
    for name, module in list(sys.modules.items()):  # all others stay: NumPy cannot be loaded twice
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_claims_and_bare_statements_are_found(write):
    path = write("CLAIMS = [one('my.bare'), Claim('my', 't', 's', (), one('my.printed'), None, (), None, None)]")
    file = load(path)
    assert [claim.id for claim in file.claims] == ["my.bare", "my"]
    assert file.claims[0].title == "x <= x^2"
    assert file.claims[0].source == "mine.py"
    assert file.statement("my.printed").sides(3) == (3, 9)
    with pytest.raises(InvalidInput, match=r"statement = my\.print: .* did you mean my\.printed\?"):
        file.statement("my.print")


BAD = {
    "no CLAIMS": ("x = 1", "has no CLAIMS"),
    "empty CLAIMS": ("CLAIMS = ()", "has no claim in CLAIMS"),
    "one statement": ("CLAIMS = one('a')", "has CLAIMS of type Statement, which must be a tuple or list"),
    "syntax": ("CLAIMS = (one('a')", r"is not valid Python in line 6 \('\(' was never closed\)"),
    "null byte": ("CLAIMS = '\0'", "is not valid Python"),
    "raises": ("\n1 / 0", "raises ZeroDivisionError in line 7: division by zero"),
    "raises below": ("one()", r"raises TypeError in line 6: one\(\) missing 1 required positional argument"),
    "long message": (
        "raise KeyError('a\\nb')",
        r"raises KeyError in line 6: 'a\\nb'; run python .*mine.py to see where",
    ),
    "lines": ("raise ValueError('a\\nb')", "raises ValueError in line 6: a b; "),
    "exits": ("raise SystemExit(0)", "raises SystemExit in line 6: 0"),
    "absent import": (
        "import no_such_module",
        "raises ModuleNotFoundError in line 6: No module named 'no_such_module'",
    ),
    "relative import": ("from . import neighbour", "raises ImportError in line 6: attempted relative import"),
    "same claims": ("CLAIMS = (one('a'), one('a'))", "has the id a 2 times"),
    "same statements": (
        "c = [Claim(name, 't', 's', (), one('p'), None, (), None, None) for name in 'ab']\nCLAIMS = tuple(c)",
        "has the id p 2 times",
    ),
    "no id": ("CLAIMS = (one('a'), one(3))", r"has 3 as the id of CLAIMS\[1\], which must be a name"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_in_one_line(case, write):
    text, message = BAD[case]
    path = write(text)
    with pytest.raises(InvalidInput, match=message) as refusal:
        load(path)
    assert str(refusal.value).startswith(f"file = {path}: ")
    assert "\n" not in str(refusal.value)


def test_absent_and_other_files_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("CLAIMS = ()")
    (tmp_path / "folder.py").mkdir()
    for name, message in [
        ("none.py", "cannot be read .No such file"),
        ("notes.txt", "is not a Python file"),
        ("folder.py", "cannot be read .Is a directory"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            load(tmp_path / name)


def test_an_entry_of_another_type_does_not_hide_the_rest(write):
    path = write("bad = Claim('my', 't', 's', (), None, None, one('my.m'), None, None, readings=None)\n"
                 "CLAIMS = (3, one('a'), bad)")  # fmt: skip
    number, bare, bad = load(path).claims
    assert number.id == "CLAIMS[0]"
    assert bare.id == "a"
    assert [getattr(part, "id", part) for part in bad.statements] == [None, None, "my.m"]


def test_dataclasses_and_neighbours_work_and_nothing_is_written(write, tmp_path, capsys):
    write("SHIFT = 5", "beside.py", head="")
    path = write(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass, field\n"
        "import beside\n"
        "print('hello')\n"
        "@dataclass(frozen=True)\nclass Point:\n    x: int\n    y: list[int] = field(default_factory=list)\n"
        "def sides(point):\n    import later\n    return point.x, point.x + beside.SHIFT + later.MORE\n"
        + HEAD
        + "CLAIMS = (Statement('p', '', Truth.TRUE, st.builds(Point, st.integers()), sides),)",
        head="",
    )
    write("MORE = 1", "later.py", head="")
    file = load(path)
    assert file.claims[0].printed.sides(file.module.Point(1)) == (1, 7)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["beside.py", "later.py", "mine.py"]
    assert capsys.readouterr() == ("", "hello\n")


def test_neighbours_of_two_files_are_not_mixed_up(write, tmp_path):
    for folder in ("a", "b"):
        write(f"NAME = {folder!r}", f"{folder}/beside.py", head="")
        write("import beside\nCLAIMS = (one(beside.NAME),)", f"{folder}/mine.py")
    assert load(tmp_path / "a" / "mine.py").claims[0].id == "a"
    with pytest.raises(InvalidInput, match=r"has a neighbour beside\.py that is hidden by .*/a/beside\.py"):
        load(tmp_path / "b" / "mine.py")


def test_a_file_that_was_mended_is_read_anew(write):
    assert load(write("CLAIMS = (one('a'),)")).claims[0].id == "a"
    assert load(write("CLAIMS = (one('b'),)")).claims[0].id == "b"


def test_the_loader_leaves_numbers_alone_until_they_are_needed():
    code = "import sys, bntheory.claim_file; print({'hypothesis', 'sympy', 'rich'} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"
    assert Statement.__module__ == "bntheory.claim"

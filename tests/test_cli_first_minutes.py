"""What a newcomer types first: nothing, a slip of the finger, `demo`, a completion script."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from fractions import Fraction

import pytest

from bntheory import demo
from bntheory.cli import _parser, main
from bntheory.errors import MissingExtra
from bntheory.ledger import declared_verdict, tasks


def test_no_command_says_what_this_is_and_three_things_to_try(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    commands = re.findall(r"^  bntheory (\w+)", shown, re.M)
    assert commands == ["demo", "show", "reproduce"]
    for line in re.findall(r"^  bntheory (.+?)   ", shown, re.M):
        _parser().parse_args(line.split())


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["chekc"], "check"),
        (["reproduse"], "reproduce"),
        (["run", "ols_rate", "--stpes", "3"], "--steps"),
        (["check", "--exmaples=3"], "--examples"),
        (["sweep", "a.toml", "--sheduler", "tcp://h:1"], "--scheduler"),
        (["completion", "bsh"], "bash"),
    ],
)
def test_a_slip_gets_the_nearest_name(arguments, near, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.endswith(f"; did you mean {near}?")
    assert "choose from" not in line


def test_what_is_near_nothing_gets_the_list(capsys):
    with pytest.raises(SystemExit):
        main(["xyzzy"])
    assert "choose from 'list', 'show'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["check", "--qqqq"])
    assert capsys.readouterr().err.endswith("--help after the command lists its options\n")


def test_the_demonstration_shows_a_rate_beside_its_bound_a_witness_and_a_figure(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    rows = {
        method: (float(factor), float(bound))
        for method, factor, bound, _ in re.findall(r"^(\w+)\t(.*)\t(.*)\t(.*)$", shown, re.M)
        if method != "method"
    }
    assert set(rows) == {"gd", "gdnp"}
    assert rows["gdnp"][0] < rows["gd"][0]
    refuted, theorem = re.search(
        r"^ +The source calls plain gradient descent sub-linear \((\w+)\); it has the very rate proved for (\w+)\.$",
        shown,
        re.M,
    ).groups()
    assert declared_verdict(next(task for task in tasks() if task.id == refuted)) == "false"
    assert rows["gd"][0] == pytest.approx(rows[theorem.lower()][1], abs=1e-6)
    name = re.search(r"^2\. False as printed: (\w+), ", shown, re.M)[1]
    assert declared_verdict(next(task for task in tasks() if task.id == name)) == "false"
    lhs, rhs = re.search(r"lhs = (\S+) > rhs = (\S+) \(rational arithmetic\)", shown).groups()
    assert Fraction(lhs) > Fraction(rhs)
    assert (tmp_path / "demo.png").stat().st_size > 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["demo.png"]


def test_the_demonstration_without_scikit_learn_says_on_what_it_runs(tmp_path, capsys, monkeypatch):
    def absent(name):
        raise MissingExtra("scikit-learn", "data", name)

    monkeypatch.setattr(demo, "bundled", absent)
    assert main(["demo", "--out", str(tmp_path)]) == 0
    assert "random data (no scikit-learn)" in capsys.readouterr().out


def test_the_demonstration_names_an_unusable_folder_first(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["demo", "--out", str(tmp_path / "file")]) == 2
    output = capsys.readouterr()
    assert "cannot be written" in output.err
    assert output.out == ""


def test_without_shtab_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    needs = "shtab is not installed: completing commands in a shell needs it"
    assert capsys.readouterr() == ("", f"bntheory: {needs}; run pip install 'bntheory[completion]'\n")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_commands_options_and_names(capsys, tmp_path):
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "completion"
    script.write_text(capsys.readouterr().out)
    (tmp_path / "my_claims.py").touch()
    for words, expected in (
        ("repr", {"reproduce"}),
        ("check --ex", {"--examples"}),
        ("show C", {task.id for task in tasks() if task.id[0] == "C"}),
        ("check C3 E9.pri", {"E9.printed"}),
        ("check my_", {"my_claims.py"}),
        ("run rayleigh_", {"rayleigh_landscape", "rayleigh_pencil"}),
        ("run halfspace_data --method gdnp-", {"gdnp-whitened"}),
        ("run halfspace_data --loss sof", {"softplus"}),
        ("run halfspace_data --data my", {"my_claims.py"}),
        ("figures mlp_rate ols", {"ols_rate"}),
    ):
        ask = (
            f"source {script}; COMP_WORDS=(bntheory {words}); COMP_CWORD={len(words.split())}; _shtab_bntheory; "
            'echo "${COMPREPLY[@]}"'
        )
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True, cwd=tmp_path)
        assert {*done.stdout.split()} == expected, words


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_a_script_with_the_names(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "halfspace_separability" in script
    assert "gdnp-whitened" in script

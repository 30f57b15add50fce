"""A slip in the name of a claim, a stem, a method, a loss, a column or an option: one line that names what was meant.

Of specs `test_sweep_spec` has more, of commands and options `test_cli_first_minutes`.
"""

from __future__ import annotations

import numpy as np
import pytest
from sweeps import SMALL, SMALL_GRID, toml

from bntheory import GaussianHalfspace, InvalidInput, LeastSquares, OneHiddenLayer, minimize
from bntheory.cli import main
from bntheory.data import bundled
from bntheory.errors import check_choice, nearest, unknown
from bntheory.methods import METHODS
from bntheory.stems import STEMS

CLAIMS = "A1 to A6, B1, B2, C1 to C7, D1 to D3, E1 to E15, F1 to F10"

#: What is typed, what the line says is wrong, and its way out.
SLIPS = {
    "show C66": (f"claim = C66: is not one of {CLAIMS}", "did you mean C6?"),
    "show E151": (f"claim = E151: is not one of {CLAIMS}", "did you mean E15?"),
    "refute Cc6": ("claim = Cc6: is not one of", "did you mean C6?"),
    "show B9": ("claim = B9: is not known", f"choose one of {CLAIMS}"),
    "check E9 ols_rate": ("claim = ols_rate: is not known", f"choose one of {CLAIMS}"),
    "show E9.printed": ("claim = E9.printed: is a statement", "run bntheory show E9"),
    "show my.py": ("claim = my.py: is a file", "run bntheory check my.py"),
    "check E9.pritned": ("statement = E9.pritned: is not one of E9.corrected, ", "did you mean E9.printed?"),
    "refute e9.Mutant.sing": ("statement = e9.Mutant.sing: is not one of", "did you mean E9.mutant.sign?"),
    "run OLS-Rate": ("stem = OLS-Rate: is not known", "did you mean ols_rate?"),
    "run halfspace": (
        "stem = halfspace: is not known",
        "did you mean halfspace_data, halfspace_rate or halfspace_separability?",
    ),
    "run C6": ("stem = C6: is not known", f"choose one of {', '.join(sorted(STEMS))}"),
    "figures olsrate": ("stem = olsrate: is not known", "did you mean ols_rate?"),
    "run halfspace_data --method GDNP": ("method = GDNP: is not one of", "did you mean gdnp?"),
    "run halfspace_data --method gd,gdnpp": ("method = gdnpp: is not one of", "did you mean gdnp?"),
    "run halfspace_data --method gd,": ("method = '': is not known", f"choose one of {', '.join(sorted(METHODS))}"),
    "run ols_rate --method gd_best": ("method = gd_best: is not one of", "did you mean gd-best?"),
    "run ols_rate --loss squared": ("--loss = squared: is not an option of ols_rate", "choose from --seed, --steps, "),
    "run smoothness --method gd,gdnp": ("--method = gd,gdnp: is not an option of", "choose from --seed"),
    "run halfspace_rate --loss Sofplus": ("loss = Sofplus: is not one of", "did you mean softplus?"),
    "run halfspace_data --loss hinge": (
        "loss = hinge: is not one of",
        "did you mean gaussian-hinge, smoothed-hinge or sqrt-hinge?",
    ),
    "run halfspace_data --data digts": ("--data = digts: is not one of breast_cancer, digits", "did you mean digits?"),
    "run halfspace_data --data people.csv --target agee": (
        "target column of people.csv = agee: is not one of age, height, outcome",
        "did you mean age?",
    ),
    "run halfspace_data --data people.csv --target Height": ("people.csv = Height: is not one", "did you mean height?"),
    "run ols_rate --steps 0": ("--steps = 0: must be a whole number, at least 1", "give one such as 1000"),
    "run ols_rate --tol nan": ("--tol = nan: must be at least 0", "give a number such as 1e-6"),
    "sweep key.toml": ("grid key = problm: is not one of condition, ", "did you mean problem?"),
    "sweep value.toml": ("grid.spectrum = log-unifrom: is not one of geometric, ", "did you mean log-uniform?"),
}


@pytest.mark.parametrize("typed", SLIPS)
def test_a_slip_is_one_line_and_exit_code_two(typed, tmp_path, monkeypatch, capsys):
    problem, way_out = SLIPS[typed]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text("age,height,outcome\n30,170,0\n40,180,1\n50,160,0\n")
    (tmp_path / "key.toml").write_text(toml(SMALL, SMALL_GRID | {"problm": "least-squares"}))
    (tmp_path / "value.toml").write_text(toml(SMALL, SMALL_GRID | {"spectrum": "log-unifrom"}))
    assert main(typed.split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith("bntheory: ")
    assert problem in line
    assert f"; {way_out}" in line
    assert line.endswith("?") == way_out.startswith("did you mean")


#: What the parser itself refuses, below a usage line.
REFUSED = {
    "check --steps 3": "bntheory check: error: unrecognized arguments: --steps; --help after the command lists its",
    "check C6 --exampels 3": "bntheory check: error: unrecognized arguments: --exampels 3; did you mean --examples?",
    "run ols_rate --STEPS 3": "bntheory run: error: unrecognized arguments: --STEPS 3; did you mean --steps?",
    "run ols_rate --steps x": "bntheory run: error: argument --steps: 'x' is not a whole number; give one such as 100",
    "run ols_rate --tol x": "bntheory run: error: argument --tol: 'x' is not a number; give one such as 1e-6",
    "Chekc": "bntheory: error: argument COMMAND: invalid choice: 'Chekc'; did you mean check?",
    "completion Bash": "bntheory completion: error: argument SHELL: invalid choice: 'Bash'; did you mean bash?",
    "completion fish": "bntheory completion: error: argument SHELL: invalid choice: 'fish' (choose from ",
    "completion": "bntheory completion: error: the following arguments are required: SHELL",
}


@pytest.mark.parametrize("typed", REFUSED)
def test_a_command_names_its_own_options_alone(typed, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(typed.split())
    assert stopped.value.code == 2
    usage, line = capsys.readouterr().err.splitlines()
    assert usage.startswith(f"usage: bntheory {'COMMAND' if typed == 'Chekc' else typed.split()[0]} ")
    assert line.startswith(REFUSED[typed])


def test_a_scheduler_without_a_port_is_one_line(tmp_path, capsys):
    pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
    (tmp_path / "small.toml").write_text(toml(SMALL, SMALL_GRID))
    for address in ("host", "tpc://host:8786"):
        assert main(["sweep", str(tmp_path / "small.toml"), "--scheduler", address]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith(f"bntheory: --scheduler = {address}: is not an address ")
        assert line.endswith("; give one such as tcp://host:8786")


S, U = np.eye(2), np.array([0.1, 0.2])
IN_PYTHON = {
    "gdnp": lambda: minimize(LeastSquares(S, U), method="gdpn"),
    "softplus": lambda: GaussianHalfspace(S, U, loss="sofplus"),
    "tanh": lambda: OneHiddenLayer(S, [0, 1], [1.0], activation="Tanhh"),
    "breast_cancer": lambda: bundled("BreastCancer"),
}


@pytest.mark.parametrize("meant", IN_PYTHON)
def test_python_names_what_was_meant_too(meant):
    with pytest.raises(InvalidInput) as error:
        IN_PYTHON[meant]()
    assert str(error.value).endswith(f"; did you mean {meant}?")


#: A slip, the valid names, and those that may be meant.
NEAR = [
    ("GD", ["agd", "gdnp", "gd"], ["gd"]),  # but for the case
    ("gdpn", ["gd", "agd", "gdnp"], ["gdnp"]),
    ("hinge", ["softplus", "sqrt-hinge", "smooth-hinge"], ["sqrt-hinge", "smooth-hinge"]),  # what contains it
    ("data", [f"data{k}" for k in range(9)], ["data0", "data1", "data2"]),  # and no more than three
    ("B9", ["B1", "B2", "F9"], []),  # half of two letters is not alike
    ("E51", ["E1", "E5", "E9"], ["E5"]),  # of equals the one that begins so
    ("E9.mutant.foo", ["E9.mutant.sign", "E9.mutant.length"], []),  # the shared start says nothing
    ("E9.mutnt.sign", ["E9.mutant.sing", "E9.mutant.sign"], ["E9.mutant.sign"]),
    ("", ["a"], []),
    ("a", [], []),
]


@pytest.mark.parametrize(("typed", "valid", "meant"), NEAR)
def test_the_nearest_names(typed, valid, meant):
    assert nearest(typed, valid) == meant


def test_the_valid_names_are_listed_where_they_are_few_or_nothing_is_near():
    few, many = ["gd", "gdnp"], [f"{letter}-rate" for letter in "abcdefghijklm"]
    assert str(unknown("method", "gdpn", few)) == "method = gdpn: is not one of gd, gdnp; did you mean gdnp?"
    assert str(unknown("method", "sum", few)) == "method = sum: is not known; choose one of gd, gdnp"
    assert str(unknown("stem", "b_rate", many)) == "stem = b_rate: is not known; did you mean b-rate?"
    assert str(unknown("stem", "sum", many)) == f"stem = sum: is not known; choose one of {', '.join(many)}"
    counted = [f"x{k}" for k in (2, 10, 1, 3, 11)]
    assert str(unknown("column", "7", counted)) == "column = 7: is not known; choose one of x1 to x3, x10, x11"
    with pytest.raises(InvalidInput, match=r"^p = '': is not known; choose one of 1, 2, inf$"):
        check_choice("p", "", ("1", "2", "inf"))


def test_a_message_is_one_line_whatever_the_value():
    error = InvalidInput("w0", np.arange(6.0).reshape(3, 2), "must have\nshape (2,)", "give one such as u")
    assert str(error) == "w0 = [[0. 1.] [2. 3.] [4. 5.]]: must have shape (2,); give one such as u"

"""A spec is read as it is written; what is wrong in it is one line that names the key, the value and the way out."""

from __future__ import annotations

import pytest
from sweeps import SMALL, SMALL_GRID, toml, written

from bntheory.cli import main
from bntheory.errors import InvalidInput
from bntheory.sweep.reading import read_spec, spec_of

LEAST_SQUARES = {key: value for key, value in SMALL_GRID.items() if key not in ("loss", "size")} | {
    "problem": "least-squares"
}


def small(**changes):
    return {**SMALL, "grid": SMALL_GRID, **changes}


def grid(**changes):
    return {**SMALL, "grid": SMALL_GRID | changes}


def without(key):
    return {**SMALL, "grid": {name: value for name, value in SMALL_GRID.items() if name != key}}


#: What is given, what the message says is wrong, and what it says to do.
BAD = {
    "key": (small(step=5), "key = step: is not one of", "did you mean steps?"),
    "an axis at the top": (
        small(problem="least-squares"),
        "spec key = problem: is an axis",
        "write it below a line [grid]",
    ),
    "grid key": (grid(conditions=5), "grid key = conditions", "did you mean condition?"),
    "no steps": (
        {"seeds": 1, "grid": SMALL_GRID},
        "steps = (missing): must be in the spec",
        "add a line such as steps = 50",
    ),
    "no seeds": (
        {"steps": 1, "grid": SMALL_GRID},
        "seeds = (missing): must be in the spec",
        "add a line such as seeds = 1000",
    ),
    "no grid": (SMALL, "grid = (missing): must be in the spec", "add a table such as [grid]"),
    "grid of no axes": (small(grid=3), "grid = 3: must be a table", "below the line [grid]"),
    "no condition": (without("condition"), "grid.condition = (missing)", "add an axis such as condition = [10, 1e4]"),
    "no size": (without("size"), "grid.size = (missing)", "add an axis such as size = [0.5]"),
    "empty": (grid(method=[]), "grid.method = []: must not be empty", 'give values such as method = ["gd", "gdnp"]'),
    "twice": (grid(condition=[10, 1000, 10.0]), "grid.condition = 10.0: stands there twice", "leave one out"),
    "alias": (grid(loss=["softplus", "logistic"]), "grid.loss = softplus: stands there twice", "leave one out"),
    "steps": (small(steps=0), "steps = 0: must be a whole number from 1", "give one such as 20"),
    "steps in words": (small(steps="many"), 'steps = "many": must be a whole number', "give one such as 20"),
    "half a step": (small(steps=1.5), "steps = 1.5: must be a whole number", "give one such as 20"),
    "yes steps": (small(steps=True), "steps = True: must be a whole number", "give one such as 20"),
    "seeds": (small(seeds=-1), "seeds = -1: must be a whole number from 1", "give one such as 20"),
    "seed": (small(seed=-1), "seed = -1: must be a whole number from 0", "give one such as 20"),
    "tol": (small(tol=1), "tol = 1: must be a number above 0 and below 1", "give one such as 1e-06"),
    "dimension": (grid(dimension=[20, 1]), "grid.dimension = 1: must be a whole number from 2", "give one such as 20"),
    "condition": (grid(condition=0.5), "grid.condition = 0.5: must be a number from 1", "give one such as 100"),
    "nan": (grid(condition=float("nan")), "grid.condition = nan: must be a number from 1", "give one such as 100"),
    "text": (grid(condition="10"), 'grid.condition = "10": must be a number from 1', "give one such as 100"),
    "size": (grid(size=1), "grid.size = 1: must be a number from 1e-6 to below 1", "give one such as 0.5"),
    "size of long lengths": (grid(size=[0.1, 0.999]), "grid.size = 0.999: leads to best lengths", "give a smaller one"),
    "spectrum": (grid(spectrum="log-uniforn"), "grid.spectrum = log-uniforn", "did you mean log-uniform?"),
    "start": (grid(start="worst_case"), "grid.start = worst_case", "did you mean worst-case?"),
    "problem": (grid(problem="least-square"), "grid.problem = least-square", "did you mean least-squares?"),
    "loss": (grid(loss="sofplus"), "grid.loss = sofplus", "did you mean softplus?"),
    "loss with kinks": (
        grid(loss="smoothed-hinge"),
        "grid.loss = smoothed-hinge: must be convex and without kinks",
        "sqrt-hinge",
    ),
    "loss without use": (small(grid=LEAST_SQUARES | {"loss": "softplus"}), "is of gaussian-halfspace", "leave it out"),
    "method": (grid(method="gdpn"), "= gdpn: is not one of gd, gdnp", "did you mean gdnp?"),
    "method of another problem": (
        grid(method="gd-best"),
        "grid.method = gd-best: is of least-squares alone",
        "leave it out, or write two specs",
    ),
    "too many runs": (
        {"steps": 1, "seeds": 10**6, "grid": LEAST_SQUARES | {"condition": [float(k) for k in range(1, 1000)]}},
        "grid = 3,996 configurations of 1,000,000 seeds: may have 100,000 configurations and 1,000,000,000 runs",
        "write several specs",
    ),
    "too many configurations": (
        {"steps": 1, "seeds": 1, "grid": LEAST_SQUARES | {"condition": [float(k) for k in range(1, 25_002)]}},
        "grid = 100,004 configurations of 1 seeds",
        "give fewer values",
    ),
    "too many at one setting": (
        {"steps": 1, "seeds": 4 * 10**6, "grid": LEAST_SQUARES},
        "seeds = 4000000: must be at most 2,500,000 with 2 methods and losses",
        "a second spec with another seed",
    ),
    "too many steps": (
        {"steps": 10**6, "seeds": 10**6, "grid": LEAST_SQUARES},
        "the sweep's size = 8.0e+12: must be at most 1e+12",
        "give fewer steps, seeds or values",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_line_and_exit_code_two(case, tmp_path, monkeypatch, capsys):
    document, problem, remedy = BAD[case]
    monkeypatch.chdir(tmp_path)
    top = {key: value for key, value in document.items() if key != "grid"}
    axes = document.get("grid")
    text = toml(top, axes) if isinstance(axes, dict) else toml(top, {}).replace("[grid]\n", "")
    if axes is not None and not isinstance(axes, dict):
        text += f"grid = {axes}\n"
    (tmp_path / "spec.toml").write_text(text.replace("NaN", "nan"))
    assert main(["sweep", "spec.toml"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith("bntheory: ")
    assert problem in line
    assert remedy in line
    assert [entry.name for entry in tmp_path.iterdir()] == ["spec.toml"], "nothing is begun"


FILES = {
    "absent": (None, "cannot be read (No such file or directory)"),
    "not toml": (b"steps = \n", "is not TOML (Invalid value (at line 1"),
    "not text": (b"\xff\xfe\x00", "cannot be read (not text in UTF-8)"),
    "a key twice": (b"steps = 1\nsteps = 2\n", "is not TOML (Cannot overwrite a value (at line 2"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_one_line(case, tmp_path, capsys):
    content, problem = FILES[case]
    if content is not None:
        (tmp_path / "spec.toml").write_bytes(content)
    assert main(["sweep", str(tmp_path / "spec.toml")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"spec.toml: {problem}" in line


def test_specs_that_say_the_same_have_one_digest(tmp_path):
    first = read_spec(written(tmp_path / "a.toml"))
    assert first == spec_of({**SMALL, "seed": 0, "grid": SMALL_GRID | {"condition": [10.0, 1e3], "dimension": [5]}})
    assert first.digest == spec_of(small()).digest
    others = [small(seed=1), small(steps=31), small(tol=1e-4), grid(condition=[10]), grid(loss="softplus")]
    assert len({first.digest, *(spec_of(other).digest for other in others)}) == 6


def test_the_grid_is_the_product_of_its_axes():
    spec = spec_of(small())
    assert spec.configurations == 4 * 2 + 4 * 4  # two losses on Gaussian inputs
    assert spec.runs == 24 * 130
    settings = list(spec.grid.settings())
    assert len(settings) == len(set(settings)) == 8
    assert spec.grid.cells("least-squares") == ((None, "gd"), (None, "gdnp"))


def test_the_error_survives_another_process():
    import pickle

    error = InvalidInput("a", 1, "must be 2", "give 2")
    back = pickle.loads(pickle.dumps(error))
    assert (str(back), back.name, back.value) == (str(error), "a", 1)

"""What is installed is whole: the wheel and the source distribution beside the tree, and every command from the wheel.

By default both are built (the wheel from the source distribution, without an index), their files are compared with the
tree, and every module is imported from the unpacked wheel as if no extra were installed. Behind the marker `slow` the
wheel is installed with what it requires and nothing else into an empty environment, from the package index, and every
command of `bntheory --help` is run there, away from the checkout, but `reproduce`, which takes minutes.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from readme import README, write_files
from sweeps import ROOT, written

from bntheory import __version__
from bntheory.claims import CLAIMS
from bntheory.cli import _parser, main

#: Folders of the checkout that the wheel has within `bntheory`.
WITHIN = ("proofs", "experiments", "paper_figs")
#: What the source distribution leaves out: it serves those who change the repository.
LEFT_OUT = {".ci/run"}
#: Imports each module; prints those that need more than PyTorch, or lie elsewhere than in the unpacked wheel.
IMPORTS = """
import sys
from importlib import import_module
for extra in ("torch", "sklearn", "flint", "distributed", "dask", "shtab", "pytest"):
    sys.modules[extra] = None
place, *names = sys.argv[1:]
for name in names:
    try:
        found = import_module(name).__file__
    except ModuleNotFoundError as error:
        found = place if error.name == "torch" else str(error)
    if not found.startswith(place):
        print(name, found)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the source distribution and the wheel that is built from it."""
    for module in ("build", "hatchling"):
        pytest.importorskip(module, reason="the extra test")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def wheel_in(folder):
    [wheel] = folder.glob("*.whl")
    return wheel


def sdist_in(folder):
    [sdist] = folder.glob("*.tar.gz")
    return sdist


def files_of(folder):
    paths = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
    return {path.relative_to(folder).as_posix() for path in paths}


def test_the_wheel_names_its_licences_and_has_the_text_of_each(built):
    with zipfile.ZipFile(wheel_in(built)) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        facts = wheel.read(name).decode().partition("\n\n")[0].splitlines()
        texts = {line.removeprefix("License-File: ") for line in facts if line.startswith("License-File: ")}
        held = {text: wheel.read(f"{name.removesuffix('METADATA')}licenses/{text}") for text in texts}
    assert "License-Expression: BSD-3-Clause AND LPPL-1.3c+" in facts
    assert held == {text: (ROOT / text).read_bytes() for text in ("LICENSE", "bntheory/report/GUST-FONT-LICENSE.txt")}


def test_the_wheel_has_every_file_of_the_packages_and_no_other(built):
    expected = {f"bntheory/{name}" for name in files_of(ROOT / "bntheory")}
    expected |= {f"bntheory/{folder}/{name}" for folder in WITHIN for name in files_of(ROOT / folder)}
    names = {name for name in zipfile.ZipFile(wheel_in(built)).namelist() if ".dist-info/" not in name}
    assert names == expected
    assert {Path(name).suffix for name in names} >= {".py", ".npz", ".woff", ".css", ".html", ".js", ".typed"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository here")
def test_the_source_distribution_has_every_file_of_the_checkout_its_tests_too(built):
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    expected = {name for name in done.stdout.splitlines() if (ROOT / name).exists()} - LEFT_OUT
    with tarfile.open(sdist_in(built)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == expected | {"PKG-INFO"}


def test_every_module_of_the_wheel_is_imported_from_it_without_the_extras(built, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel_in(built)).extractall(site)
    scripts = [path.relative_to(site).with_suffix("") for path in (site / "bntheory").rglob("*.py")]
    names = [".".join(path.parts).removesuffix(".__init__") for path in scripts if path.name != "__main__"]
    assert {"bntheory", "bntheory.cli", "bntheory.deep.training", "bntheory.proofs.gradient_bound"} <= {*names}
    environment = os.environ | {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", IMPORTS, str(site), *names]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


#: Command, exit code, and what it says on stdout or stderr: what an absent extra would have done is named.
COMMANDS = (
    ("", 0, "bntheory --help lists the commands"),
    ("--help", 0, "commands:"),
    ("--version", 0, f"bntheory {__version__}"),
    ("list", 0, "C6\tBetter initialization"),
    ("list --json", 0, '"id": "C6"'),
    ("show C6", 0, "level      proved"),
    ("show C6 --bibtex", 0, "@misc{santurkar2018,"),
    ("check C6 --examples 50", 0, "1 checked: 1 as declared"),
    ("check E8 --examples 50", 2, "came out undecided: sides raise MissingExtra: python-flint is not installed"),
    ("check my_claims.py", 1, "means.harmonic: declared true, came out refuted"),
    ("refute C6", 0, "def test_c6_printed_is_violated"),
    ("run ols_rate --steps 20", 0, "bntheory-results/ols_rate.npz"),
    ("run halfspace_data --data patients.csv --target outcome", 0, "well is +1"),
    ("run halfspace_data", 2, "pip install 'bntheory[data]'"),
    ("run mlp_rate", 2, "pip install 'bntheory[data]'"),
    ("run motivations", 2, "pip install 'bntheory[deep]'"),
    ("figures ols_rate landscape", 0, "drawn from records, not run here: landscape"),
    ("report --examples 20", 2, "bntheory-results/report.html"),
    ("demo", 0, "random data (no scikit-learn)"),
    ("sweep small.toml", 0, "bntheory-results/sweeps/small/runs.npy"),
    ("sweep small.toml --scheduler tcp://127.0.0.1:1", 2, "pip install 'bntheory[distributed]'"),
    ("info", 0, "scikit-learn absent: pip install 'bntheory[data]'"),
    ("completion bash", 2, "pip install 'bntheory[completion]'"),
)


def test_every_command_is_among_those_that_are_run():
    [choices] = [action.choices for action in _parser()._subparsers._group_actions]
    assert {line.partition(" ")[0] for line, _, _ in COMMANDS} - {"", "--help", "--version"} == {*choices} - {
        "reproduce"
    }


class Installed:
    """An empty environment with the wheel and what it requires, and a folder to be in."""

    def __init__(self, wheel, place):
        self.prefix, self.folder = place / "environment", place / "folder"
        venv.create(self.prefix, with_pip=True)
        self.python("-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=place)
        self.folder.mkdir()
        write_files(self.folder, README.read_text())
        written(self.folder / "small.toml")

    def run(self, program, *arguments, **options):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        options = {"cwd": self.folder, "env": kept | {"PYTHONDONTWRITEBYTECODE": "1"}} | options
        command = [self.prefix / "bin" / program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)

    def python(self, *arguments, **options):
        done = self.run("python", *arguments, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def packages(self):
        """Size and time of each file that is installed."""
        found = ((path, path.stat()) for path in (self.prefix / "lib").rglob("*") if path.is_file())
        return {path: (state.st_size, state.st_mtime_ns) for path, state in found}


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    return Installed(wheel_in(built), tmp_path_factory.mktemp("installed"))


@pytest.mark.slow
def test_every_command_works_from_the_wheel_alone(installed):
    before = installed.packages()
    for line, code, said in COMMANDS:
        done = installed.run("bntheory", *shlex.split(line))
        assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
        assert said in done.stdout + done.stderr, line
        assert "Traceback" not in done.stderr, line
    assert installed.packages() == before
    page = (installed.folder / "bntheory-results" / "report.html").read_text()
    assert [one.id for one in CLAIMS if one.proof is not None and f'id="proof-{one.proof}"' not in page] == []
    assert "@font-face" in page


@pytest.mark.slow
def test_the_records_count_in_the_wheel_as_in_the_checkout(installed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "A6", "B1", "C1", "E13"]) == 0
    assert installed.run("bntheory", "check", "A6", "B1", "C1", "E13", cwd=tmp_path).stdout == capsys.readouterr().out


@pytest.mark.slow
def test_counterexamples_are_violated_and_derivations_run_without_pytest(installed):
    (installed.folder / "test_c6.py").write_text(installed.run("bntheory", "refute", "C6").stdout)
    installed.python("-c", "import test_c6; test_c6.test_c6_printed_is_violated()")
    assert "C3.corrected" in installed.python("-m", "bntheory.proofs", "gradient_bound")


@pytest.mark.slow
def test_the_source_distribution_installs_the_same_files(built, installed, tmp_path):
    installed.python("-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path, sdist_in(built))
    names = {name for name in zipfile.ZipFile(wheel_in(built)).namelist() if ".dist-info/" not in name}
    assert {f"bntheory/{name}" for name in files_of(tmp_path / "bntheory")} == names

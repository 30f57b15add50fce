"""The house keeps its plan: imports point down, heavy packages are imported where they are used, files stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "bntheory"

#: Floors from the ground up; siblings on floors 2 and above do not import one another.
FLOORS = (
    {"arrays", "errors", "typing", "numbers", "linalg", "quadrature", "gaussian"}
    | {"loss_functions", "loss_check", "losses", "mapped_rows", "notation", "references", "streaming", "tex"}
    | {"balls", "gram", "interrupts", "jets"},
    {"batchnorm", "decoupling", "growth_domain", "meanfield", "pencil", "protocols", "trace", "transform"},
    {"initial_gradients", "problems", "methods", "rates", "data", "deep", "statistics", "claim"},
    {"optimize", "ensemble", "cases", "proof"},
    {"experiment", "claims", "falsify"},
    {"certify"},
    {"storage", "provenance", "claim_file", "outcome"},
    {"pieces", "records", "sweep"},
    {"stems", "ledger", "counterexample"},
    {"figures", "terminal", "info", "ledger_page", "cli_parser"},
    {"claims_terminal", "report"},
    {"reproduce", "demo", "cli_claims", "cli_completion", "cli_report", "cli_sweep"},
    {"cli_experiments"},
    {"cli"},
    {"__main__"},
)
LAZY = {
    "sympy",
    "mpmath",
    "hypothesis",
    "matplotlib",
    "torch",
    "sklearn",
    "flint",
    "rich",
    "jinja2",
    "markupsafe",
    "latex2mathml",
    "fontTools",
    "distributed",
    "dask",
}
#: Folders that are themselves imported where they are used, with what they cannot do without.
USES = {"cases": {"hypothesis"}, "claims": {"hypothesis"}, "falsify": {"hypothesis"}, "deep": {"torch"}}


def _floor(module: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if module in names)


def _imports(tree: ast.AST) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [(node.lineno, node.module)]
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names if node.module == "bntheory"]
        elif isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
    return found


def upward_imports(package: Path) -> list[str]:
    """Lines `file:line module` whose import points up, or sideways on a floor where siblings keep apart."""
    wrong = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        if parts[0] == "__init__":
            continue
        own, floor = parts[0], _floor(parts[0])
        for line, module in _imports(ast.parse(path.read_text())):
            names = module.split(".")
            if (
                names[0] != "bntheory"
                or len(names) == 1
                or names[1] in ("__version__", own, "experiments", "paper_figs")
            ):
                continue
            other = _floor(names[1])
            if other > floor or (other == floor and floor >= 2):
                wrong.append(f"{path.relative_to(package)}:{line} {module}")
    return wrong


def test_imports_only_point_down():
    assert upward_imports(PACKAGE) == []


def test_an_upward_import_is_named_with_its_line(tmp_path):
    (tmp_path / "linalg.py").write_text("import numpy\nfrom bntheory.trace import run\n")
    assert upward_imports(tmp_path) == ["linalg.py:2 bntheory.trace"]


def test_every_module_has_a_floor():
    modules = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert modules == set().union(*FLOORS)


def test_heavy_packages_are_imported_where_they_are_used():
    for path in PACKAGE.rglob("*.py"):
        top = [node for node in ast.parse(path.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))]
        names = {module.split(".")[0] for node in top for _, module in _imports(node)}
        assert not names & LAZY - USES.get(path.relative_to(PACKAGE).parts[0], set()), path


def test_files_are_small():
    for folder in ("bntheory", "experiments", "paper_figs", "proofs", "benchmarks", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            assert path.read_text().count("\n") <= 300, path


def test_help_loads_no_numerical_package():
    code = "import sys, bntheory.cli; bntheory.cli._parser(); print({'numpy', 'scipy', 'rich'} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"


def test_help_loads_little_but_argparse():
    """What it loads beyond a bare interpreter costs more than all the rest of `--help`."""
    slow = {"pathlib", "typing", "json", "difflib", "shutil", "contextlib", "dataclasses", "inspect"}
    told = "; print(*sorted(set(sys.modules)))"
    loaded = [
        set(
            subprocess.run(
                [sys.executable, "-c", code + told], capture_output=True, text=True, check=True
            ).stdout.split()
        )
        for code in ("import sys, argparse", "import sys, bntheory.cli; bntheory.cli._parser().format_help()")
    ]
    assert slow & (loaded[1] - loaded[0]) == set()


def test_public_names_exist():
    import bntheory

    for name in bntheory.__all__:
        assert getattr(bntheory, name) is not None

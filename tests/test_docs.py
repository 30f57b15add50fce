"""The documentation: every claim is on its section's page, every page can be reached, it builds without warnings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from bntheory import tex
from bntheory.claims import IDS, SECTIONS, entry
from bntheory.report import math_font
from bntheory.stems import DEEP, STEMS

DOCS = Path(__file__).parent.parent / "docs"
#: Made by a build; no sources.
GENERATED = ("tutorials", "figures/", "api/generated")
#: Of galleries; their headers are part of the pages that are made.
SCRIPTS = ("tutorial_scripts", "figure_scripts")


def sources() -> list[str]:
    """The names of the pages that are written by hand."""
    names = [path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.rst")]
    return sorted(name for name in names if not name.startswith((*GENERATED, *SCRIPTS, "_templates")))


@pytest.fixture
def extensions(monkeypatch):
    pytest.importorskip("sphinx", reason="the extra docs")
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))


def test_every_section_has_a_page():
    for section in SECTIONS:
        assert f".. claims:: {section}\n" in (DOCS / "claims" / f"{section.lower()}.rst").read_text()


@pytest.mark.usefixtures("extensions")
@pytest.mark.parametrize("section", SECTIONS)
def test_every_claim_is_on_the_page_of_its_section(section):
    from claim_pages import section_source

    text = section_source(section)
    assert re.findall(r"^\.\. _claim-(\w+):$", text, re.M) == [name for name in IDS if name[0] == section]
    for name in IDS:
        printed = getattr(entry(name), "printed", None)
        if name[0] == section and printed is not None:
            assert printed.tex.replace("\n", " ") in text


@pytest.mark.usefixtures("extensions")
def test_every_formula_of_the_claims_becomes_the_mathml_of_the_report():
    from mathml import typeset

    for name in IDS:
        for statement in getattr(entry(name), "statements", ()):
            assert typeset(statement.tex) == ["<wbr>".join(part) for part in tex.mathml(statement.tex)], statement.id


FORMULAS = r"""
Formulas
========

An inline :math:`\mathrm{Var}(\hat w)`, and

.. math:: \mathrm{Var}(x) \le \|w\|^2 \quad \overline{xy} < 1

and :math:`\nosuch x`.
"""


@pytest.mark.usefixtures("extensions")
def test_formulas_of_a_page_have_upright_names_and_the_rules_of_the_report(tmp_path):
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    (tmp_path / "index.rst").write_text(FORMULAS)
    warnings, folder = StringIO(), tmp_path / "html"
    with docutils_namespace():
        settings = {"extensions": ["mathml"], "html_math_renderer": "mathml", "html_theme": "basic"}
        app = Sphinx(tmp_path, None, folder, tmp_path / "trees", "html", settings, None, warnings)
        app.build()
    page = (folder / "index.html").read_text()
    inline, refused = re.findall(r'<span class="math">(.*?)</span>', page)
    block = re.search(r'<div class="math formula">(.*?)</div>', page, re.S)[1]
    for formula in (inline, block):
        assert "<mi>Var</mi>" in formula
    assert "displaystyle" not in inline
    assert "ˆ" in inline
    assert block.count('<span class="part">') == 2
    assert 'class="overline"' in block
    assert refused == r"<code>\nosuch x</code>"
    [warning] = warnings.getvalue().strip().splitlines()
    assert re.search(r"index\.rst:9: WARNING: .*has the macro \\nosuch, which is not typeset", warning)
    assert re.search(r'href="_static/formulas\.css', page)
    style = (folder / "_static" / "formulas.css").read_text()
    assert style.startswith(f'@font-face {{ font-family: "{math_font.FAMILY}"; src: url(data:font/woff;base64,')
    for selector in ("math", "math .overline > :first-child", "math .code", ".formula", ".formula .part"):
        assert len(re.findall(rf"^{re.escape(selector)} {{.+}}$", style, re.M)) == 1


@pytest.mark.usefixtures("extensions")
@pytest.mark.parametrize("stem", STEMS)
def test_the_script_of_a_figure_compiles_and_names_only_public_things(stem):
    from figure_gallery import RECORDED, script

    source = script(stem)
    tree = ast.parse(source)
    imported = {
        alias.name: import_module(node.module)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert [name for name, module in imported.items() if not hasattr(module, name)] == []
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | set(imported)
    assert [name for name in used if name.startswith("_")] == []
    assert ("stored" in imported) == ("perform" not in imported) == (stem in RECORDED)
    assert stem in RECORDED or stem not in DEEP, "it would train networks"
    told = re.search("^(Claims|It belongs).*", source, re.M)[0]
    assert re.findall(r"\b[A-F]\d+\b", told) == [name for name in IDS if entry(name).figure == stem]
    assert max(len(line) for line in source.splitlines()) <= 120


@pytest.mark.usefixtures("extensions")
def test_a_script_whose_stem_is_no_more_goes(tmp_path, monkeypatch):
    import figure_gallery

    monkeypatch.setattr(figure_gallery, "SCRIPTS", tmp_path)
    (tmp_path / "forgotten.py").touch()
    figure_gallery.write_scripts()
    names = [path.name for path in tmp_path.iterdir()]
    assert sorted(names, key=figure_gallery.order) == [f"{stem}.py" for stem in STEMS]


@pytest.mark.usefixtures("extensions")
def test_a_block_shows_the_figure_that_it_ends_with_and_no_other(tmp_path):
    from figure_gallery import shown
    from matplotlib.figure import Figure

    picture = tmp_path / "figures" / "images" / "one_001.png"
    picture.parent.mkdir(parents=True)
    figure = Figure(label="one: a line")
    after = {"example_globals": {"___": figure}, "image_path_iterator": SimpleNamespace(next=lambda: str(picture))}
    for code in ("figure = 1", "", "for one in ():\n    one"):
        assert shown(("code", code, 1), after, {"src_dir": str(tmp_path)}) == ""
    text = shown(("code", "figure = 1\nfigure", 1), after, {"src_dir": str(tmp_path)})
    assert ".. image:: /figures/images/one_001.png\n      :alt: one: a line\n" in text
    assert picture.stat().st_size > 0
    after["example_globals"]["___"] = 3
    assert shown(("code", "3", 1), after, {"src_dir": str(tmp_path)}) == ""


@pytest.mark.usefixtures("extensions")
def test_what_only_looks_like_markup_is_escaped():
    from plain_docstrings import escaped

    assert escaped("|v|_S at w* of `f*` and ``a|b``") == r"\|v\|_S at w\* of `f*` and ``a|b``"
    assert escaped("* a bullet, and grad_ alone") == r"* a bullet, and grad\_ alone"
    assert escaped("w_1, w_2, ... of ``a, ... b``") == "w_1, w_2, … of ``a, ... b``"
    assert escaped("    ... more of an example") == "    ... more of an example"


@pytest.mark.usefixtures("extensions")
def test_a_section_of_the_readme_keeps_its_code():
    from readme_section import section

    text = "## A\nsay `x|y`:\n\n```console\n$ run\n\n$ more\n```\n\n## B\nother\n"
    found = section("A", text)
    assert "say ``x|y``:" in found
    assert ".. code-block:: console\n\n   $ run\n   \n   $ more" in found
    assert "other" not in found


@pytest.mark.usefixtures("extensions")
def test_a_section_that_the_readme_has_not_stops_the_build():
    from readme_section import README, section
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match="no section 'C'"):
        section("C", "## A\nsay\n\n### C\nx\n\n## CD\ny\n")
    text = README.read_text()
    used = [
        title
        for name in sources()
        for title in re.findall(r"readme-section:: (.+)", (DOCS / f"{name}.rst").read_text())
    ]
    assert used
    assert all(len(section(title, text)) > 100 for title in used)


#: A process of its own: what other tests have computed with an extra is kept.
WITHOUT_EXTRAS = """
import sys
for module in ("flint", "torch", "sklearn", "distributed"):
    sys.modules[module] = None
from bntheory.cli import main
main(sys.argv[1:])
"""


def test_the_extra_docs_has_what_the_checks_of_the_pages_need():
    commands = [
        line for path in DOCS.glob("*.rst") for line in re.findall("^   bntheory (check .+)", path.read_text(), re.M)
    ]
    needed = set()
    for command in commands:
        arguments = [sys.executable, "-c", WITHOUT_EXTRAS, *command.partition(" --")[0].split(), "--examples", "1"]
        done = subprocess.run(arguments, cwd=DOCS.parent, capture_output=True, text=True, check=True)
        needed |= {*re.findall(r"bntheory\[(\w+)\]", done.stdout + done.stderr)}
    assert needed == {"certify"}
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["project"]
    [ours] = [one for one in project["optional-dependencies"]["docs"] if one.startswith("bntheory[")]
    assert needed <= set(ours.removeprefix("bntheory[").removesuffix("]").split(","))


def test_every_page_is_in_a_toctree():
    listed = {"index"}
    for name in sources():
        folder = Path(name).parent
        for tree in re.findall(r"\.\. toctree::\n((?:   .*\n|\n)*)", (DOCS / f"{name}.rst").read_text()):
            entries = [line.strip() for line in tree.splitlines() if line.strip() and not line.strip().startswith(":")]
            listed |= {(folder / entry_).as_posix() for entry_ in entries}
    assert set(sources()) <= listed
    assert {"tutorials/index", "figures/index"} <= listed


def test_every_tutorial_is_linked_from_the_first_page():
    scripts = sorted(path.stem for path in (DOCS / "tutorial_scripts").glob("*.py"))
    assert sorted(re.findall(r":doc:`tutorials/(\w+)`", (DOCS / "index.rst").read_text())) == scripts


@pytest.mark.slow
@pytest.mark.usefixtures("extensions")
def test_it_builds_without_warnings(tmp_path):
    for package in ("furo", "numpydoc", "sphinx_gallery"):
        pytest.importorskip(package, reason="the extra docs")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]
    build = [*command, "-d", str(tmp_path / "doctrees"), str(DOCS), str(tmp_path / "html")]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {page.stem for page in (tmp_path / "html").rglob("*.ipynb")} >= set(STEMS)
    for stem in STEMS:
        page = (tmp_path / "html" / "figures" / f"{stem}.html").read_text()
        assert f'alt="{stem}: ' in page
        assert re.findall(r'href="\.\./claims/\w\.html#claim-\w+">.*?>(\w+)<', page) == [
            name for name in IDS if entry(name).figure == stem
        ]
    remote = re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=\"https?://")
    assert [page.name for page in (tmp_path / "html").rglob("*.html") if remote.search(page.read_text())] == []

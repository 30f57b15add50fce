"""Formulas are typeset from a checked set of macros, and come out as they are meant."""

from __future__ import annotations

import re

import pytest
from statements import claim, true

from bntheory import ledger_page
from bntheory.claims import CLAIMS
from bntheory.errors import InvalidInput
from bntheory.report import math_font
from bntheory.tex import FUNCTIONS, MACROS, mathml

STATEMENTS = [statement for one in CLAIMS for statement in one.statements]
#: How the macros that take arguments, or stand in pairs, are tried.
USES = {
    **{name: rf"\{name} x" for name in ("bar", "hat", "tilde", "overline", "sqrt")},
    **{name: rf"\{name}{{xy}}" for name in ("mathrm", "operatorname", "text", "texttt", "widehat")},
    **{name: rf"\{name}(x\{name})" for name in ("big", "bigl", "bigr", "Bigl", "Bigr")},
    **{name: rf"\{name} ab" for name in ("frac", "tfrac")},
    "mathbb": r"\mathbb R",
    "left": r"\left(x\right)",
    "right": r"\left(x\right)",
}


def typeset(tex):
    return "".join(element for part in mathml(tex) for element in part)


def shown(tex):
    """The characters of a formula, without the markup."""
    return re.sub(r"<[^>]*>", "", typeset(tex)).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize("macro", sorted(MACROS))
def test_every_macro_is_typeset(macro):
    found = typeset(f"x{USES.get(macro, chr(92) + macro)} y")
    assert "\\" not in found
    assert not re.search(r"<m[ion][^>]*/>|<m[ion][^>]*>\s*</m[ion]>", found)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda one: one.id)
def test_every_formula_of_the_ledger_is_typeset_and_in_the_font(statement):
    assert set(shown(statement.tex)) <= math_font.covered()
    assert shown(statement.tex).strip()


def test_the_font_that_ships_has_what_it_covers_and_a_table_for_mathematics():
    from fontTools.ttLib import TTFont

    font = TTFont(math_font.FONT)
    letters = {chr(code) for code in font.getBestCmap()}
    unassigned = set("\u03a2\U0001d455")  # holes in Unicode
    accented = {chr(code) for code in range(0x3AA, 0x3B1)}  # Greek with dialytika or tonos
    assert math_font.covered() - letters <= unassigned | accented
    assert "MATH" in font
    assert str(font["name"].getDebugName(1)) == math_font.FAMILY
    assert math_font.FONT.stat().st_size < 150_000
    assert "GUST" in math_font.LICENCE.read_text()


def test_no_table_of_the_font_that_ships_calls_it_by_the_name_of_the_original():
    from fontTools.ttLib import TTFont

    font = TTFont(math_font.FONT)
    named = [str(record) for record in font["name"].names if record.nameID not in (0, 2, 3, 5)]  # 0 is the copyright
    outlines = font["CFF "].cff
    named += [*outlines.fontNames, outlines[0].FullName, outlines[0].FamilyName]
    assert {name.replace(" ", "") for name in named} == {"BNTheoryMath", "BNTheoryMath-Regular"}
    own_name = re.compile(rb"tex ?gyre ?pagella ?math(?! otf by)", re.I)  # the notice names its authors, as it must
    tables = {tag: font.reader[tag].replace(b"\0", b"") for tag in font.reader.tables}
    assert [tag for tag, table in tables.items() if own_name.search(table)] == []
    assert "Pagella" in outlines[0].Notice


@pytest.mark.parametrize(
    ("tex", "rule"),
    [
        (r"\foo x", r"has the macro \foo, which"),
        (r"x \Frac12", r"has the macro \Frac, which"),
        (r"\%", r"has the macro \%, which"),
        ("x ≤ y", "has the character '≤', which"),
        ("a & b", "has the character '&', which"),
        (r"\frac{1", "braces that are not in pairs"),
        (r"\left(x", "braces that are not in pairs"),
        (r"\frac", "cannot be read"),
        ("x^2^3", "cannot be read"),
        (r"\mathrm{a_b}", "upright name"),
        (r"\mathbb x", "has a double-struck x, which is not typeset"),
        (r"\bar^2", "has a part of which the converter makes ''"),
    ],
)
def test_what_is_not_typeset_is_refused_by_name(tex, rule):
    with pytest.raises(InvalidInput, match=re.escape(rule)):
        mathml(tex)


def test_a_ledger_with_an_unknown_macro_is_not_built(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_page, "check", lambda *args, **options: pytest.fail("it was checked first"))
    statement = true()
    object.__setattr__(statement, "tex", r"\unknown x")
    monkeypatch.setattr(ledger_page, "CLAIMS", (claim(statement),))
    with pytest.raises(InvalidInput, match=r"has the macro \\unknown, which"):
        ledger_page.write_page(tmp_path / "README.md")
    assert not list(tmp_path.iterdir())


def test_names_are_upright_and_whole():
    assert "<mi>Var</mi>" in typeset(r"\mathrm{Var}[x]")
    assert '<mi mathvariant="normal">E</mi>' in typeset(r"\mathrm{E}[x]")
    assert '<mi class="function">atan2</mi>' in typeset(r"\operatorname{atan2}(x)")
    for name in FUNCTIONS:
        assert f'<mi class="function">{name}</mi><mspace width="0.167em" /><mi>x</mi>' in typeset(rf"\{name} x")
        assert "mspace" not in typeset(rf"\{name}(x)")


def test_bars_take_no_room_and_a_sign_without_a_term_before_it_belongs_to_the_next():
    assert typeset(r"\|x\|").count('lspace="0" rspace="0">‖') == 2
    assert '<mo form="prefix" lspace="0" rspace="0">−</mo><mn>2</mn>' in typeset("x(-2)")
    assert "prefix" not in typeset("(x)-2")
    assert "prefix" not in typeset("|x|-2")


def test_conditions_stand_below_and_lines_above_the_whole():
    assert "<munder>" in typeset(r"\min_{c>0} c")
    assert '</munder><mspace width="0.167em" /><mo' in typeset(r"\min_{c>0}\|c\|")
    assert "<munder>" in typeset(r"\sum_i x_i")
    line = '<mover class="overline"><mrow><mi>d</mi><mi>x</mi></mrow><mo stretchy="false">¯</mo></mover>'
    assert line in typeset(r"\overline{dx}")
    assert shown(r"\rho^*") == "ρ∗"


def test_a_formula_is_cut_where_a_line_may_break_and_nowhere_else():
    assert [[shown_part(chunk) for chunk in part] for part in mathml(r"a(b+c)=d-|e-f|,\quad g\le\{h-1\}")] == [
        ["a(b+c)", "=d", "−|e−f|,"],
        ["g", "≤{h−1}"],
    ]
    assert mathml("") == ()


def shown_part(markup):
    return re.sub(r"<[^>]*>", "", markup)


def test_markup_in_a_text_is_escaped():
    assert "&lt;" in typeset(r"\text{a < b}")
    assert "<b" not in typeset(r"\text{a < b}")

"""The font of the formulas, inside the page: TeX Gyre Pagella Math, cut down to the glyphs that formulas here can use.

A formula needs a font with a MATH table: heights of brackets, places of accents, thickness of rules. `make font` cuts
the one that ships (`pagella_math.woff`, renamed "BN Theory Math" as its licence asks) out of Debian's package
fonts-texgyre-math; GUST-FONT-LICENSE.txt stands beside it.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FAMILY = "BN Theory Math"
FONT = Path(__file__).parent / "pagella_math.woff"
LICENCE = Path(__file__).parent / "GUST-FONT-LICENSE.txt"
#: Where Debian's package puts the whole font.
SOURCE = Path("/usr/share/texmf/fonts/opentype/public/tex-gyre-math/texgyrepagella-math.otf")
_ACCENTS = "ˆˇ˘˙˜¯\u0302\u0303\u0304\u0305"
_SIGNS = "\u00a0¬°±·×÷‖…′″‴ℓℎℝℕℙ𝔼−∓∗∘∙√∝∞∏∑∫∣≈≠≡≤≥≪≫⊤⊥⋅⋯⟂⟨⟩→←⇒⟹⟺∀∃∂∇∈∉⊂∪∩∅⪯⪰"


def data_url() -> str:
    """The font as a URL that holds it."""
    return f"data:font/woff;base64,{b64encode(FONT.read_bytes()).decode('ascii')}"


def covered() -> set[str]:
    """Characters that the cut keeps: ASCII, Greek, both in mathematical italics, accents and signs."""
    ranges = (range(0x20, 0x7F), range(0x391, 0x3CA), (0x3D1, 0x3D5, 0x3D6, 0x3F1, 0x3F5), range(0x1D434, 0x1D468))
    italic_greek = range(0x1D6E2, 0x1D71C)
    return {chr(code) for block in (*ranges, italic_greek) for code in block} | set(_ACCENTS + _SIGNS)


def rename(font: TTFont) -> None:
    """Give the font its own name in both tables that have one; the notice keeps that of the original."""
    for record in font["name"].names:
        record.string = _renamed(str(record))
    outlines = font["CFF "].cff
    outlines.fontNames = [_renamed(name) for name in outlines.fontNames]
    for key in ("FullName", "FamilyName"):
        setattr(outlines[0], key, _renamed(getattr(outlines[0], key)))


def _renamed(name: str) -> str:
    return name.replace("TeX Gyre Pagella Math", FAMILY).replace("TeXGyrePagellaMath", FAMILY.replace(" ", ""))


def make(source: Path = SOURCE) -> None:
    """Cut the font that ships out of the whole one; its MATH table keeps the larger forms of what is left."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(source)
    rename(font)
    options = Options()
    options.layout_features = ["ssty", "dtls", "flac"]
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.desubroutinize = False
    cut = Subsetter(options)
    cut.populate(text="".join(covered()))
    cut.subset(font)
    font.flavor = "woff"
    font["head"].modified = font["head"].created  # the same bytes on every day
    font.recalcTimestamp = False
    font.save(FONT)

r"""Formulas from TeX to MathML, from a checked set of macros: what is outside it is an error, never a wrong formula.

latex2mathml converts; it passes on as letters whatever it does not know, leaves norms and brackets to be spaced as
infix operators, and spells names out letter by letter. So the TeX is checked first, and the tree is put right after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from bntheory.errors import InvalidInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: Functions whose name is set upright, with a thin space to an operand without brackets.
FUNCTIONS = ("arccos", "arcsin", "cos", "det", "exp", "inf", "lim", "log", "max", "min", "sin", "sup", "tan")
#: Of these the ones with their condition below.
_WITH_LIMITS = {"det", "inf", "lim", "max", "min", "sup"}
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu pi rho sigma varphi psi"
    " Gamma Delta Theta Lambda Pi Sigma Phi Psi Omega"
)
_SIGNS = (
    "cdot ell exists forall ge implies in infty langle ldots le nabla ne partial perp prod rangle Rightarrow"
    " succeq sum times to top"
)
_SHAPES = "bar big bigl bigr Bigl Bigr frac hat left mathbb mathrm operatorname overline right sqrt text texttt tfrac"
#: Every macro that a formula may contain, each tried by the tests: letters without the backslash, and single signs.
MACROS = frozenset(
    (*FUNCTIONS, *_GREEK.split(), *_SIGNS.split(), *_SHAPES.split(), "tilde", "widehat", "quad", "qquad", *"|{}, ")
)
_CHARACTERS = re.compile(r"[A-Za-z0-9 \n+\-*/=<>()\[\]|,.:;'^_{}\\]")
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)", re.S)
_BREAK = re.compile(r"\\(?:quad|qquad|[ ])")
_NAME, _FUNCTION = "\ue000", "\ue001"  # marks of upright names on their way through the converter
_UPRIGHT = re.compile(r"\\(mathrm|operatorname)(?:\s*\{\s*([A-Za-z0-9]+)\s*\}|\s+([A-Za-z]))")
_THIN, _OVERHANG = "0.167em", "0.14em"
_SPACELESS = set("‖|/:")
_ROWS = ("mrow", "math", "mstyle", "msqrt")
_SCRIPTED = ("msup", "msub", "msubsup", "munder", "mover", "munderover")
_PRIMES = ("′", "″")
_RELATIONS = "=<>≤≥≠∈→⇒⟹⪰⟂"
_CLOSING = {")": "(", "]": "[", "}": "{", "⟩": "⟨", "|": "|", "‖": "‖"}
#: Those that stretch are the combining ones, which the font has in several widths.
_ACCENTS, _WIDE_ACCENTS, _OVERLINE = {"^": "ˆ", "~": "˜"}, {"^": "\u0302"}, "―"
_ADD_IT = "write it otherwise, or add it to bntheory.tex and its test"
_DOUBLE_STRUCK = {"E": "𝔼", "N": "ℕ", "P": "ℙ", "R": "ℝ"}
_SIGNS_AS_LETTERS = {"⟨": "prefix", "⟩": "postfix", "⪰": "infix", "⟂": "infix", "⟹": "infix"}


def check_tex(tex: str) -> None:
    """Refuse a formula that is not made of the checked macros and characters, with its braces in pairs.

    Raises
    ------
    InvalidInput
        It names the macro or the character.
    """
    for macro in _TOKEN.findall(tex):
        if macro[1:] not in MACROS:
            raise InvalidInput("tex", tex, f"has the macro {macro}, which is not typeset", _ADD_IT)
    for character in tex:
        if not _CHARACTERS.match(character):
            raise InvalidInput("tex", tex, f"has the character {character!r}, which is not typeset", _ADD_IT)
    bare = re.sub(r"\\.", "", tex, flags=re.S)
    if bare.count("{") != bare.count("}") or tex.count(r"\left") != tex.count(r"\right"):
        raise InvalidInput("tex", tex, "has braces that are not in pairs", "close every one that is opened")


@cache
def mathml(tex: str) -> tuple[tuple[str, ...], ...]:
    r"""The formula as MathML: for each part between its top-level spaces (\quad) the elements that it consists of.

    Browsers break no line inside an element. So a part is cut before each relation and each sum outside all brackets:
    set side by side it reads as one, and breaks where there is no room.

    Raises
    ------
    InvalidInput
        As `check_tex`, or if the converter cannot read the formula.
    """
    check_tex(tex)
    return tuple(tuple(_elements(part)) for part in _parts(tex))


def _parts(tex: str) -> Iterator[str]:
    """What stands between spaces outside all brackets."""
    start = depth = 0
    for token in re.finditer(r"\\(?:[A-Za-z]+|.)|[{}()\[\]]", tex, re.S):
        text = token.group()
        if text in ("{", "(", "[", r"\left", r"\{"):
            depth += 1
        elif text in ("}", ")", "]", r"\right", r"\}"):
            depth -= 1
        elif depth == 0 and _BREAK.fullmatch(text):
            if tex[start : token.start()].strip():
                yield tex[start : token.start()]
            start = token.end()
    if tex[start:].strip():
        yield tex[start:]


def _elements(tex: str) -> Iterator[str]:
    from xml.etree.ElementTree import Element, tostring

    from latex2mathml.converter import convert_to_element

    marked = _UPRIGHT.sub(_marked, tex)
    if r"\mathrm" in marked or r"\operatorname" in marked:
        raise InvalidInput("tex", tex, "has an upright name of more than letters and digits", "use these alone")
    try:
        math = convert_to_element(marked, display="block")
    except Exception as error:  # the converter's many errors have no common class
        rule = f"cannot be read ({type(error).__name__})"
        raise InvalidInput("tex", tex, rule, "see that every macro has its arguments") from error
    for element in list(math.iter()):
        _mend(element, tex)
    for row in [element for element in math.iter() if element.tag in _ROWS]:
        _sign_terms(row)
        _space_functions(row)
        _clear_overhang(row)
    for children in _chunks(list(math[0])):
        element = Element("math", {"displaystyle": "true"})
        element.extend(children)
        yield tostring(element, encoding="unicode")


def _chunks(children: list[Element]) -> Iterator[list[Element]]:
    """Children of the outermost row, cut before relations and sums, and after commas, that stand in no brackets."""
    chunk: list[Element] = []
    open_brackets: list[str] = []
    for child in children:
        sign = _base(child)
        binary = sign in ("+", "−") and child.get("form") != "prefix"
        if chunk and not open_brackets and child.tag == "mo" and (sign in _RELATIONS or binary):
            child.set("form", "infix")
            yield chunk
            chunk = []
        chunk.append(child)
        if sign in _CLOSING:
            if _CLOSING[sign] in open_brackets[-1:]:
                open_brackets.pop()
            elif sign in "|‖":
                open_brackets.append(sign)
        elif sign in _CLOSING.values():
            open_brackets.append(sign)
        elif sign == "," and child.tag == "mo" and not open_brackets:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _ends_operand(element: Element | None) -> bool:
    """Whether a sign after this is between two terms: this is there, and no sign itself but a closing bracket."""
    return element is not None and (element.tag != "mo" or _base(element) in _CLOSING)


def _base(element: Element) -> str:
    """The text of a token, or of what indices are put to."""
    while element.tag in _SCRIPTED and len(element):
        element = element[0]
    return (element.text or "").strip() or " "


def _marked(found: re.Match[str]) -> str:
    mark = _NAME if found[1] == "mathrm" else _FUNCTION
    return rf"\text{{{mark}{found[2] or found[3]}}}"


def _mend(element: Element, tex: str) -> None:
    """Put one element right; every token must have come out as something to be shown."""
    text = element.text = _plain(element.text)
    if element.tag in ("mi", "mo", "mn", "mtext"):
        if not text or (element.tag != "mtext" and ("\\" in text or text.isspace())):
            raise InvalidInput("tex", tex, f"has a part of which the converter makes {text!r}", "write it otherwise")
        if element.get("mathvariant") == "double-struck" and text not in _DOUBLE_STRUCK:
            raise InvalidInput("tex", tex, f"has a double-struck {text}, which is not typeset", _ADD_IT)
        _mend_token(element, text)
    elif element.tag == "mover":
        _mend_accent(element)
    elif element.tag == "msup" and _plain(element[1].text) in _PRIMES:
        element.tag = "mrow"  # the font's prime is raised already
    elif element.tag == "msub" and _base(element) in _WITH_LIMITS:
        element.tag = "munder"


def _plain(text: str | None) -> str:
    """Text with the converter's character references read."""
    from html import unescape

    return unescape(text or "")


def _mend_token(element: Element, text: str) -> None:
    if text[0] in (_NAME, _FUNCTION):
        element.tag, element.text = "mi", text[1:]
        element.attrib = {"class": "function"} if text[0] == _FUNCTION else {}
        if len(text) == 2:
            element.set("mathvariant", "normal")
    elif text in FUNCTIONS:
        element.tag, element.attrib = "mi", {"class": "function"}
    elif text in _SIGNS_AS_LETTERS:
        element.tag, element.attrib = "mo", {"form": _SIGNS_AS_LETTERS[text], "stretchy": "false"}
    elif text == "*":
        element.text = "∗"
    elif text in ("∂", "∞", "∇", "∀", "∃", "ℓ", "…"):
        element.tag, element.attrib = "mi", {"mathvariant": "normal"}
    elif text in _SPACELESS and element.get("stretchy") != "true":
        element.tag = "mo"
        element.attrib |= {"lspace": _THIN if text == ":" else "0", "rspace": _THIN if text == ":" else "0"}
    elif element.get("mathvariant") == "double-struck":
        element.text = _DOUBLE_STRUCK[text]
        element.attrib = {}
    elif element.get("mathvariant") == "monospace":
        element.attrib = {"class": "code"}
    elif element.tag == "mi" and len(text) == 1 and "Α" <= text <= "Ω":
        element.set("mathvariant", "normal")


def _mend_accent(element: Element) -> None:
    sign, wide = element[1], element[0].tag == "mrow"
    if _plain(sign.text) == _OVERLINE:
        # no browser stretches a line of every font: the style draws it, and hides the sign, which is there to be read
        element.attrib, sign.text, sign.attrib = {"class": "overline"}, "¯", {"stretchy": "false"}
        return
    element.set("accent", "true")
    signs = _WIDE_ACCENTS if wide else _ACCENTS
    sign.text = signs.get(_plain(sign.text), sign.text)
    sign.attrib = {"stretchy": "true" if wide else "false"}


def _sign_terms(row: Element) -> None:
    """A sign that no term stands before belongs to the term after it."""
    for before, sign in pairwise([None, *row]):
        if sign is not None and sign.tag == "mo" and sign.text in ("+", "−") and not _ends_operand(before):
            sign.attrib |= {"form": "prefix", "lspace": "0", "rspace": "0"}


def _space_functions(row: Element) -> None:
    """Thin spaces around the names of functions, but none before an opening bracket or beside another operator."""
    from xml.etree.ElementTree import Element

    for before, after in pairwise(list(row)):
        closes = before.tag == "mo" and _base(before) in _CLOSING
        wide = before.tag == "munder" and after.tag != "mspace"  # what stands below would touch a bracket
        left = _is_function(before) and (wide or _needs_space(after))
        if left or (_is_function(after) and (closes or _needs_space(before))):
            row.insert(list(row).index(after), Element("mspace", {"width": _THIN}))


def _clear_overhang(row: Element) -> None:
    """The italic f reaches into the index before it and the one above it: browsers do not make room."""
    from xml.etree.ElementTree import Element

    for before, after in pairwise(list(row)):
        if before.tag in ("msub", "msubsup") and _base(after) == "f":
            row.insert(list(row).index(after), Element("mspace", {"width": _OVERHANG}))
    for power in row:
        if power.tag == "msup" and _base(power) == "f":
            above, shifted = power[1], Element("mrow")
            shifted.extend([Element("mspace", {"width": _OVERHANG}), above])
            power[1] = shifted


def _is_function(element: Element) -> bool:
    return (element[0] if element.tag in _SCRIPTED and len(element) else element).get("class") == "function"


def _needs_space(element: Element) -> bool:
    """Whether something is no operator and no space: brackets and signs have their own."""
    return element.tag not in ("mo", "mspace") and not (element.tag == "mtext" and (element.text or "").isspace())

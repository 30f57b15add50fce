"""A figure's SVG as a part of a page: without its header, without ids that others have, without style for the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring, tostring

_URL = re.compile(r"url\(#([^)]+)\)")
#: Pixels a point.
_PIXELS = 4 / 3
_WIDTH = re.compile(r"([0-9.]+)pt")


@dataclass(frozen=True)
class Drawing:
    """A figure to be placed in a page, as often as it is wanted.

    Attributes
    ----------
    name : str
        The id of the group that holds it, for `use`.
    view : str
        The viewBox.
    width : int
        In pixels, as designed.
    body : str
        The group, as markup without namespaces, as HTML has it.
    """

    name: str
    view: str
    width: int
    body: str


def drawing(svg: str, name: str) -> Drawing:
    """The drawing of a whole SVG file by matplotlib; its ids begin with ``name-``.

    Raises
    ------
    ValueError
        If it holds a script, or refers to anything outside itself.
    """
    root = fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", svg.partition("?>")[2] or svg))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        if element.tag in ("script", "foreignObject") or any(key.startswith("on") for key in element.attrib):
            raise ValueError(f"the figure {name} holds a script")
    for parent in list(root.iter()):
        for child in [one for one in parent if one.tag in ("metadata", "style")]:
            parent.remove(child)
    _rename_ids(root, name)
    group = Element("g", {"id": name, "stroke-linejoin": "round", "stroke-linecap": "butt"})
    group.extend(list(root))
    width = _WIDTH.fullmatch(root.get("width", ""))
    points = float(width[1]) if width else float(root.get("viewBox", "").split()[2])
    return Drawing(name, root.get("viewBox", ""), round(_PIXELS * points), tostring(_tight(group), encoding="unicode"))


def _rename_ids(root: Element, name: str) -> None:
    """Prefix the ids that something refers to, and drop the others."""
    used = {target for element in root.iter() for target in _targets(element, name)}
    present = {element.get("id") for element in root.iter()}
    if not used <= present:
        raise ValueError(f"the figure {name} refers to {min(used - present)!r}, which it does not have")
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own in used:
            element.set("id", f"{name}-{own}")
        for key, value in element.attrib.items():
            element.set(key, _URL.sub(rf"url(#{name}-\1)", value))
        if element.get("href", "").startswith("#"):
            element.set("href", f"#{name}-{element.attrib['href'][1:]}")


def _targets(element: Element, name: str) -> list[str]:
    """The ids that an element refers to."""
    link = element.get("href", "")
    outside = [value for value in element.attrib.values() if "url(" in _URL.sub("", value)]
    if outside or (link and not link.startswith(("#", "data:image/"))):
        raise ValueError(f"the figure {name} refers to {[*outside, link][0]!r}, outside itself")
    found = [target for value in element.attrib.values() for target in _URL.findall(value)]
    return [*found, link[1:]] if link.startswith("#") else found


def _tight(group: Element) -> Element:
    """Without the line breaks between elements and inside paths."""
    for element in group.iter():
        element.text = element.tail = None
        if "d" in element.attrib:
            element.set("d", " ".join(element.attrib["d"].split()))
    return group

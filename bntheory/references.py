"""The papers that the source's sections follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A paper by its authors (given names first), title, venue, year of the first version, and arXiv number."""

    authors: tuple[str, ...]
    title: str
    venue: str
    year: int
    arxiv: str

    @property
    def key(self) -> str:
        """The key of the BibTeX entry: first family name and year."""
        return f"{_family(self.authors[0]).lower()}{self.year}"

    @property
    def citation(self) -> str:
        """One line for people."""
        families = [_family(author) for author in self.authors]
        names = " and ".join(families) if len(families) <= 2 else f"{', '.join(families[:-1])} and {families[-1]}"
        stop = "" if self.title.endswith("?") else "."
        return f"{names} ({self.year}). {self.title}{stop} {self.venue}, arXiv {self.arxiv}."

    @property
    def bibtex(self) -> str:
        """The BibTeX entry."""
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            "year": str(self.year),
            "note": self.venue,
            "eprint": self.arxiv,
            "archivePrefix": "arXiv",
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{self.key},\n{lines}\n}}"


def _family(author: str) -> str:
    return author.rsplit(" ", 1)[-1]


_IOFFE = Paper(
    ("Sergey Ioffe", "Christian Szegedy"),
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    "ICML 2015",
    2015,
    "1502.03167",
)
_SANTURKAR = Paper(
    ("Shibani Santurkar", "Dimitris Tsipras", "Andrew Ilyas", "Aleksander Madry"),
    "How Does Batch Normalization Help Optimization?",
    "NeurIPS 2018",
    2018,
    "1805.11604",
)
_YANG = Paper(
    ("Greg Yang", "Jeffrey Pennington", "Vinay Rao", "Jascha Sohl-Dickstein", "Samuel S. Schoenholz"),
    "A Mean Field Theory of Batch Normalization",
    "ICLR 2019",
    2019,
    "1902.08129",
)
_KOHLER = Paper(
    ("Jonas Kohler", "Hadi Daneshmand", "Aurelien Lucchi", "Ming Zhou", "Klaus Neymeyr", "Thomas Hofmann"),
    "Exponential convergence rates for Batch Normalization: The power of length-direction decoupling in"
    " non-convex optimization",
    "AISTATS 2019",
    2018,
    "1805.10694",
)

#: The paper behind each section; F is ours.
PAPERS: dict[str, Paper] = {"A": _IOFFE, "B": _SANTURKAR, "C": _SANTURKAR, "D": _YANG, "E": _KOHLER}


def paper_of(claim_id: str) -> Paper | None:
    """The paper that an id of the source stands in; None for ids that are not the source's."""
    return PAPERS.get(claim_id[:1]) if claim_id[1:].isdigit() else None

"""The papers that the source's sections follow."""

from __future__ import annotations

from dataclasses import dataclass

from bntheory import __version__


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

#: The paper behind each section of the article; F goes beyond it.
PAPERS: dict[str, Paper] = {"A": _IOFFE, "B": _SANTURKAR, "C": _SANTURKAR, "D": _YANG, "E": _KOHLER}


#: What a paper states and the article leaves out.
_BEYOND = {"F10": _KOHLER}
_TITLE = "bntheory: the convergence theory of Batch Normalization, decided statement by statement"
#: How to cite the package itself, as CITATION.cff has it.
SOFTWARE = f"""@software{{bntheory,
  author = {{{{The bntheory contributors}}}},
  title = {{{{{_TITLE}}}}},
  year = {{2026}},
  version = {{{__version__}}}
}}"""


def paper_of(claim_id: str) -> Paper | None:
    """The paper that a claim is printed in; None for those that are first stated here, and for other ids."""
    return _BEYOND.get(claim_id) or (PAPERS.get(claim_id[:1]) if claim_id[1:].isdigit() else None)

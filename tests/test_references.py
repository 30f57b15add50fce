"""The papers behind the sections are those of CITATION.cff."""

from __future__ import annotations

import re
from pathlib import Path

from bntheory.claims import IDS, claim
from bntheory.cli import main
from bntheory.references import PAPERS, paper_of

CITATION = (Path(__file__).parent.parent / "CITATION.cff").read_text()

#: By the key: authors' family names, venue and year of publication, arXiv number, as the source and the papers say.
PUBLISHED = {
    "ioffe2015": ("Ioffe Szegedy", "ICML 2015", "1502.03167"),
    "santurkar2018": ("Santurkar Tsipras Ilyas Madry", "NeurIPS 2018", "1805.11604"),
    "yang2019": ("Yang Pennington Rao Sohl-Dickstein Schoenholz", "ICLR 2019", "1902.08129"),
    "kohler2018": ("Kohler Daneshmand Lucchi Zhou Neymeyr Hofmann", "AISTATS 2019", "1805.10694"),
}


def test_bibtex_entries_are_of_the_published_papers():
    found = {}
    for paper in set(PAPERS.values()):
        [key] = re.findall(r"^@misc\{(\w+),$", paper.bibtex, re.M)
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", paper.bibtex, re.M))
        families = " ".join(author.split()[-1] for author in fields["author"].split(" and "))
        found[key] = (families, fields["note"], fields["eprint"])
        assert fields["title"] == f"{{{paper.title}}}"
        assert fields["archivePrefix"] == "arXiv"
        assert key.endswith(fields["year"])
    assert found == PUBLISHED


def test_papers_agree_with_the_citation_file():
    entries = re.findall(r'title: "(.+)"\n    authors: \[(.+)\]\n    year: (\d+)\n    notes: "arXiv:(.+)"', CITATION)
    cited = {arxiv: (title, authors, int(year)) for title, authors, year, arxiv in entries}
    assert {paper.arxiv for paper in PAPERS.values()} == set(cited)
    for paper in PAPERS.values():
        title, authors, year = cited[paper.arxiv]
        names = [
            f"{given} {family}" for family, given in re.findall(r"family-names: (.+?), given-names: (.+?)}", authors)
        ]
        assert (paper.title, list(paper.authors), paper.year) == (title, names, year)


def test_every_id_of_the_source_has_its_paper():
    assert [name for name in IDS if paper_of(name) is None] == [
        name for name in IDS if name[0] == "F" and claim(name).source.startswith("bntheory")
    ]
    assert paper_of("E5").citation.startswith("Kohler, Daneshmand, Lucchi, Zhou, Neymeyr and Hofmann (2018). ")
    assert paper_of("A1").citation.startswith("Ioffe and Szegedy (2015). ")
    assert paper_of("my.claim") is None
    assert paper_of("C3").bibtex.startswith("@misc{santurkar2018,\n  author = {Shibani Santurkar and Dimitris Tsipras")
    assert paper_of("C3").bibtex.count("{") == paper_of("C3").bibtex.count("}")


def test_what_stands_here_first_is_cited_as_the_package(capsys):
    assert main(["show", "F6", "--bibtex"]) == 0
    entry = capsys.readouterr().out
    for field in ("title", "version"):
        assert (
            re.search(rf"{field} = {{+(.+?)}}+,?$", entry, re.M)[1]
            == re.search(rf'^{field}: "?(.+?)"?$', CITATION, re.M)[1]
        )
    assert re.search(r"year = {(\d+)}", entry)[1] == re.search(r"^date-released: (\d+)", CITATION, re.M)[1]
    assert main(["show", "F10", "--bibtex"]) == 0
    assert "kohler2018" in capsys.readouterr().out

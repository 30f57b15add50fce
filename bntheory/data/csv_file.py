"""CSV files: a header row of column names, then one row per example; comma, semicolon or tab between cells.

Parsed by the standard library's csv module. Rows are numbered as an editor does: the header is row 1.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import difflib
import io
from array import array
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import BinaryIO, TextIO

import numpy as np

from bntheory.data.messages import bare, listed, shown
from bntheory.data.table import Table, as_number
from bntheory.errors import InvalidInput, unknown

DELIMITERS = (",", ";", "\t")

PIECE = 1 << 20
"""Bytes that are looked at together to see whether a file is text."""

NEAREST = 12
"""Column names, nearest first, that a message offers for one that does not exist."""


def read_csv(file: str, data: bytes, target: str | None) -> Table:
    """The features and the target column of a CSV file.

    Parameters
    ----------
    file : str
        Its name, for messages.
    data : bytes
        UTF-8 text, with or without a byte order mark.
    target : str or None
        A column's name or, where no column has that name, its index from 0.

    Raises
    ------
    InvalidInput
        Naming row, column and value: undecodable text, no header, no such column, ragged rows, cells that are
        not finite numbers.
    """
    return next(csv_tables(file, io.BytesIO(data), target))


def csv_tables(file: str, stream: BinaryIO, target: str | None, count: int | None = None) -> Iterator[Table]:
    """The file of `read_csv` as tables of `count` rows each (the last may be shorter), or as one table.

    The stream must be seekable, and is closed in the end; all of it is known to be text before the first table.
    """
    _require_text(file, stream)
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as lines:
        delimiter = _delimiter(file, lines)
        records = _records(file, lines, delimiter)
        header = _header(file, next(records, (1, []))[1])
        k = _target_index(file, header, target)
        first = next(records, None)
        if first is None:
            raise InvalidInput(file, "a header without rows", "must have at least 2 rows", "add the data")
        records = chain([first], records)
        if count is None:
            yield _table(file, header, k, delimiter, records)
        else:
            while part := list(islice(records, count)):
                yield _table(file, header, k, delimiter, part)


def _table(
    file: str, header: tuple[str, ...], k: int, delimiter: str, records: Iterable[tuple[int, list[str]]]
) -> Table:
    columns = header[:k] + header[k + 1 :]
    cells, labels, rows = array("d"), list[str](), array("q")
    for row, record in records:
        if len(record) != len(header):
            raise InvalidInput(
                f"{file}, row {row}",
                f"{len(record)} cells",
                f"must have {len(header)}, as the header has",
                f"add or remove cells, or quote those that contain {delimiter!r}",
            )
        labels.append(record.pop(k).strip())
        try:
            _append_numbers(cells, record)
        except ValueError:
            j = next(j for j, cell in enumerate(record) if as_number(cell) is None)
            raise _not_a_number(f"{file}, row {row}, column {shown(columns[j])}", record[j]) from None
        rows.append(row)
    X = np.frombuffer(cells, dtype=np.float64).reshape(len(rows), len(columns))
    bad = np.argwhere(~np.isfinite(X))
    if bad.size:
        i, j = (int(m) for m in bad[0])
        raise _not_a_number(f"{file}, row {rows[i]}, column {shown(columns[j])}", str(X[i, j]))

    def target_at(i: int) -> str:
        return f"{file}, row {rows[i]}, column {shown(header[k])}"

    return Table(file, X, labels, columns, target_at, _header_notes(header))


def _append_numbers(cells: array[float], record: list[str]) -> None:
    # `float` reads 2024_01 as 202401; one look at the joined row is much cheaper than one at each cell.
    if "_" in "".join(record):
        raise ValueError
    cells.extend(map(float, record))


def _not_a_number(where: str, cell: str) -> InvalidInput:
    remedy = "write decimals with a point" if "," in cell else "correct it, or leave out the row or the column"
    return InvalidInput(where, shown(cell), "must be a finite number", remedy)


def _require_text(file: str, stream: BinaryIO) -> None:
    decoder, row = codecs.getincrementaldecoder("utf-8")(), 1
    pieces = chain(iter(partial(stream.read, PIECE), b""), [b""])  # the last one ends what is unfinished
    for data in pieces:
        if b"\0" in data:
            raise InvalidInput(file, "binary content", "is not text", "give a CSV, NPY, NPZ or LIBSVM file")
        try:
            decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            # the error's text begins with the bytes of a letter that the last piece left unfinished: never a newline
            row += error.object.count(b"\n", 0, error.start)
            byte = f"byte 0x{error.object[error.start]:02x}"
            raise InvalidInput(f"{file}, row {row}", byte, "is not UTF-8 text", "save the file as UTF-8") from None
        row += data.count(b"\n")


def _records(file: str, lines: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its row; blank lines are skipped but counted."""
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for record in reader:
            if len(record) > 1 or (record and record[0].strip()):
                yield reader.line_num, record
    except csv.Error as error:
        where = f"{file}, row {reader.line_num}"
        remedy = "close every quote, and double those inside a quoted cell"
        raise InvalidInput(where, str(error), "is not well-formed CSV", remedy) from None


def _delimiter(file: str, lines: TextIO) -> str:
    """The delimiter that splits the first two records alike, and into most cells.

    csv.Sniffer looks at letter frequencies and fails on short files; decimal commas mislead a plain count.
    """

    def score(delimiter: str) -> tuple[bool, int]:
        widths: list[int] = []
        with contextlib.suppress(InvalidInput):
            widths.extend(len(record) for _, record in islice(_records(file, lines, delimiter), 2))
        return len(set(widths)) == 1 and widths[0] > 1, max(widths, default=0)

    return max(DELIMITERS, key=score)


def _header(file: str, record: list[str]) -> tuple[str, ...]:
    """The column names, spaces collapsed; a column without a name is called by its index."""
    names = tuple(" ".join(cell.split()) or f"#{j}" for j, cell in enumerate(record))
    # A data frame without names is written with the header 0,1,2,...
    by_index = names == tuple(map(str, range(len(names))))
    if not names or (not by_index and all(as_number(name) is not None for name in names)):
        found = listed(names) or "no text"
        raise InvalidInput(f"{file}, row 1", found, "must be a header", "put the column names in row 1")
    return names


def _header_notes(header: tuple[str, ...]) -> tuple[str, ...]:
    """Notes where the header looks like data, or like a row index written beside them."""
    notes = []
    odd = [name for name in header if as_number(name) is not None and not name.isdecimal()]
    if odd:
        notes.append(f"row 1 was read as the header, though it has {listed(odd)}")
    unnamed = [name for j, name in enumerate(header) if name == f"#{j}"]
    if unnamed:
        notes.append(f"columns without a name were kept as {listed(unnamed)}")
    return tuple(notes)


def _target_index(file: str, header: tuple[str, ...], target: str | None) -> int:
    if target is None:
        rule = f"must name a column of {file}: {listed(header)}"
        raise InvalidInput("target", None, rule, "pass --target with one of them")
    if len(header) == 1:
        rule = "must have features besides the target"
        raise InvalidInput(file, f"one column {listed(header)}", rule, "separate cells by , ; or tab")
    name = " ".join(target.split())
    if header.count(name) > 1:
        rule = f"names {header.count(name)} columns of {file}"
        raise InvalidInput("target", shown(name), rule, "rename all but one of them")
    if name in header:
        return header.index(name)
    if name.isdecimal() and int(name) < len(header):
        return int(name)
    if name.removeprefix("-").isdecimal():
        rule = f"is neither a column of {file} nor an index"
        raise InvalidInput("target", shown(name), rule, f"give a name, or 0 to {len(header) - 1}")
    nearest = difflib.get_close_matches(name, header, n=NEAREST, cutoff=0.0)
    raise unknown(f"target column of {file}", bare(name), map(bare, nearest))

"""
A figure, drawn again
=====================

A figure is drawn from stored numbers and from nothing else: from those of your own run, or from the recorded ones that
ship with the package. Drawing takes no rerun, and the same numbers give the same bytes.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from bntheory import experiment
from bntheory.figures import draw
from bntheory.records import stored
from bntheory.stems import perform
from bntheory.storage import save


def show(png):
    """The picture, on this page."""
    picture = plt.imread(png)
    figure = plt.figure(figsize=(8, 8 * picture.shape[0] / picture.shape[1]))
    figure.add_axes((0, 0, 1, 1)).imshow(picture)
    plt.axis("off")
    plt.show()


folder = Path(tempfile.mkdtemp())

# %%
# From a record
# -------------
#
# There is no result in this folder yet, so that the record is drawn; the figure says so, with its date and seed.
# ``bntheory figures explosion`` is the command.

print(stored("explosion", folder).origin)
files = draw("explosion", folder)
print([file.name for file in files])
show(next(file for file in files if file.suffix == ".png"))

# %%
# From a run
# ----------
#
# ``bntheory run rayleigh_pencil`` and ``bntheory figures rayleigh_pencil``. An experiment states its criteria before it
# measures; the result has them, with what was measured.

result = perform("rayleigh_pencil", {})
save(result, folder)
for criterion in result.criteria:
    relation = f"{criterion.relation} {criterion.limit:g}"
    print("met   " if criterion.met else "MISSED", f"{criterion.name}: {criterion.measured:.4g}, required {relation}")
show(next(file for file in draw("rayleigh_pencil", folder) if file.suffix == ".png"))

# %%
# The JSON of ``--json`` is this document; PDF and SVG are beside the PNG, for a paper.

print(sorted(experiment.document(result)))

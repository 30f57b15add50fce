"""
A figure, drawn again
=====================

A figure is drawn from stored numbers and from nothing else: from those of your own run, or from the recorded ones that
ship with the package. Drawing takes no rerun, and the same numbers give the same bytes.
"""

import tempfile
from pathlib import Path

from bntheory import experiment
from bntheory.figures import draw, figure_of
from bntheory.records import stored
from bntheory.stems import perform
from bntheory.storage import save

folder = Path(tempfile.mkdtemp())

# %%
# From a record
# -------------
#
# There is no result in this folder yet, so that the record is found, with its date and seed.

found = stored("explosion", folder)
print(found.origin)
figure = figure_of(found.result, found.origin)
figure

# %%
# For a paper: ``bntheory figures explosion``, or

print([file.name for file in draw("explosion", folder)])

# %%
# From a run
# ----------
#
# ``bntheory run rayleigh_pencil`` and ``bntheory figures rayleigh_pencil``. An experiment states its criteria before it
# measures; the result has them, with what was measured.

result = perform("rayleigh_pencil", {})
for criterion in result.criteria:
    outcome = "met" if criterion.met else "MISSED"
    required = f"{criterion.relation} {criterion.limit:g}"
    print(f"{outcome:6} {criterion.measured:10.4g} {required:10} {criterion.name}")
figure = figure_of(result)
figure

# %%
# Saved, it is found and drawn at any later time; the JSON of ``--json`` is this document:

save(result, folder)
print(*sorted(experiment.document(result)))

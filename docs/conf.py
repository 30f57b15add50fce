"""Sphinx settings: built without a network, nitpicky, warnings as errors (`make docs`)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]
# What tutorials and examples run in a process of their own is this checkout, too.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import bntheory  # noqa: E402

project = "bntheory"
author = "The bntheory contributors"
project_copyright = author
version = release = bntheory.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "plain_docstrings",
    "executed",
    "claim_pages",
    "figure_gallery",
    "readme_section",
]
templates_path = ["_templates"]
GALLERIES = {"tutorial_scripts": "tutorials", "figure_scripts": "figures"}
exclude_patterns = [
    *GALLERIES,
    *(f"{place}/*.{kind}" for place in GALLERIES.values() for kind in ("ipynb", "py", "zip")),
]
nitpicky = True

html_theme = "furo"
html_title = f"bntheory {version}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_math_renderer = "mathml"
pygments_style = "friendly"
pygments_dark_style = "monokai"

# API pages: one a class or function, from numpydoc docstrings.
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_context = {"top": bntheory.__all__}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # parameters say their types in words; the annotations are for mypy
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": list(GALLERIES),
    "gallery_dirs": list(GALLERIES.values()),
    "filename_pattern": r".*\.py$",
    "abort_on_example_error": True,
    "within_subsection_order": "figure_gallery.order",
    "image_scrapers": ("matplotlib", "figure_gallery.shown"),
    "ignore_repr_types": r"matplotlib\.figure\.Figure",
    "first_notebook_cell": "%matplotlib inline",  # else a notebook shows no figure that is made without pyplot
    "copyfile_regex": "",
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "backreferences_dir": None,
    "plot_gallery": True,
}

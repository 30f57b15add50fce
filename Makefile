# These do all the set-up on a fresh machine: `make reproduce`, `make test`, `make docs`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
EXTRAS := data,deep,certify,distributed,completion,test,dev
STAMP  := $(VENV)/.installed
# One BLAS thread: two are slower on small machines, and results do not depend on the count.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
# Where the browser's tests leave what they saw of the report.
export BNTHEORY_SCREENSHOTS ?= $(CURDIR)/build/screenshots

.PHONY: install reproduce reproduce-all test test-slow lint bench docs ledger font records clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	# A pinned torch is installed first, so that no extra pulls in a larger build of it.
	$(BIN)/pip install --quiet -c constraints.txt "torch==2.13.0"
	$(BIN)/pip install --quiet -c constraints.txt -e ".[$(EXTRAS)]"
	touch $(STAMP)

reproduce: $(STAMP)
	$(BIN)/python -m bntheory reproduce --quick

reproduce-all: $(STAMP)
	$(BIN)/python -m bntheory reproduce

test: $(STAMP)
	$(BIN)/python -m pytest -n 2

test-slow: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/pip install --quiet -c constraints.txt -e ".[$(EXTRAS),bench]"
	$(BIN)/python -m benchmarks

# Without a network; generated sources are made anew, so that every tutorial and example is executed.
docs: $(STAMP)
	$(BIN)/pip install --quiet -c constraints.txt -e ".[docs]"
	rm -rf build/docs docs/tutorials docs/figures docs/figure_scripts/*.py docs/api/generated
	$(BIN)/sphinx-build -W --keep-going -n -b html -d build/doctrees docs build/docs
	$(BIN)/python -m pytest tests/test_docs.py  # `make test` skips what needs the extra docs

ledger: $(STAMP)
	$(BIN)/python -c "from bntheory.ledger_page import write_page; write_page()"

# Needs the whole font: apt-get install fonts-texgyre-math
font: $(STAMP)
	$(BIN)/python -c "from bntheory.report.math_font import make; make()"

records: reproduce-all
	$(BIN)/python -c "from bntheory.records import record_all; record_all()"

clean:
	rm -rf $(VENV) build dist docs/tutorials docs/figures docs/figure_scripts/*.py docs/api/generated .mypy_cache .ruff_cache .pytest_cache

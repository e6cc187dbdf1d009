# `make demo` and `make test` set up everything they need in .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := requirements/constraints.txt
STAMP := $(VENV)/installed
DOCS_STAMP := $(VENV)/installed-docs
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Threads that spin while they wait stall each other where data workers share their cores.
export OMP_WAIT_POLICY ?= passive

.PHONY: demo test lint docs install

demo: install
	$(BIN)/python tools/demo.py

test: install
# One worker per core, up to four. What they start shares the cores: one thread each.
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: install
	$(BIN)/ruff check .

docs: $(DOCS_STAMP)
	@rm -rf docs/api
	$(BIN)/sphinx-build -q -E -W --keep-going docs docs/_build/html
	@echo "docs/_build/html/index.html"

install: $(STAMP)

$(STAMP): setup.py $(CONSTRAINTS)
	@echo "Installing into $(VENV): about 5 GB, one to several minutes, quiet until done ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q -c $(CONSTRAINTS) -e '.[test]'
# The cv2 of the others wants libGL, which a server without a display lacks. The last one stays.
	@$(BIN)/python -m pip install -q -c $(CONSTRAINTS) --no-deps --force-reinstall \
		opencv-contrib-python-headless
	@touch $@
	@echo "Installed."

$(DOCS_STAMP): $(STAMP)
	@$(BIN)/python -m pip install -q -c $(CONSTRAINTS) -e '.[docs]'
	@touch $@

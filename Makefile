# One command each; every target makes its own .venv and installs exact versions from requirements/.
PYTHON ?= python3
VENV   := .venv
CONSUMERS := .venv-consumers
FIELD  := .venv-field
# A newer Python, for the tools that ask for one; without it their rows are skipped.
FIELD_PYTHON ?= python3.12
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS   := -c requirements/build.txt -c requirements/run.txt -c requirements/test.txt
TREE   := pyproject.toml requirements/build.txt requirements/run.txt requirements/test.txt
# One BLAS thread: results must not depend on how many cores there are.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1
# The tests start hundreds of processes: without bytecode each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

# Two processes: the tests of one file stay together, because they share what the file has set up.
# JAKSTAT_CACHE names another folder for compiled kernels than the user's cache folder; a kept one halves the work.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

.PHONY: demo test lint suite cover verify bench docs pages site release lower clean
.DEFAULT_GOAL := demo

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "jakstat needs Python 3.11 or newer; give one with: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed-run: $(TREE) | $(BIN)/python
	$(PIP) install -r requirements/build.txt
	$(PIP) install --no-build-isolation $(PINS) -e '.[trial]'
	@touch $@

$(VENV)/installed-test: $(VENV)/installed-run
	$(PIP) install --no-build-isolation $(PINS) -e '.[test]'
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed-test requirements/docs.txt
	$(PIP) install --no-build-isolation $(PINS) -c requirements/docs.txt -e '.[docs]'
	@touch $@

# The programs that read what we write; without resolving, as INDRA asks for an ndex2 that knew no CX2.
# AMICI is built from source, which takes minutes and a C++ compiler; without one its test is skipped.
$(CONSUMERS)/installed: requirements/consumers.txt requirements/amici.txt
	$(PYTHON) -m venv $(CONSUMERS)
	$(CONSUMERS)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps -r $<
	@if command -v c++ > /dev/null; then $(CONSUMERS)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps -r requirements/amici.txt; else echo "no C++ compiler: AMICI is left out"; fi
	@touch $@

# Tools whose releases do not go beside those of the consumers.
$(FIELD)/installed: requirements/field.txt
	@mkdir -p $(FIELD)
	if $(FIELD_PYTHON) --version; then \
	    $(FIELD_PYTHON) -m venv $(FIELD) && $(FIELD)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps -r $<; fi
	@touch $@

demo: $(VENV)/installed-run   ## install, and run a small trial with its report
	$(BIN)/jakstat demo

lint: $(VENV)/installed-test  ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: $(VENV)/installed-test  ## style, types, imports and every test that is not long, side by side
	@$(MAKE) --no-print-directory -j2 suite lint

suite: $(VENV)/installed-test
	$(PYTEST)

cover: $(VENV)/installed-test  ## the same tests, and which lines they reach
	$(PYTEST) --cov --cov-report=term --cov-fail-under=90

verify: $(VENV)/installed-docs $(CONSUMERS)/installed $(FIELD)/installed  ## the long suites, and every format in the program it is for
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m long tests

bench: $(VENV)/installed-test   ## the engine beside its peers (those installed), and many lanes
	$(BIN)/python -m benchmarks

docs: pages site                ## what the product writes about itself, and the site of it all

site: $(VENV)/installed-docs    ## the site, from docs/ and the program, into build/site; needs no network
	$(BIN)/python -m scripts.docs_site

pages: $(VENV)/installed-test   ## files in docs/ that the product writes about itself: schemas, pages, pictures
	$(BIN)/python -m jakstat.knowledge.published_schemas
	$(BIN)/python -m jakstat.patients.patient_schema
	$(BIN)/python -m jakstat.population.population_schema
	$(BIN)/python -m jakstat.biology.drug_schema
	$(BIN)/python -m jakstat.trial.trial_schema
	$(BIN)/python -m jakstat.report.error_page
	$(BIN)/python -m jakstat.report.trial_columns_page
	$(BIN)/python -m jakstat.report.model_pages
	$(BIN)/python -m jakstat.report.knowledge_pages
	$(BIN)/python -m jakstat.report.growth_page
	$(BIN)/python -m jakstat.report.progression_page
	$(BIN)/python -m jakstat.report.trial_file_page
	$(BIN)/python -m scripts.example_trials page
	$(BIN)/python -m scripts.field_page
	$(BIN)/python -m scripts.docs_site.findings
	$(BIN)/python -m scripts.docs_site.shown
	$(BIN)/jakstat demo --plot docs/img/demo.png
	$(BIN)/jakstat demo --cell --plot docs/img/cell.png
	$(BIN)/jakstat map --out docs/img/map.svg --force
	$(BIN)/jakstat map --at 20min --stimulus IL6=10ng/ml --out docs/img/map-20min.svg --force
	$(BIN)/jakstat map --scale patient --out docs/img/map-tumour.svg --force

release: $(VENV)/installed-test ## checks, wheel, sdist, the wheel on an empty machine; TAG=yes makes the tag; never pushes
	$(BIN)/python -m scripts.release make $(if $(filter yes,$(TAG)),--tag)

lower:                          ## the quick tests of the core with the oldest releases that pyproject.toml allows
	$(PYTHON) -m scripts.lower_bounds

clean:
	rm -rf $(VENV) $(CONSUMERS) .venv-lower $(FIELD) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

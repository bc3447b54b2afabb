# Menagerie: every command sets up what it needs in .venv first, and says nothing where nothing changed.
.DEFAULT_GOAL := help
.PHONY: help serve test quick lint format train bench docs messages requirements clean
SHELL := /bin/bash
# Two installations into one virtual environment at the same time would break it.
.NOTPARALLEL:

# Bytecode is kept, whatever the environment says: tests start the project some hundred times.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
PORT ?= 8000
RECIPE ?= animals
BIN := .venv/bin
VENV_STAMP := .venv/.made
RUN_STAMP := .venv/.run-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
DEV_STAMP := .venv/.dev-$(shell cat requirements.txt requirements-ray.txt requirements-dev.txt | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BENCH_BIN := benchmarks/.venv/bin
BENCH_STAMP := benchmarks/.venv/.bench-$(shell cat requirements.txt benchmarks/requirements.txt | cksum | cut -d' ' -f1)
DOCS_BIN := build/venv/bin
DOCS_STAMP := build/venv/.docs-$(shell cat docs/requirements.txt | cksum | cut -d' ' -f1)
BENCH_PIP := $(BENCH_BIN)/python -m pip install --quiet --disable-pip-version-check
CHECK_PYTHON := $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed: make serve PYTHON=python3.12" >&2; exit 1; }

ifeq ($(filter train,$(MAKECMDGOALS))$(DATA),train)  # Here, before anything is set up.
$(error Say where the pictures are: make train DATA=folder, with one folder in it for each class)
endif

help:  ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

serve: $(RUN_STAMP)  ## Serve the active model on http://127.0.0.1:8000 (PORT=, MODEL=file)
	@PORT=$(PORT) $(if $(MODEL),MENAGERIE_MODEL="$(MODEL)") exec $(BIN)/gunicorn -c webui/server/gunicorn_conf.py webui.server.wsgi

test: $(DEV_STAMP)  ## Run all tests (ARGS="-k name" for some)
	@$(BIN)/python -m pytest $(ARGS)

quick: lint  ## Lint, then run the tests of what changed, in seconds (BASE=commit)
	@$(BIN)/python -m tests.quick $(BASE)

lint: $(DEV_STAMP)  ## Check style, types and the direction of imports
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(DEV_STAMP)  ## Put the code into its standard form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

train: $(RUN_STAMP)  ## Train on folders of pictures: DATA=folder [RECIPE=animals] [OUT=models/x-1.h5] [ARGS=--resume]
	@$(BIN)/python -m training fit --data "$(DATA)" --recipe "$(RECIPE)" $(if $(OUT),--out "$(OUT)") $(ARGS)

bench: $(BENCH_STAMP)  ## Measure beside TensorFlow, ONNX Runtime, LiteRT and the way of tutorials (ARGS=--quick)
	@$(BENCH_BIN)/python -m benchmarks $(ARGS)

docs: $(DOCS_STAMP)  ## Build the documentation as a site, into build/site
	@$(PYTHON) -m docs.site && NO_MKDOCS_2_WARNING=1 $(DOCS_BIN)/mkdocs build

fuzz: $(DEV_STAMP)  ## Send 4,500 requests that its OpenAPI document allows, or does not, to a server (ARGS=--examples=100)
	@$(BIN)/python -m benchmarks.fuzz $(ARGS)

messages: $(DEV_STAMP)  ## Collect and compile the translations (needs gettext)
	@cd webui && ../$(BIN)/python ../manage.py makemessages --locale zh_Hans --no-location --no-wrap --no-obsolete && \
		../$(BIN)/python ../manage.py compilemessages --locale zh_Hans

# All extras but Ray's, which requirements-ray.txt has.
requirements: $(DEV_STAMP)  ## Pin anew, in requirements.txt, what pyproject.toml asks for (ARGS=--upgrade)
	@$(BIN)/uv --quiet pip compile pyproject.toml $(addprefix --extra ,client frigate otel postgres s3 train) --universal --python-version 3.11 --annotation-style line \
		--custom-compile-command "make requirements" --output-file requirements.txt $(ARGS)

clean:  ## Remove .venv and all caches
	@rm -rf .venv benchmarks/.venv build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV_STAMP):  # Not .venv/bin/python: an interrupted set-up has that already, but no pip.
	@$(CHECK_PYTHON)
	@echo "Setting up .venv ..."
	@$(PYTHON) -m venv --clear .venv
	@touch $@

$(RUN_STAMP): requirements.txt | $(VENV_STAMP)
	@echo "Installing requirements.txt (about 600 MB, once) ..."
	@$(PIP) -r requirements.txt
	@rm -f .venv/.run-* && touch $@

$(DEV_STAMP): requirements.txt requirements-ray.txt requirements-dev.txt | $(VENV_STAMP)
	@echo "Installing requirements-dev.txt ..."
	@$(PIP) -r requirements-dev.txt
	@rm -f .venv/.run-* .venv/.dev-* && touch $@ $(RUN_STAMP)

$(BENCH_STAMP): requirements.txt benchmarks/requirements.txt
	@$(CHECK_PYTHON)
	@echo "Setting up benchmarks/.venv (about 700 MB, once) ..."
	@$(PYTHON) -m venv --clear benchmarks/.venv
	@$(BENCH_PIP) -r requirements.txt
	@grep -v '^#' benchmarks/requirements.txt | while read -r package; do \
		$(BENCH_PIP) -c requirements.txt "$$package" || echo "$$package cannot be installed here, and is left out." >&2; done
	@touch $@

$(DOCS_STAMP): docs/requirements.txt
	@$(CHECK_PYTHON)
	@echo "Setting up build/venv ..."
	@$(PYTHON) -m venv --clear build/venv
	@$(DOCS_BIN)/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	@touch $@

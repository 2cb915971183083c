# make demo   a dozen pictures through the whole path, on this machine
# make test   lint, types and tests     make test-deployment   the template, and what it deploys, built and run
# make build  what `sam deploy` puts on AWS
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAM := .venv-sam
include requirements/install.mk

.PHONY: demo test test-deployment build lint types docs requirements clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/imagesearch-ingest demo

test: lint types
	$(BIN)/pytest --quiet --numprocesses 2 --dist worksteal --cov --cov-report=term --ignore tests/deployment

# Apart from the other tests, since it installs aws-sam-cli and builds the layers: another minute, and the network.
test-deployment: $(VENV)/.installed $(SAM)/.installed
	$(BIN)/pytest --quiet tests/deployment

# Without the flags of this make: the layers' makefiles are run by sam, and have variables of their own.
build: $(VENV)/.installed $(SAM)/.installed
	MAKEFLAGS= SAM_CLI_TELEMETRY=0 $(SAM)/bin/sam build

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: $(VENV)/.installed
	$(BIN)/mypy

# Pinned and hashed. The stamp is written last, so an interrupted installation is taken up again.
$(VENV)/.installed: pyproject.toml requirements/bootstrap.txt requirements/build.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "imagesearch-ingest needs Python 3.11 or newer, found: $$($(PYTHON) --version 2>&1). Try: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 2; }
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/bootstrap.txt \
		&& $(BIN)/uv pip install $(UV_INSTALL) --python $(BIN)/python -r requirements/build.txt \
		&& $(BIN)/uv pip sync $(UV_INSTALL) --python $(BIN)/python requirements/dev.txt \
		&& $(BIN)/uv pip install --quiet --offline --no-build-isolation --no-deps --python $(BIN)/python --editable . ; } \
		|| { echo "The packages could not be installed. Is the network there? 'make $(MAKECMDGOALS)' goes on where it stopped." >&2; exit 5; }
	@touch $@

# In an environment of its own: aws-sam-cli holds older versions of what is used here.
$(SAM)/.installed: requirements/sam.txt requirements/install.mk $(VENV)/.installed
	@test -x $(SAM)/bin/python || $(BIN)/python -m venv --without-pip $(SAM)
	@$(BIN)/uv pip sync $(UV_INSTALL) --python $(SAM)/bin/python requirements/sam.txt \
		|| { echo "aws-sam-cli could not be installed. Is the network there? 'make $(MAKECMDGOALS)' goes on where it stopped." >&2; exit 5; }
	@touch $@

# The README's table of settings, and the page of reasons.
docs: $(VENV)/.installed
	$(BIN)/python -m imagesearch_ops.reference .

# Takes up new releases within requirements/*.in. No download addresses, so that any package index serves.
requirements: $(VENV)/.installed
	@for name in bootstrap build runtime dev sam awslambdaric; do \
		$(BIN)/uv pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
			$$(test $$name = dev && echo --constraints requirements/runtime.txt) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) $(SAM) .aws-sam .coverage .mypy_cache .pytest_cache .ruff_cache

# make demo   a dozen pictures through the whole path, on this machine     make test   everything CI checks
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Published as sources only; everything else is installed from wheels or not at all.
SDISTS := alibabacloud-credentials-api,alibabacloud-gateway-spi,alibabacloud-tea
comma := ,
# Trusts what the machine trusts, so that it works behind a company's proxy too.
UV_INSTALL := --quiet --system-certs --require-hashes --no-build-isolation --only-binary :all: \
	$(foreach name,$(subst $(comma), ,$(SDISTS)),--no-binary $(name))

.PHONY: demo test lint types requirements clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/imagesearch-ingest demo

test: lint types
	$(BIN)/pytest --quiet --cov --cov-report=term

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

# Takes up new releases within requirements/*.in. No download addresses, so that any package index serves.
requirements: $(VENV)/.installed
	@for name in bootstrap build runtime dev; do \
		$(BIN)/uv pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
			$$(test $$name = dev && echo --constraints requirements/runtime.txt) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache

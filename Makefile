# make demo   a dozen pictures through the whole path, on this machine
# make test   lint, types and tests     make test-all   what takes longer: slow tests, the template built and run
# make build  what `sam deploy` puts on AWS     make build HEIC=1     the same, and it reads HEIC
# make build-alibaba  what `s deploy` and `s layer publish` put on Alibaba Cloud
# make bench-images, bench-throughput, bench-coldstart  what it costs: docs/benchmarks.md, throughput.md, cold-start.md
# make chaos SEED=7, make chaos-real SEED=7  whether anything is lost when all goes wrong
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAM := .venv-sam
BENCH := .venv-bench
SHARP := benchmarks/images/node_modules
NODE := tests/deployment/node
FC := .fc
include requirements/install.mk

.PHONY: demo test test-all test-deployment fuzz chaos chaos-real bench-images bench-coldstart bench-throughput build build-alibaba lint types docs requirements clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/imagesearch-ingest demo

test: lint types
	$(BIN)/pytest --quiet --numprocesses 3 --dist worksteal --cov --cov-report=term --ignore tests/deployment -m "not slow"

# The odder runs of tests/chaos_real, which take minutes: .venv/bin/pytest tests/chaos_real -m slow
test-all: $(VENV)/.installed test-deployment
	$(BIN)/pytest --quiet --numprocesses 2 --dist worksteal --ignore tests/deployment --ignore tests/chaos_real -m slow
	$(BIN)/pytest --quiet tests/chaos_real -m slow -k "sigkill or overtak"

# Apart from the other tests, since it installs aws-sam-cli, Serverless Devs and Funcraft, and builds the layers: some
# minutes more, node, and the network.
test-deployment: $(VENV)/.installed $(SAM)/.installed $(NODE)/node_modules/.installed
	$(BIN)/pytest --quiet tests/deployment

# Damaged pictures, always other ones, on every core. What prepare() does wrong with is saved in .fuzz/ by its number.
fuzz: $(VENV)/.installed
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600)

# Simulated worlds in which a fifth of all calls go wrong, from a seed on; each has to balance its ledger (tests/chaos).
chaos: $(VENV)/.installed
	@$(BIN)/python -m tests.chaos --seed $(or $(SEED),1) --seeds $(or $(SEEDS),1) --objects $(or $(OBJECTS),200)

# The same with real processes, which are killed at random, behind a network that loses (tests/chaos_real).
chaos-real: $(VENV)/.installed
	@$(BIN)/python -m tests.chaos_real --seed $(or $(SEED),1) --objects $(or $(OBJECTS),60)

# Without the flags of this make: the layers' makefiles are run by sam, and have variables of their own.
build: $(VENV)/.installed $(SAM)/.installed
	MAKEFLAGS= HEIC=$(HEIC) SAM_CLI_TELEMETRY=0 $(SAM)/bin/sam build

# What s.yaml and s.direct.yaml refer to: the function, and the two layers that it needs. In place only when all of it is
# there: half a layer could be published as well as a whole one.
build-alibaba: $(VENV)/.installed
	@rm -rf $(FC).new && mkdir -p $(FC).new/code $(FC).new/dependencies $(FC).new/library
	@$(MAKE) --no-print-directory --makefile layers/dependencies/Makefile build-DependenciesLayer CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/dependencies"
	@$(MAKE) --no-print-directory --makefile layers/ingest/Makefile build-IngestLayer CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/library"
	@$(MAKE) --no-print-directory --makefile functions/ingest_oss/Makefile build-IngestFunction CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/code"
	@rm -rf $(FC) && mv $(FC).new $(FC)

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

# Hashed, and without the packages' own scripts. Unlike the pictures' sharp, nothing of it may be missing.
$(NODE)/node_modules/.installed: $(NODE)/package.json $(NODE)/package-lock.json
	@command -v npm >/dev/null || { echo "node and its npm are needed, to check the templates of Alibaba Cloud." >&2; exit 2; }
	@npm ci --prefix $(NODE) --ignore-scripts --loglevel error >&2 \
		|| { echo "Serverless Devs and Funcraft could not be installed. Is the network there? 'make $(MAKECMDGOALS)' goes on where it stopped." >&2; exit 5; }
	@touch $@

# Pictures, beside other libraries: the tables of docs/benchmarks.md. BENCH_FLAGS are the runner's own (`--help`).
bench-images: $(BENCH)/.installed $(SHARP)/.installed
	@$(BENCH)/bin/python -m benchmarks.images --command '$(strip make bench-images $(if $(BENCH_FLAGS),BENCH_FLAGS="$(BENCH_FLAGS)"))' \
		--write docs/benchmarks.md $(BENCH_FLAGS)

# A backlog through the handler, beside a tutorial's, for about an hour in which nothing else should run here:
# the tables of docs/throughput.md. BENCH_FLAGS="--quick" tries it in a minute, and prints them.
bench-throughput: $(VENV)/.installed
	@$(BIN)/python -m benchmarks.throughput --command '$(strip make bench-throughput $(if $(BENCH_FLAGS),BENCH_FLAGS="$(BENCH_FLAGS)"))' \
		$(if $(findstring --quick,$(BENCH_FLAGS)),,--write docs/throughput.md) $(BENCH_FLAGS)

$(BENCH)/.installed: requirements/bench.txt requirements/install.mk $(VENV)/.installed
	@test -x $(BENCH)/bin/python || $(BIN)/python -m venv --without-pip $(BENCH)
	@{ $(BIN)/uv pip install $(UV_INSTALL) --python $(BENCH)/bin/python -r requirements/build.txt \
		&& $(BIN)/uv pip sync $(UV_INSTALL) --python $(BENCH)/bin/python requirements/bench.txt ; } \
		|| { echo "pyvips could not be installed. Is the network there? 'make $(MAKECMDGOALS)' goes on where it stopped." >&2; exit 5; }
	@touch $@

# Its binaries are packages, so that no package's scripts need to run. Without node the tables say "not installed".
$(SHARP)/.installed: benchmarks/images/package.json benchmarks/images/package-lock.json
	@command -v npm >/dev/null || { echo "node is not there, so sharp is left out" >&2; exit 0; }; \
		npm ci --prefix benchmarks/images --ignore-scripts --loglevel error >&2 && touch $@ \
		|| { echo "sharp could not be installed. Is the network there? 'make $(MAKECMDGOALS)' goes on where it stopped." >&2; exit 5; }

# From a process's start to the first picture in the index, and the memory of a full batch: docs/cold-start.md. It fails
# when what must hold does not; nothing else should run meanwhile. BENCH_FLAGS are the runner's own (`--help`).
bench-coldstart: $(VENV)/.installed
	@$(BIN)/python -m benchmarks.coldstart --command '$(strip make bench-coldstart $(if $(BENCH_FLAGS),BENCH_FLAGS="$(BENCH_FLAGS)"))' \
		--write docs/cold-start.md $(BENCH_FLAGS)

# The README's table of settings, and the page of reasons.
docs: $(VENV)/.installed
	$(BIN)/python -m imagesearch_ops.reference .

# Takes up new releases within requirements/*.in. No download addresses, so that any package index serves.
requirements: $(VENV)/.installed
	@for name in bootstrap build runtime runtime-alibaba container heic dev sam bench awslambdaric tutorial; do \
		$(BIN)/uv pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
			$$(case $$name in (runtime-alibaba|container|heic|dev|bench|tutorial) echo --constraints requirements/runtime.txt;; esac) \
			$$(case $$name in (container|dev) echo --constraints requirements/runtime-alibaba.txt;; esac) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) $(SAM) $(BENCH) $(SHARP) $(NODE)/node_modules benchmarks/images/.sources benchmarks/coldstart/.builds .aws-sam $(FC) $(FC).new .coverage .mypy_cache .pytest_cache .ruff_cache

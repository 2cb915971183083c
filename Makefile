# `make help` prints the targets. `make` alone runs the demo.
# Options: PYTHON=python3.13 chooses the interpreter of .venv; HEIC=1 adds HEIC to `make build`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest --quiet --dist worksteal
SAM := .venv-sam
CHECKOV := .venv-checkov
BENCH := .venv-bench
CLIENTS := .venv-clients
SITE := .venv-site
RELEASE := .venv-release
SHARP := benchmarks/images/node_modules
NODE := tests/deployment/node
NODE_CLIENTS := tests/local_cloud/clients/node
FC := .fc
include requirements/install.mk

.PHONY: demo help check test coverage test-all test-deployment test-slow test-again fuzz chaos chaos-real live bench-images bench-coldstart \
	bench-throughput build build-alibaba container-tools wheel release lint types docs pictures site requirements clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed ## Ingest a dozen sample pictures on this machine
	@$(BIN)/imagesearch-ingest demo

help: ## Print this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { split($$1, target, ":"); printf "make %-18s%s\n", target[1], $$2 }' $(firstword $(MAKEFILE_LIST))

check: lint types ## Run lint, type checks and quick unit tests, in about a minute
	$(PYTEST) --numprocesses 3 -m "not slow" tests/unit tests/test_architecture.py tests/test_contributing.py \
		tests/test_docs.py tests/documentation

test: lint types ## Run lint, type checks and all tests but the slow ones, in about 20 minutes
	$(PYTEST) --numprocesses 4 $(COVERAGE) --ignore tests/deployment -m "not slow"

# Target-specific variables also reach the prerequisites, so that `test` measures the coverage here.
coverage: COVERAGE := --cov --cov-report=term
coverage: test ## Run what `test` runs, and report the lines that no test runs

test-all: test test-deployment test-slow ## Run all tests

# This leaves out the rarer runs of tests/chaos_real, which take minutes: .venv/bin/pytest tests/chaos_real -m slow
test-slow: $(VENV)/.installed $(CLIENTS)/.installed $(NODE_CLIENTS)/node_modules/.installed ## Run the slow tests
	$(PYTEST) --numprocesses 2 --ignore tests/deployment --ignore tests/chaos_real -m slow
	$(BIN)/pytest --quiet tests/chaos_real -m slow -k "sigkill or overtak"

# Tests that measure time may fail while others use the machine. It fails if nothing is to be repeated.
test-again: lint types ## Run the tests once more that have failed, one after another
	$(BIN)/pytest --quiet --last-failed --last-failed-no-failures none

# These tests need some minutes, node and the network: they install aws-sam-cli, checkov, cfn-guard, Serverless Devs and
# Funcraft, and build the layers.
test-deployment: $(VENV)/.installed $(SAM)/.installed $(SITE)/.installed $(CHECKOV)/.installed $(RELEASE)/.installed $(NODE)/node_modules/.installed container-tools ## Build and run what the templates deploy
	$(BIN)/pytest --quiet tests/deployment

# Each run damages pictures in new ways, on every core. An input that prepare() handles wrongly is saved in .fuzz/.
fuzz: $(VENV)/.installed ## Prepare damaged pictures at random (SECONDS=600)
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600)

# In each simulated run a fifth of all calls fail. Each object must still end as it should (tests/chaos).
chaos: $(VENV)/.installed ## Simulate runs full of faults (SEED=1 SEEDS=1 OBJECTS=200 VARIED=)
	@$(BIN)/python -m tests.chaos --seed $(or $(SEED),1) --seeds $(or $(SEEDS),1) --objects $(or $(OBJECTS),200) \
		$(if $(VARIED),--varied)

# Processes are killed at random, and the network loses packets (tests/chaos_real).
chaos-real: $(VENV)/.installed ## Run faults with real processes and a lossy network (SEED=1 OBJECTS=60)
	@$(BIN)/python -m tests.chaos_real --seed $(or $(SEED),1) --objects $(or $(OBJECTS),60)

# Without LIVE_YES=1 this only says what it would do. Neither .ci/run nor another target calls it.
live: $(VENV)/.installed ## Ask a real account which assumptions hold (LIVE_YES=1 LIVE_ONLY=ID,... JSON=FILE)
	@$(BIN)/python -m tests.live $(if $(JSON),--json "$(JSON)")

# MAKEFLAGS is emptied because sam runs the layers' makefiles, which have their own variables.
build: $(VENV)/.installed $(SAM)/.installed ## Build what `sam deploy` deploys to AWS (HEIC=1 adds HEIC)
	MAKEFLAGS= HEIC=$(HEIC) SAM_CLI_TELEMETRY=0 $(SAM)/bin/sam build --parallel

# Builds the function and its two layers as folders, which s.yaml and s.direct.yaml name, and in .fc/zips as the zips that
# template.ros.yaml names, beside that template. The result is moved into place at the end, so that nothing incomplete is
# ever published.
build-alibaba: $(VENV)/.installed ## Build what is deployed to Alibaba Cloud
	@rm -rf $(FC).new && mkdir -p $(FC).new/code $(FC).new/watch $(FC).new/dependencies $(FC).new/library
	@$(MAKE) --no-print-directory --makefile layers/dependencies/Makefile build-DependenciesLayer CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/dependencies"
	@$(MAKE) --no-print-directory --makefile layers/ingest/Makefile build-IngestLayer CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/library"
	@$(MAKE) --no-print-directory --makefile functions/ingest_oss/Makefile build-IngestFunction CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/code"
	@$(MAKE) --no-print-directory --makefile functions/watch_oss/Makefile build-WatchFunction CLOUD=alibaba ARTIFACTS_DIR="$(abspath $(FC).new)/watch"
	@for one in function:code watch:watch dependencies:dependencies library:library; do \
		$(BIN)/python layers/zip.py "$(FC).new/$${one#*:}" "$(FC).new/zips/$${one%%:*}.zip" || exit 1; \
	done
	@cp template.ros.yaml $(FC).new/zips
	@rm -rf $(FC) && mv $(FC).new $(FC)

wheel: $(VENV)/.installed ## Build dist/*.whl, which pipx or uv installs as a command
	@rm -rf dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --offline --out-dir dist .
	@ls dist/*.whl

# Builds from the last commit alone: what it needs beside that is pinned in requirements/ (docs/releases.md).
release: $(VENV)/.installed ## Build dist/ for a release: wheel, layers, notices, checksums (TAG=v0.2.0 compares the version)
	@$(BIN)/python -m release "$(TAG)"

lint: $(VENV)/.installed ## Check style and formatting with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: $(VENV)/.installed ## Check types with mypy
	$(BIN)/mypy

# Packages are pinned and hashed. The stamp is written last, so that an interrupted installation is continued.
$(VENV)/.installed: pyproject.toml requirements/bootstrap.txt requirements/build.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "imagesearch-ingest needs Python 3.11 or newer, found: $$($(PYTHON) --version 2>&1). Try: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 2; }
	@echo "Installing the packages into $(VENV). This takes about a minute." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 2; }
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/bootstrap.txt \
		&& $(BIN)/uv pip install $(UV_INSTALL) --python $(BIN)/python -r requirements/build.txt \
		&& $(BIN)/uv pip sync $(UV_INSTALL) --python $(BIN)/python requirements/dev.txt \
		&& $(BIN)/uv pip install --quiet --offline --no-build-isolation --no-deps --python $(BIN)/python --editable . ; } \
		|| { echo "The packages could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# aws-sam-cli needs older versions of some packages, so it gets its own environment.
$(SAM)/.installed: requirements/sam.txt requirements/install.mk $(VENV)/.installed
	@test -x $(SAM)/bin/python || $(BIN)/python -m venv --without-pip $(SAM)
	@$(BIN)/uv pip sync $(UV_INSTALL) --python $(SAM)/bin/python requirements/sam.txt \
		|| { echo "aws-sam-cli could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# checkov needs a hundred packages, some of them older than those of the other environments.
$(CHECKOV)/.installed: requirements/checkov.txt requirements/install.mk $(VENV)/.installed
	@test -x $(CHECKOV)/bin/python || $(BIN)/python -m venv --without-pip $(CHECKOV)
	@$(BIN)/uv pip sync $(UV_INSTALL) --python $(CHECKOV)/bin/python requirements/checkov.txt \
		|| { echo "checkov could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# Without them, the test of the image is skipped, or fails in CI: the other tests still run. Only root on Debian or Ubuntu gets
# them here. Each wait for the network, or for another apt, has a limit.
APT := DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120
container-tools: ## Install buildah and mmdebstrap, which build the container image in a test
	@command -v buildah >/dev/null && command -v mmdebstrap >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null \
		|| { $(APT) update && $(APT) install --yes --no-install-recommends buildah debian-archive-keyring mmdebstrap ; } >&2 \
		|| echo "buildah and mmdebstrap could not be installed, so that the container image is not built. Check the network." >&2

# Tools that the tests of a release run: pipx, and checks of the workflows.
$(RELEASE)/.installed: requirements/release.txt requirements/install.mk $(VENV)/.installed
	@test -x $(RELEASE)/bin/python || $(BIN)/python -m venv --without-pip $(RELEASE)
	@$(BIN)/uv pip sync $(UV_INSTALL) --python $(RELEASE)/bin/python requirements/release.txt \
		|| { echo "pipx and zizmor could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# Packages are hashed, and their install scripts do not run.
$(NODE)/node_modules/.installed: $(NODE)/package.json $(NODE)/package-lock.json
	@command -v npm >/dev/null || { echo "npm was not found. Install node with npm: it checks the templates of Alibaba Cloud." >&2; exit 2; }
	@npm ci --prefix $(NODE) --ignore-scripts --loglevel error >&2 \
		|| { echo "Serverless Devs and Funcraft could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# Clients of the local cloud that its tests run, for Python and for Node. Some packages are published as sources only.
$(CLIENTS)/.installed: requirements/clients.txt requirements/install.mk $(VENV)/.installed
	@test -x $(CLIENTS)/bin/python || $(BIN)/python -m venv --without-pip $(CLIENTS)
	@{ $(BIN)/uv pip install $(UV_INSTALL) --python $(CLIENTS)/bin/python -r requirements/build.txt \
		&& $(BIN)/uv pip sync $(UV_INSTALL) --no-binary crcmod --no-binary oss2 \
			$(foreach name,endpoint-util oss-sdk oss-util tea-fileform tea-xml,--no-binary alibabacloud-$(name)) \
			--python $(CLIENTS)/bin/python requirements/clients.txt ; } \
		|| { echo "The clients of the local cloud could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

$(NODE_CLIENTS)/node_modules/.installed: $(NODE_CLIENTS)/package.json $(NODE_CLIENTS)/package-lock.json
	@command -v npm >/dev/null || { echo "npm was not found. Install node with npm: it runs the SDKs for Node." >&2; exit 2; }
	@npm ci --prefix $(NODE_CLIENTS) --ignore-scripts --loglevel error >&2 \
		|| { echo "The SDKs for Node could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# Writes the tables of docs/benchmarks.md. BENCH_FLAGS are options of the runner (`--help`).
bench-images: $(BENCH)/.installed $(SHARP)/.installed ## Compare picture preparation with other libraries
	@$(BENCH)/bin/python -m benchmarks.images --command '$(strip make bench-images $(if $(BENCH_FLAGS),BENCH_FLAGS="$(BENCH_FLAGS)"))' \
		--write docs/benchmarks.md $(BENCH_FLAGS)

# Writes the tables of docs/throughput.md. This takes about an hour, in which nothing else should run on the machine.
# BENCH_FLAGS="--quick" takes a minute and only prints the tables.
bench-throughput: $(VENV)/.installed ## Compare the handler's throughput with a tutorial's (BENCH_FLAGS="--quick")
	@$(BIN)/python -m benchmarks.throughput --command '$(strip make bench-throughput $(if $(BENCH_FLAGS),BENCH_FLAGS="$(BENCH_FLAGS)"))' \
		$(if $(findstring --quick,$(BENCH_FLAGS)),,--write docs/throughput.md) $(BENCH_FLAGS)

$(BENCH)/.installed: requirements/bench.txt requirements/install.mk $(VENV)/.installed
	@test -x $(BENCH)/bin/python || $(BIN)/python -m venv --without-pip $(BENCH)
	@{ $(BIN)/uv pip install $(UV_INSTALL) --python $(BENCH)/bin/python -r requirements/build.txt \
		&& $(BIN)/uv pip sync $(UV_INSTALL) --python $(BENCH)/bin/python requirements/bench.txt ; } \
		|| { echo "pyvips could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# sharp's binaries are packages, so that no install script has to run. Without node the tables say "not installed".
$(SHARP)/.installed: benchmarks/images/package.json benchmarks/images/package-lock.json
	@command -v npm >/dev/null || { echo "npm was not found, so sharp is left out" >&2; exit 0; }; \
		npm ci --prefix benchmarks/images --ignore-scripts --loglevel error >&2 && touch $@ \
		|| { echo "sharp could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }

# Writes docs/cold-start.md, and fails if a limit stated there is exceeded. Nothing else should run on the machine.
# BENCH_FLAGS are options of the runner (`--help`).
bench-coldstart: $(VENV)/.installed ## Measure the cold start, and the memory of a full batch
	@$(BIN)/python -m benchmarks.coldstart --command '$(strip make bench-coldstart $(if $(BENCH_FLAGS),BENCH_FLAGS="$(BENCH_FLAGS)"))' \
		--write docs/cold-start.md $(BENCH_FLAGS)

docs: $(VENV)/.installed ## Generate docs/reference/, docs/reasons.md and the map of docs/index.md
	$(BIN)/python -m documentation .

# The pictures need Chromium. tests/e2e/test_cli.py notices if the demo prints something else by now.
pictures: $(VENV)/.installed ## Draw the pictures of the README anew, from a run of the demo and of a plan
	@$(BIN)/python -m documentation.pictures docs/images

# Warnings are errors: a link or an anchor that leads nowhere, or a page that is missing.
site: $(SITE)/.installed ## Build the site of the documents into site/
	@$(SITE)/bin/zensical build --clean --strict

$(SITE)/.installed: requirements/site.txt requirements/install.mk $(VENV)/.installed
	@test -x $(SITE)/bin/python || $(BIN)/python -m venv --without-pip $(SITE)
	@$(BIN)/uv pip sync $(UV_INSTALL) --python $(SITE)/bin/python requirements/site.txt \
		|| { echo "zensical could not be installed. Check the network, then run 'make $(MAKECMDGOALS)' again." >&2; exit 5; }
	@touch $@

# The files hold no download addresses, so that they work with any package index.
requirements: $(VENV)/.installed ## Update all pinned packages within requirements/*.in
	@for name in bootstrap build runtime operator runtime-alibaba container heic dev sam checkov bench awslambdaric tutorial clients site release; do \
		$(BIN)/uv pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
			$$(case $$name in (operator|runtime-alibaba|container|heic|dev|bench|tutorial) echo --constraints requirements/runtime.txt;; esac) \
			$$(case $$name in (operator) sed -n 's/^\([^= ]*\)==.*/--no-emit-package \1/p' requirements/runtime.txt;; (dev) echo --constraints requirements/operator.txt;; esac) \
			$$(case $$name in (container|dev) echo --constraints requirements/runtime-alibaba.txt;; esac) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done
	@$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--no-build-isolation --all-extras --constraint requirements/dev.txt pyproject.toml --output-file requirements/wheel.txt

clean: ## Remove everything that was installed or built
	rm -rf $(VENV) $(SAM) $(CHECKOV) $(BENCH) $(CLIENTS) $(SITE) $(RELEASE) $(SHARP) $(NODE)/node_modules $(NODE_CLIENTS)/node_modules dist dist.new site .cache benchmarks/images/.sources benchmarks/coldstart/.builds .aws-sam $(FC) $(FC).new .coverage .mypy_cache .pytest_cache .ruff_cache

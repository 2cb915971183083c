# What the builds of the layers and of the functions share. `sam build` calls their targets with ARTIFACTS_DIR set and,
# as template.yaml tells it, from the repository's root, to which every path here is relative. `make build-alibaba` calls
# them with CLOUD=alibaba besides. So may you, by hand:
#   make --makefile layers/ingest/Makefile build-IngestLayer ARTIFACTS_DIR="$PWD/out" ARCHITECTURE=x86_64
include requirements/install.mk

ifndef ARTIFACTS_DIR
$(error ARTIFACTS_DIR, the folder to build into, is not set)
endif

CLOUD := aws
ifeq ($(filter aws alibaba,$(CLOUD)),)
$(error CLOUD is aws or alibaba, not "$(CLOUD)")
endif
RUNTIME_aws := 3.13
RUNTIME_alibaba := 3.12
RUNTIME := $(RUNTIME_$(CLOUD))
# As in template.yaml; another one is only for running the result elsewhere than on Lambda. Function Compute has this one.
ARCHITECTURE_aws := arm64
ARCHITECTURE_alibaba := x86_64
ARCHITECTURE := $(ARCHITECTURE_$(CLOUD))
# Lambda's runtime is Amazon Linux 2023, which has glibc 2.34, Function Compute's is Debian 11, which has 2.31: whatever
# asks for 2.28 or less runs on both.
PLATFORM = $(patsubst arm64,aarch64,$(ARCHITECTURE))-manylinux_2_28
UV := .venv/bin/uv

.PHONY: tools-of-the-build
tools-of-the-build:
	@test -x $(UV) || { echo "$(UV) is missing: 'make build' at the repository's root installs it." >&2; exit 2; }
	@sh layers/find_python.sh $(RUNTIME) >/dev/null

# $(call install,FOLDER,REQUIREMENTS): foreign wheels are only unpacked, so nothing needs a machine of that architecture.
install = $(UV) pip install $(UV_INSTALL) --python .venv/bin/python --python-version $(RUNTIME) \
	--python-platform $(PLATFORM) --target $(1) -r $(2) && rm -rf $(1)/bin $(1)/.lock

# $(call compile,FOLDER,ROOT): byte-code halves the cold start, and Lambda could not keep any, its folders being
# read-only. Unchecked, since times do not survive the way into a zip and a hash would cost a reading of every source.
# Isolated, so that no PYTHON* variable diverts it. ROOT is where ARTIFACTS_DIR will be, so that nothing of the
# machine that builds is in the result.
compile = python="$$(sh layers/find_python.sh $(RUNTIME))" && "$$python" -I -S -m compileall -q -j 0 \
	--invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p $(2) $(1)

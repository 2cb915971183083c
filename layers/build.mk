# Shared by the builds of the layers and of the functions. `sam build` calls their targets with ARTIFACTS_DIR set, from the
# repository's root (see template.yaml); every path here is relative to it. `make build-alibaba` also sets CLOUD=alibaba.
# To build by hand:
#   make --makefile layers/ingest/Makefile build-IngestLayer ARTIFACTS_DIR="$PWD/out" ARCHITECTURE=x86_64
include requirements/install.mk

ifndef ARTIFACTS_DIR
$(error ARTIFACTS_DIR is not set; set it to the folder to build into)
endif

CLOUD := aws
ifeq ($(filter aws alibaba,$(CLOUD)),)
$(error CLOUD is "$(CLOUD)"; it must be aws or alibaba)
endif
RUNTIME_aws := 3.13
RUNTIME_alibaba := 3.12
RUNTIME := $(RUNTIME_$(CLOUD))
# As in template.yaml. Set another architecture only to run the result outside Lambda. Function Compute has only x86_64.
ARCHITECTURE_aws := arm64
ARCHITECTURE_alibaba := x86_64
ARCHITECTURE := $(ARCHITECTURE_$(CLOUD))
# Lambda runs Amazon Linux 2023 with glibc 2.34, and Function Compute runs Debian 11 with glibc 2.31. Wheels for glibc 2.28
# or less run on both.
PLATFORM = $(patsubst arm64,aarch64,$(ARCHITECTURE))-manylinux_2_28
UV := .venv/bin/uv

.PHONY: tools-of-the-build
tools-of-the-build:
	@test -x $(UV) || { echo "$(UV) is missing. Run 'make build' in the repository's root, which installs it." >&2; exit 2; }
	@sh layers/find_python.sh $(RUNTIME) >/dev/null

# $(call install,FOLDER,REQUIREMENTS). Wheels are only unpacked, so this works on a machine of another architecture. Their
# commands name the path of this machine's Python, so they are left out, and so are their hashes. uv would compile the
# byte-code of another Python if its user's settings ask for it.
install = env -u UV_COMPILE_BYTECODE $(UV) pip install $(UV_INSTALL) --no-compile-bytecode --python .venv/bin/python --python-version $(RUNTIME) \
	--python-platform $(PLATFORM) --target $(1) -r $(2) && rm -rf $(1)/bin $(1)/.lock \
	&& sed -i.bak '/^bin\//d' $(1)/*.dist-info/RECORD && rm -f $(1)/*.dist-info/RECORD.bak

# $(call compile,FOLDER,ROOT): byte-code halves the cold start. Lambda could not store it later, because its folders are
# read-only. Python does not compare it with the sources: a zip does not keep their times, and hashes would mean reading
# every source at the start. The compiler is isolated from PYTHON* variables. ROOT is the place of ARTIFACTS_DIR in the
# cloud; byte-code must not hold local paths. One process compiles all files in their order: what it compiled before decides
# which constants Python marks as shared, so that workers would write other bytes in every build.
compile = python="$$(sh layers/find_python.sh $(RUNTIME))" && "$$python" -I -S -m compileall -q \
	--invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p $(2) $(1)

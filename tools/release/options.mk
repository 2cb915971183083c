# Prints the options of requirements/install.mk for the release, which installs packages outside of make.
include requirements/install.mk

print:
	@echo '$(UV_INSTALL)'

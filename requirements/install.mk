# Options for installing requirements, in development and in deployment.
# These packages are published as sources only. All others must be installed from wheels.
SDISTS := alibabacloud-credentials-api,alibabacloud-gateway-spi,alibabacloud-tea,pyvips
comma := ,
# pyvips would compile its binding for the building machine if "pkgconfig" were installed, beside libvips' headers. It is
# not: its binding comes with the wheel pyvips-binary, for the machine that the layer is built for.
# uv trusts the machine's certificates, so that it works behind a company's proxy.
UV_INSTALL := --quiet --system-certs --require-hashes --no-build-isolation --only-binary :all: \
	$(foreach name,$(subst $(comma), ,$(SDISTS)),--no-binary $(name))

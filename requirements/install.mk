# Options for installing requirements, in development and in deployment.
# These packages are published as sources only. All others must be installed from wheels.
SDISTS := alibabacloud-credentials-api,alibabacloud-gateway-spi,alibabacloud-tea,pyvips
comma := ,
# uv trusts the machine's certificates, so that it works behind a company's proxy.
UV_INSTALL := --quiet --system-certs --require-hashes --no-build-isolation --only-binary :all: \
	$(foreach name,$(subst $(comma), ,$(SDISTS)),--no-binary $(name))

# How requirements are installed, for development and for deployment alike.
# Published as sources only; everything else is installed from wheels or not at all.
SDISTS := alibabacloud-credentials-api,alibabacloud-gateway-spi,alibabacloud-tea,pyvips
comma := ,
# Trusts what the machine trusts, so that it works behind a company's proxy too.
UV_INSTALL := --quiet --system-certs --require-hashes --no-build-isolation --only-binary :all: \
	$(foreach name,$(subst $(comma), ,$(SDISTS)),--no-binary $(name))

"""Serve HTTP on loopback: the parts that the stand-ins share.

service         starts and stops a stand-in
listener        accepts connections, with a thread each
connection      reads HTTP requests and writes responses
bodies          reads a body with a length or in chunks
tls, proxy      two kinds of listener: TLS from the first byte, or a CONNECT proxy that ends TLS
certificates    a private certificate authority
wire            requests and responses as values
errors          the base class of the services' errors
faults          scripted faults
credentials     the access key that a stand-in accepts
"""

"""Serve HTTP on loopback: the parts that the stand-ins share.

service         starts and stops a stand-in
listener        accepts connections, with a thread each
connection      reads HTTP requests and writes responses
heads, bodies   read the two parts of a request
tls, proxy      two kinds of listener: a service at its own address, or a proxy for the vendor's hosts
certificates    a private certificate authority
wire            requests and responses as values
errors          the base class of the services' errors, and requests that break the rules of HTTP
faults          scripted faults
credentials     the access key that a stand-in accepts
acs3            the signatures of requests to the API gateway
"""

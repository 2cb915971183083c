"""Exchange a token of another cloud for a temporary access key of a RAM role.

codes.py         what STS's error codes mean, and what to do
assume_role.py   the request
keyless.py       the source of access keys: a token of AWS, the exchange, a cache
"""

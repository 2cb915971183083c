"""Sign and verify JSON Web Tokens, and describe their keys (RFC 7515, RFC 7517, RFC 7518 sections 3.3 and 3.4)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

RS256, ES384 = "RS256", "ES384"
_PARTS = 3
_ES384_NUMBER_BYTES = 48
_RSA_BITS = 2048

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Jwt:
    """A token in its parts. ``signed`` is the text under the signature."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def make_key(algorithm: str) -> PrivateKey:
    """Return a new key for RS256 or ES384."""
    if algorithm == RS256:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP384R1())


def sign_jwt(claims: Mapping[str, Any], key: PrivateKey) -> str:
    """Return the token. The kind of the key decides the algorithm."""
    algorithm = RS256 if isinstance(key, rsa.RSAPrivateKey) else ES384
    header = {"alg": algorithm, "kid": describe_key(key)["kid"], "typ": "JWT"}
    signed = f"{_encode_json(header)}.{_encode_json(claims)}"
    return f"{signed}.{encode(_sign(signed.encode(), key))}"


def describe_key(key: PrivateKey) -> dict[str, str]:
    """Return the public key as a JSON Web Key. Its ``kid`` is a digest of its numbers."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        fields = {"kty": "RSA", "alg": RS256, "n": _encode_number(numbers.n), "e": _encode_number(numbers.e)}
    else:
        point = key.public_key().public_numbers()
        x, y = (encode(number.to_bytes(_ES384_NUMBER_BYTES, "big")) for number in (point.x, point.y))
        fields = {"kty": "EC", "alg": ES384, "crv": "P-384", "x": x, "y": y}
    kid = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
    return fields | {"use": "sig", "kid": kid}


def read_jwt(token: str) -> Jwt:
    """Return the token in its parts. Raise ``ValueError`` if it is malformed. Nothing is verified."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise ValueError("the token has not three parts")
    header, claims = (json.loads(decode(part)) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("a part of the token is not a JSON object")  # noqa: TRY004 - the text is malformed
    return Jwt(header, claims, f"{parts[0]}.{parts[1]}".encode(), decode(parts[2]))


def is_signed_by(jwt: Jwt, key: Mapping[str, Any]) -> bool:
    """Return whether the JSON Web Key verifies the token by RS256. Raise ``ValueError`` for a malformed key."""
    n, e = (int.from_bytes(decode(str(key[name])), "big") for name in ("n", "e"))
    try:
        rsa.RSAPublicNumbers(e, n).public_key().verify(jwt.signature, jwt.signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raise ``ValueError`` for other characters."""
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def _encode_json(value: Mapping[str, Any]) -> str:
    return encode(json.dumps(value, separators=(",", ":")).encode())


def _encode_number(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _sign(signed: bytes, key: PrivateKey) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, PKCS1v15(), SHA256())
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA384())))
    return b"".join(number.to_bytes(_ES384_NUMBER_BYTES, "big") for number in (r, s))

r"""What a secret looks like in text: the patterns of ``redaction``.

Names are the vendors': AWS's Signature Version 4 and 2, Alibaba Cloud's ACS3 headers, OSS's PostObject form and signed
URLs, STS's AssumeRoleWithOIDC, and the fields of our own secret. Each pattern takes time in proportion to the text:
none can begin anew in the middle of what it has just read in vain.
"""

import re

_I = re.IGNORECASE

# Whatever has one of these names is a secret, or says whose it is.
_STRONG = (
    r"x-(?:amz|oss|acs)-(?:signature|credential|security-token|bearer-token|accesskey-id)"
    r"|access_?key_?(?:id|secret)|secret_?(?:access_?)?key|client_?secret"
    r"|(?:security|session)[_-]?token|oidc_?token|web_?identity_?token|encoded_?policy"
)
# These are ordinary words as well, which also occur within others.
_PARAMETER = r"(?:(?<![A-Za-z0-9_-])|(?<=%26|%3F|%3f)|(?<=%2526)|(?<=u0026|u003f))"
_WEAK = rf"{_PARAMETER}(?:signature|policy|credentials?|token|secret|password|passwd|authorization)"
_NAME = rf"(?:{_STRONG}|{_WEAK})"

# '=' may be escaped as in JSON, or percent-encoded, once or twice; what ends the value is then encoded likewise.
_STILL_THE_VALUE = r"(?!%(?:25){0,2}(?:20|22|26))"


# Atomic groups, since possessive quantifiers match wrongly around such a value before Python 3.11.5 (gh-106052).
def _assignment(name: str, character: str, at_least: str, end: str = "") -> re.Pattern[str]:
    plain = rf"(?:=|\\+u003d)(?=(?>(?:{character}){at_least}){end})|"
    encoded = rf"%(?:25){{0,2}}3D(?=(?>(?:{_STILL_THE_VALUE}{character}){at_least}){end})"
    value = rf"(?(encoded)(?:{_STILL_THE_VALUE}{character})|{character})"
    return re.compile(rf"((?:{name})(?:{plain}(?P<encoded>{encoded})))(?>{value}{at_least}){end}", _I)


_ANY = r"[^\s&\"'<>,;\\]"
_BASE64 = r"[A-Za-z0-9+/=_%~-]"

NAMED = _assignment(_NAME, _ANY, "+")
NAMED_FOR_SURE = _assignment(_STRONG, _ANY, "+")
# As long as a signature, and no file's name: "policy=red-shoes-in-summer.jpg" is one.
NAMED_LIKE_A_SECRET = _assignment(_WEAK, _BASE64, "{16,}", r"(?![\w.])")

# In JSON, in JSON within JSON, and in Python's reprs: up to the quote that is escaped as the first one was.
QUOTED = re.compile(
    rf"({_NAME}\\*[\"']?\s*(?::|=>?)\s*b?(\\*[\"']))(?:(?!(?<!\\)\2).)+(?:(?<!\\)(?=\2)|\Z)", _I | re.DOTALL
)
# In what programs read back: a name that can mean nothing else, or a closed quote with more in it than a word or two.
_QUOTED_SURELY = r"(?:(?!(?<!\\)\2).)+(?:(?<!\\)(?=\2)|\Z)"
_QUOTED_AT_LENGTH = r"(?:(?!(?<!\\)\2).){16,}(?<!\\)(?=\2)"
_OPENING = r"\\*[\"']?\s*(?::|=>?)\s*b?(\\*[\"'])"
QUOTED_FOR_SURE = (
    re.compile(rf"((?:{_STRONG}){_OPENING}){_QUOTED_SURELY}", _I | re.DOTALL),
    re.compile(rf"({_WEAK}{_OPENING}){_QUOTED_AT_LENGTH}", _I | re.DOTALL),
)
# The first group is kept.
AFTER_A_SURE_NAME = (
    re.compile(r"((?<![A-Za-z0-9])(?:proxy-)?authorization\s*:\s*)[^\s\"'\\][^\r\n\"'\\]*", _I),
    re.compile(rf"((?<![A-Za-z])(?:{_STRONG})\s*:\s*)[^\s\"'\\,;]+", _I),
    re.compile(r"(\bBearer\s+)[\w.~+/=-]{8,}", _I),
    re.compile(rf"(<(?:\w{{0,9}}(?:{_STRONG})|signature|policy|StringToSign|SignatureProvided)>)[^<]+", _I),
)
AFTER_ITS_NAME = (
    *AFTER_A_SURE_NAME,
    re.compile(r"((?<![A-Za-z0-9])(?:set-)?cookie\s*:\s*)[^\s\"'\\][^\r\n\"'\\]*", _I),
)

_URL = r"(?:https?://|\burl: /|\b(?:GET|HEAD|POST|PUT|DELETE) /)"
QUERY = re.compile(rf"({_URL}(?:(?!https?://)[^\s\"'<>?])*)\?((?:[^\s\"'<>\\]|\\+u[0-9a-f]{{4}}|\\+/)+)", _I)
USER_AND_PASSWORD = re.compile(r"(://)[^\s\"'<>/?#@:]+:[^\s\"'<>/?#@]+(?=@)")
# A person may have left the scheme out, or not have encoded what a password holds.
USER = (
    re.compile(r"(://)[^\s\"'<>/?#@:]{0,128}:[^\s\"'<>]{0,128}(?=@)"),
    re.compile(r"(://)[^\s\"'<>/?#@]+(?=@)"),
    re.compile(r"((?<![\w.%+~-]))[\w.%+~-]+:[^\s\"'<>/@:]+(?=@[\w.\[-])"),
)

# Known by their beginnings: access key ids of AWS and Alibaba Cloud, STS's of both, tokens, and base64 of JSON, which
# JWTs and policies are.
_BEGINNING = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))"
_ENCODED_BASE64 = r"(?:[A-Za-z0-9+/_.=-]|%(?:25){0,2}(?:2[BbFf]|3[Dd]))"
SECRETS = re.compile(
    rf"{_BEGINNING}(?:(?:AKIA|ASIA)[A-Z0-9]{{16}}|LTAI[A-Za-z0-9]{{12,}}|STS\.[A-Za-z0-9]{{16,}}"
    rf"|(?:eyJ|IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz){_ENCODED_BASE64}{{24,}}|CAIS{_ENCODED_BASE64}{{64,}})"
)

r"""Regular expressions that match secrets in text.

The names come from the vendors: AWS Signature Version 4 and 2, Alibaba Cloud's ACS3 headers, OSS PostObject forms and
signed URLs, AssumeRoleWithOIDC of STS, and the fields of this project's own secret. Each pattern takes time linear in
the length of the text: after a failed attempt, none can start again inside the text that it has just read.
"""

import re

_I = re.IGNORECASE

# A value with one of these names is a secret, or identifies the owner of one.
_STRONG = (
    r"x-(?:amz|oss|acs)-(?:signature|credential|security-token|bearer-token|accesskey-id)"
    r"|access_?key_?(?:id|secret)|secret_?(?:access_?)?key|client_?secret"
    r"|(?:security|session)[_-]?token|oidc_?token|web_?identity_?token|encoded_?policy"
)
# These names are also ordinary words, and occur inside other words.
_PARAMETER = r"(?:(?<![A-Za-z0-9_-])|(?<=%26|%3F|%3f)|(?<=%2526)|(?<=u0026|u003f))"
_WEAK = rf"{_PARAMETER}(?:signature|policy|credentials?|token|secret|password|passwd|authorization)"
_NAME = rf"(?:{_STRONG}|{_WEAK})"

# '=' may be escaped as in JSON, or percent-encoded once or twice. Then the end of the value is encoded the same way.
_NOT_AT_THE_END = r"(?!%(?:25){0,2}(?:20|22|26))"


# Atomic groups: before Python 3.11.5, possessive quantifiers match wrongly around such a value (gh-106052).
def _assignment(name: str, character: str, at_least: str, end: str = "") -> re.Pattern[str]:
    plain = rf"(?:=|\\+u003d)(?=(?>(?:{character}){at_least}){end})|"
    encoded = rf"%(?:25){{0,2}}3D(?=(?>(?:{_NOT_AT_THE_END}{character}){at_least}){end})"
    value = rf"(?(encoded)(?:{_NOT_AT_THE_END}{character})|{character})"
    return re.compile(rf"((?:{name})(?:{plain}(?P<encoded>{encoded})))(?>{value}{at_least}){end}", _I)


_ANY = r"[^\s&\"'<>,;\\]"
_BASE64 = r"[A-Za-z0-9+/=_%~-]"

NAMED = _assignment(_NAME, _ANY, "+")
NAMED_FOR_SURE = _assignment(_STRONG, _ANY, "+")
# As long as a signature, and not a file name such as "policy=red-shoes-in-summer.jpg".
NAMED_LIKE_A_SECRET = _assignment(_WEAK, _BASE64, "{16,}", r"(?![\w.])")

# In JSON, in JSON inside JSON, and in Python's reprs: up to the quote that is escaped in the same way as the first.
QUOTED = re.compile(
    rf"({_NAME}\\*[\"']?\s*(?::|=>?)\s*b?(\\*[\"']))(?:(?!(?<!\\)\2).)+(?:(?<!\\)(?=\2)|\Z)", _I | re.DOTALL
)
# In data: an unambiguous name, or a closed quote that contains more than a word or two.
_QUOTED_SURELY = r"(?:(?!(?<!\\)\2).)+(?:(?<!\\)(?=\2)|\Z)"
_QUOTED_AT_LENGTH = r"(?:(?!(?<!\\)\2).){16,}(?<!\\)(?=\2)"
_OPENING = r"\\*[\"']?\s*(?::|=>?)\s*b?(\\*[\"'])"
QUOTED_FOR_SURE = (
    re.compile(rf"((?:{_STRONG}){_OPENING}){_QUOTED_SURELY}", _I | re.DOTALL),
    re.compile(rf"({_WEAK}{_OPENING}){_QUOTED_AT_LENGTH}", _I | re.DOTALL),
)
# The first group is not redacted.
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
# A person may have omitted the scheme, or not have encoded the password.
USER = (
    re.compile(r"(://)[^\s\"'<>/?#@:]{0,128}:[^\s\"'<>]{0,128}(?=@)"),
    re.compile(r"(://)[^\s\"'<>/?#@]+(?=@)"),
    re.compile(r"((?<![\w.%+~-]))[\w.%+~-]+:[^\s\"'<>/@:]+(?=@[\w.\[-])"),
)

# Recognized by their beginnings: access key IDs of AWS and Alibaba Cloud, those of both STS, tokens, and base64 of JSON
# (JWTs and policies).
_BEGINNING = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))"
_ENCODED_BASE64 = r"(?:[A-Za-z0-9+/_.=-]|%(?:25){0,2}(?:2[BbFf]|3[Dd]))"
SECRETS = re.compile(
    rf"{_BEGINNING}(?:(?:AKIA|ASIA)[A-Z0-9]{{16}}|LTAI[A-Za-z0-9]{{12,}}|STS\.[A-Za-z0-9]{{16,}}"
    rf"|(?:eyJ|IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz){_ENCODED_BASE64}{{24,}}|CAIS{_ENCODED_BASE64}{{64,}})"
)

"""The rule that makes ids of keys (design, section 1).

Without a template or regular expression PicName is the whole key, as in the service's own bulk import, and ProductId
the folder that holds the picture, or the file's stem where there is none.
"""

from dataclasses import dataclass

from imagesearch_ingest.identity.grammar import Grammar, from_regex, from_template
from imagesearch_ingest.identity.patterns import why_excluded
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason

MAX_ID_CHARACTERS = 256  # AddImage reference, ProductId and PicName
MAX_KEY_CHARACTERS = 1024  # S3 user guide, Object keys: 1024 bytes


@dataclass(frozen=True, slots=True)
class IdentityRule:
    """Which keys are ours, and which ids they have.

    ``prefix`` is taken off the key before it is matched and before the default ProductId is made. Unless the grammar
    has a ``pic_name``, PicName is nevertheless the whole key, prefix included: so no two keys of a bucket share an
    identity, and the bulk import, which knows only whole keys, fills the same entries.
    """

    grammar: Grammar | None = None
    prefix: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def from_settings(
        cls,
        *,
        template: str | None = None,
        regex: str | None = None,
        prefix: str = "",
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
    ) -> "IdentityRule":
        """Raises ``ValueError`` for a template or regular expression that cannot be used, and for both at once."""
        if template and regex:
            raise ValueError("a template and a regular expression cannot both make ids of keys")
        grammar = from_template(template) if template else from_regex(regex) if regex else None
        return cls(grammar, prefix, include, exclude)

    def identify(self, key: str) -> ImageIdentity:
        """Raises ``IngestError``: ``EXCLUDED``, ``KEY_NOT_MATCHED`` or ``KEY_TOO_LONG``."""
        rest = self._own_part(key)
        self._check_before_matching(key)
        groups = self._groups(rest)
        identity = ImageIdentity(groups.pop("product_id"), groups.pop("pic_name", key), groups)
        _check_length("ProductId", identity.product_id)
        _check_length("PicName", identity.pic_name)
        return identity

    def why_not_ours(self, key: str) -> str | None:
        """Why a key is left alone, whatever ids it might have; ``None`` where it is not."""
        if why := why_excluded(key, self.include, self.exclude):
            return why
        return None if key.startswith(self.prefix) else f"the key does not begin with the prefix {self.prefix!r}"

    def _own_part(self, key: str) -> str:
        """The key without the prefix."""
        if why := self.why_not_ours(key):
            raise IngestError(Reason.EXCLUDED, why)
        return key.removeprefix(self.prefix)

    def _check_before_matching(self, key: str) -> None:
        if self.grammar is None or not self.grammar.has_pic_name:
            _check_length("PicName, which is the key", key)
        else:
            _check_length("the key", key, MAX_KEY_CHARACTERS)

    def _groups(self, rest: str) -> dict[str, str]:
        """With a ``product_id`` at least."""
        if not rest:
            raise IngestError(Reason.KEY_NOT_MATCHED, f"nothing of the key is left after the prefix {self.prefix!r}")
        if self.grammar is None:
            return {"product_id": _folder_or_stem(rest)}
        groups = self.grammar.read(rest)
        if groups is None:
            raise IngestError(Reason.KEY_NOT_MATCHED, f"the key{self._after_prefix()} does not fit {self.grammar.text}")
        if "product_id" not in groups:
            raise IngestError(Reason.KEY_NOT_MATCHED, f"{self.grammar.text} finds an empty product_id in the key")
        return groups

    def _after_prefix(self) -> str:
        return f", after the prefix {self.prefix!r}," if self.prefix else ""


def _check_length(what: str, value: str, most: int = MAX_ID_CHARACTERS) -> None:
    if len(value) > most:
        raise IngestError(Reason.KEY_TOO_LONG, f"{what}: {len(value)} characters, at most {most}")


def _folder_or_stem(key: str) -> str:
    path, _, name = key.rpartition("/")
    folder = path.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    return folder or stem or name or key

"""Derive the two IDs of a picture from its key (design, section 1).

Without a template or a regular expression, PicName is the whole key, as in the service's own bulk import. ProductId is
the name of the folder that holds the picture, or the file's name without its suffix if there is no folder.
"""

from dataclasses import dataclass

from imagesearch_ingest.identity.grammar import Grammar, PicName, from_regex, from_template, read_rules
from imagesearch_ingest.identity.never_a_picture import is_never_a_picture
from imagesearch_ingest.identity.patterns import why_excluded
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason

MAX_ID_CHARACTERS = 256  # AddImage reference, ProductId and PicName
MAX_KEY_CHARACTERS = 1024  # S3 user guide, Object keys: 1024 bytes


@dataclass(frozen=True, slots=True)
class IdentityRule:
    """The keys to skip, and the IDs of the others.

    ``prefix`` is removed from the key before a grammar or the default ProductId sees it. The first of ``grammars`` that
    matches gives the IDs. Unless it has a ``pic_name``, PicName is still the whole key with its prefix. Then no two
    keys of a bucket share an identity, and the bulk import, which knows only whole keys, writes the same entries.
    """

    grammars: tuple[Grammar, ...] = ()
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
        """Return the rule. Raise ``ValueError`` if the template or the regex cannot be used, or if both are given."""
        if template and regex:
            raise ValueError("a key template and a regular expression are both given; use one of them")
        grammars = read_rules(template, from_template) if template else read_rules(regex, from_regex) if regex else ()
        return cls(grammars, prefix, include, exclude)

    def identify(self, key: str) -> ImageIdentity:
        """Return the IDs.

        Raise ``IngestError``: ``NEVER_A_PICTURE``, ``EXCLUDED``, ``KEY_NOT_MATCHED`` or ``KEY_TOO_LONG``.
        """
        if is_never_a_picture(key):
            raise IngestError(Reason.NEVER_A_PICTURE, "a system or a tool leaves files of this name in folders")
        if why := self.why_excluded(key):
            raise IngestError(Reason.EXCLUDED, why)
        self._check_before_matching(key)
        groups = self._read_fields(key.removeprefix(self.prefix))
        identity = ImageIdentity(groups.pop("product_id"), groups.pop("pic_name", key), groups)
        _check_length("ProductId", identity.product_id)
        _check_length("PicName", identity.pic_name)
        return identity

    def why_excluded(self, key: str) -> str | None:
        """Return why the patterns or the prefix skip a key, or ``None`` if they do not."""
        if why := why_excluded(key, self.include, self.exclude):
            return why
        return None if key.startswith(self.prefix) else f"the key does not begin with the prefix {self.prefix!r}"

    def _check_before_matching(self, key: str) -> None:
        for grammar in self.grammars:
            if grammar.pic_name is not PicName.KEY:
                _check_length("the key", key, MAX_KEY_CHARACTERS)
                return
        _check_length("the key, which is the PicName,", key)

    def _read_fields(self, rest: str) -> dict[str, str]:
        """Return the fields, ``product_id`` among them, of a key without its prefix."""
        if not rest:
            raise IngestError(Reason.KEY_NOT_MATCHED, f"the key is only the prefix {self.prefix!r}")
        if not self.grammars:
            return {"product_id": _folder_or_stem(rest)}
        without_product = None
        for grammar in self.grammars:
            fields = grammar.read(rest)
            if fields is not None and "product_id" in fields:
                return fields
            if fields is not None:
                without_product = grammar
        if without_product:
            raise IngestError(Reason.KEY_NOT_MATCHED, f"{without_product.text} finds an empty product_id in the key")
        without = f" without the prefix {self.prefix!r}" if self.prefix else ""
        texts = " or ".join(grammar.text for grammar in self.grammars)
        raise IngestError(Reason.KEY_NOT_MATCHED, f"the key{without} does not match {texts}")


def _check_length(what: str, value: str, limit: int = MAX_ID_CHARACTERS) -> None:
    if len(value) > limit:
        raise IngestError(Reason.KEY_TOO_LONG, f"{what} has {len(value)} characters; the limit is {limit}")


def _folder_or_stem(key: str) -> str:
    path, _, name = key.rpartition("/")
    folder = path.rstrip("/").rpartition("/")[2]
    stem = name.rpartition(".")[0]
    return folder or stem or name or key

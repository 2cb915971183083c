"""Find the key of an entry: the key rule, read backwards."""

import re
from collections.abc import Iterator

from imagesearch_ingest.identity.grammar import split_rules, why_irreversible
from imagesearch_ingest.identity.template import Product, Template
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import Settings


class KeyFinder:
    """Rebuild keys under the key rule of a deployment."""

    def __init__(self, settings: Settings) -> None:
        self._rule = settings.identity_rule()
        self._is_reversible = why_irreversible(self._rule.grammars) is None
        texts = split_rules(settings.key_template) if settings.key_template else []
        self._templates = [Template.parse(text) for text in texts]

    def find(self, product_id: str, pic_name: str) -> str | None:
        """Return the only key that gets these IDs, or ``None`` if several keys may, or none does."""
        if not self._is_reversible:
            return None
        prefix = self._rule.prefix
        candidates = {pic_name, prefix + pic_name}
        for template in self._templates:
            candidates |= {prefix + key for key in _rebuild(template, product_id, pic_name)}
        found = [key for key in candidates if self._identify(key) == (product_id, pic_name)]
        return found[0] if len(found) == 1 else None

    def _identify(self, key: str) -> tuple[str, str] | None:
        try:
            identity = self._rule.identify(key)
        except IngestError:
            return None
        return identity.product_id, identity.pic_name


def _rebuild(template: Template, product_id: str, pic_name: str) -> Iterator[str]:
    """Yield the key, if the template has no field that is in neither ID."""
    values = {"pic_name": pic_name, "product_id": product_id}
    if template.product:
        values |= _split(template.product, product_id)
    if all(piece.text or piece.name in values for piece in template.pieces):
        yield "".join(piece.text or values[piece.name] for piece in template.pieces)


def _split(product: Product, product_id: str) -> dict[str, str]:
    """Return the fields that ProductId is made of."""
    pattern = "".join("([^/]+)" if piece.name else re.escape(piece.text) for piece in product.pieces)
    found = re.fullmatch(pattern, product_id)
    return dict(zip(product.names, found.groups(), strict=True)) if found else {}

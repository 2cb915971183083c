"""Read the URL of a bucket, of a prefix or of an object."""

from typing import NamedTuple, Self

from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

_CLOUDS = {"s3": "aws", "oss": "alibaba"}


class BucketUrl(NamedTuple):
    """A bucket and a key, or the beginning of keys. The key is literal: nothing in it is decoded."""

    cloud: str
    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of ``s3://bucket[/key]`` or ``oss://bucket[/key]``. Raise ``InputError``."""
        scheme, separator, rest = text.partition("://")
        bucket, _, key = rest.partition("/")
        if not separator or scheme not in _CLOUDS or not bucket:
            raise InputError(f"{printable(text)}: not a URL of a bucket. Write s3://bucket/key or oss://bucket/key.")
        return cls(_CLOUDS[scheme], bucket, key)

    @property
    def ref(self) -> ObjectRef:
        """Return the object that the URL names. Raise ``InputError`` if it names a whole bucket."""
        if not self.key:
            raise InputError(f"{self}: names no object. Add its key.")
        return ObjectRef(self.cloud, self.bucket, self.key)

    def __str__(self) -> str:
        scheme = next(scheme for scheme, cloud in _CLOUDS.items() if cloud == self.cloud)
        return f"{scheme}://{self.bucket}/{self.key}"


def is_bucket_url(text: str) -> bool:
    """Return whether the text is meant as the URL of a bucket, not as a path."""
    return text.partition("://")[0] in _CLOUDS and "://" in text

"""The values of an image on its way from the bucket to the index: its identity, and its prepared form."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """Name one entry of an instance: the same IDs are the same entry (AddImage reference, PicName).

    ``groups`` are the attributes that the key holds. They are not part of the identity.
    """

    product_id: str
    pic_name: str
    groups: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Preparation:
    """Describe how an image was prepared, without holding the image itself. Sides in pixels, as stored."""

    source_format: str
    source_width: int
    source_height: int
    bytes_in: int
    bytes_out: int
    steps: tuple[str, ...]
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """An image within every limit of AddImage's PicContent. Sides in pixels."""

    data: bytes
    format: str  # Pillow's name: "JPEG", or the source's if it was passed through
    width: int
    height: int
    source_format: str
    source_width: int  # as stored: before any rotation
    source_height: int
    displayed_width: int  # as people see it: after rotation, before scaling
    displayed_height: int
    content: tuple[int, int, int, int]  # left, top, width, height of the source's pixels; the rest is padding
    source_bytes: int
    steps: tuple[str, ...]  # warnings, and the steps that changed something, for people
    is_blank: bool = False  # whether it shows nothing

    @property
    def preparation(self) -> Preparation:
        """Return the description without the image's bytes."""
        return Preparation(
            source_format=self.source_format,
            source_width=self.source_width,
            source_height=self.source_height,
            bytes_in=self.source_bytes,
            bytes_out=len(self.data),
            steps=self.steps,
            is_blank=self.is_blank,
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """An image in the temporary bucket of Image Search, from which the service takes it when it is added.

    ``legs`` maps each request of the upload (authorize, upload) to its milliseconds.
    """

    url: str
    legs: Mapping[str, int] = field(default_factory=dict, compare=False)

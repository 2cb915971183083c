"""The kinds of instances, and how they differ."""

from dataclasses import dataclass

# Every kind but product search has this category alone (AddImage reference, "CategoryId").
OTHERS = 88888888


@dataclass(frozen=True)
class Kind:
    """A kind: Detail's number for it, the shortest and the longest side in pixels, and whether it has categories."""

    number: int
    min_side: int = 100
    max_side: int = 4096
    has_categories: bool = False


# Numbers: Detail reference, "ServiceType". Sides: AddImage reference, "PicContent". Copyright search has no documented
# sides; the general ones are chosen here. Trademark search also has the number 7.
KINDS = {
    "product": Kind(0, has_categories=True),
    "generic": Kind(1),
    "fabric": Kind(2, min_side=448),
    "trademark": Kind(3, min_side=200, max_side=4095),
    "copyright": Kind(4),
    "furniture": Kind(5),
    "hardware": Kind(6),
}

"""Which of the local clouds, by the name that a person gives."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_cloud.clouds.cloud import LocalCloud


class CloudName(StrEnum):
    """Also the word in ``ObjectRef.cloud``."""

    AWS = "aws"
    ALIBABA = "alibaba"


def local_cloud(name: CloudName) -> "type[LocalCloud]":
    """Imported only when it is wanted: each takes a while."""
    if name is CloudName.ALIBABA:
        from local_cloud.clouds.alibaba import AlibabaCloud  # noqa: PLC0415 - see above

        return AlibabaCloud
    from local_cloud.clouds.aws import AwsCloud  # noqa: PLC0415 - see above

    return AwsCloud

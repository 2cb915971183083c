"""Choose a local cloud by the name given on the command line."""

from enum import StrEnum
from typing import TYPE_CHECKING

from imagesearch_ops.extras import Extra, needing

if TYPE_CHECKING:
    from local_cloud.clouds.cloud import LocalCloud


class CloudName(StrEnum):
    """Name of a cloud, as in ``ObjectRef.cloud``."""

    AWS = "aws"
    ALIBABA = "alibaba"


def local_cloud(name: CloudName) -> "type[LocalCloud]":
    """Return the class that simulates this cloud. It is imported only here, because each takes about a second.

    Raise ``InputError`` if the local cloud is not installed.
    """
    with needing(Extra.LOCAL):
        if name is CloudName.ALIBABA:
            from local_cloud.clouds.alibaba import AlibabaCloud  # noqa: PLC0415 - slow, see above

            return AlibabaCloud
        from local_cloud.clouds.aws import AwsCloud  # noqa: PLC0415 - slow, see above

        return AwsCloud

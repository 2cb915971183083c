"""Choose a local cloud by the names given on the command line."""

from enum import StrEnum
from typing import TYPE_CHECKING

from imagesearch_ops.errors import InputError
from imagesearch_ops.extras import Extra, needing

if TYPE_CHECKING:
    from local_cloud.clouds.cloud import LocalCloud


class CloudName(StrEnum):
    """Name of a cloud, as in ``ObjectRef.cloud``."""

    AWS = "aws"
    ALIBABA = "alibaba"


class AnnouncedBy(StrEnum):
    """What sends the events of a bucket of Alibaba Cloud to the queue."""

    EVENTBRIDGE = "eventbridge"
    OSS = "oss"


def local_cloud(name: CloudName, announced_by: AnnouncedBy | None = None) -> "type[LocalCloud]":
    """Return the class that simulates this cloud. It is imported only here, because each takes about a second.

    Raise ``InputError`` if the local cloud is not installed, or if the cloud has no choice of what announces.
    """
    if announced_by and name is not CloudName.ALIBABA:
        raise InputError(f"--announce {announced_by} is for --cloud {CloudName.ALIBABA}, not for --cloud {name}")
    with needing(Extra.LOCAL):
        if name is CloudName.ALIBABA:
            from local_cloud.clouds.alibaba import AlibabaCloud, OssAnnouncedCloud  # noqa: PLC0415 - slow, see above

            return OssAnnouncedCloud if announced_by is AnnouncedBy.OSS else AlibabaCloud
        from local_cloud.clouds.aws import AwsCloud  # noqa: PLC0415 - slow, see above

        return AwsCloud

"""List the checks of each cloud, in the order in which they run."""

from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.access_key import KEY
from imagesearch_ops.doctor.checks.bucket_s3 import BUCKET
from imagesearch_ops.doctor.checks.deployed import CLOCK, DEPLOYED, IDENTITY, REGION
from imagesearch_ops.doctor.checks.function_lambda import FUNCTION, WAY
from imagesearch_ops.doctor.checks.instance import INSTANCE, NETWORK
from imagesearch_ops.doctor.checks.letters import UNDELIVERED, letters_checks
from imagesearch_ops.doctor.checks.queues_sqs import QUEUES
from imagesearch_ops.doctor.checks.trying import canary_check


def checks_of(cloud: str, *, has_stack: bool, write: bool) -> list[Check]:
    """Return the checks. The clock comes last, since every answer tells a time.

    Without a stack the function is not known, and one check says so.
    """
    function = FUNCTION if has_stack else FUNCTION[:1]
    canary = [canary_check(cloud)] if write else []
    letters = letters_checks("mns" if cloud == "alibaba" else "sqs")
    if cloud == "alibaba":
        # The SDKs of Alibaba Cloud take a while to import, and nobody on AWS needs them.
        from imagesearch_ops.doctor.checks.bucket_oss import OSS_BUCKET  # noqa: PLC0415
        from imagesearch_ops.doctor.checks.queues_smq import SMQ_QUEUES  # noqa: PLC0415

        return [*DEPLOYED, *REGION, *SMQ_QUEUES, *letters, *OSS_BUCKET, *NETWORK, *KEY, *INSTANCE, *canary, *CLOCK]
    return [
        *DEPLOYED,
        *IDENTITY,
        *QUEUES,
        *letters,
        UNDELIVERED,
        *BUCKET,
        *WAY,
        *function,
        *NETWORK,
        *KEY,
        *INSTANCE,
        *canary,
        *CLOCK,
    ]

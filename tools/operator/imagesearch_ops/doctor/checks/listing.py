"""List the checks of each cloud, in the order in which they run."""

from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.access_key import KEY
from imagesearch_ops.doctor.checks.bucket_s3 import BUCKET
from imagesearch_ops.doctor.checks.deployed import CLOCK, DEPLOYED, DEPLOYED_ALIBABA, IDENTITY, REGION
from imagesearch_ops.doctor.checks.function_lambda import FUNCTION, WAY
from imagesearch_ops.doctor.checks.instance import INSTANCE, NETWORK
from imagesearch_ops.doctor.checks.keyless import KEYLESS
from imagesearch_ops.doctor.checks.letters import UNDELIVERED, letters_checks
from imagesearch_ops.doctor.checks.queues_sqs import QUEUES
from imagesearch_ops.doctor.checks.trying import canary_check
from imagesearch_ops.extras import Extra, needing


def checks_of(cloud: str, *, is_named: bool, write: bool, is_keyless: bool = False) -> list[Check]:
    """Return the checks. The clock comes last, since every answer tells a time.

    If the deployment is not named by its stack or function, the function is not known, and one check says so.
    Raise ``InputError`` if the SDKs of Alibaba Cloud are needed, but not installed.
    """
    function = FUNCTION if is_named else FUNCTION[:1]
    canary = [canary_check(cloud)] if write else []
    letters = letters_checks("mns" if cloud == "alibaba" else "sqs")
    if cloud == "alibaba":
        # The SDKs of Alibaba Cloud take a while to import, and nobody on AWS needs them.
        with needing(Extra.ALIBABA):
            from imagesearch_ops.doctor.checks.bucket_oss import OSS_BUCKET  # noqa: PLC0415
            from imagesearch_ops.doctor.checks.function_compute import FC_FUNCTION  # noqa: PLC0415
            from imagesearch_ops.doctor.checks.queues_smq import SMQ_QUEUES  # noqa: PLC0415

        function = FC_FUNCTION if is_named else FC_FUNCTION[:1]
        cloud_checks = [*DEPLOYED_ALIBABA, *REGION, *SMQ_QUEUES, *letters, *OSS_BUCKET, *function]
        return [*cloud_checks, *NETWORK, *KEY, *INSTANCE, *canary, *CLOCK]
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
        *(KEYLESS if is_keyless else ()),
        *KEY,
        *INSTANCE,
        *canary,
        *CLOCK,
    ]

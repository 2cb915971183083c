"""Import the parts of the Image Search SDK, and of the client beneath it, that this project uses, in half the time.

The deferred modules serve asynchronous calls, access keys from a machine's role or from a profile, and RSA signatures.
All of these still work: their modules are imported at the first use.
"""

from functools import cache

from imagesearch_ingest.adapters.image_search.lazy_imports import lazy_imports

with lazy_imports(
    "aiofiles",
    "aiohttp",
    "apscheduler.schedulers.background",
    "asyncio",
    "cryptography.hazmat.primitives",
    "cryptography.hazmat.primitives.asymmetric",
    "cryptography.hazmat.primitives.serialization",
):
    from alibabacloud_imagesearch20201214 import models
    from alibabacloud_imagesearch20201214.client import Client
    from alibabacloud_tea_openapi.client import Client as OpenApiClient
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
    from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
    from darabonba.core import DaraCore
    from darabonba.exceptions import RetryError, UnretryableException
    from darabonba.runtime import RuntimeOptions

# An add goes to three hosts. For each host the SDK would load all certificate authorities that the machine trusts,
# which takes 50 ms. One adapter serves any number of hosts, and each call names the authorities to trust.
DaraCore.get_adapter = staticmethod(cache(DaraCore.get_adapter))

__all__ = [
    "AlibabaCloudException",
    "Client",
    "Config",
    "OpenApiClient",
    "OpenApiRequest",
    "Params",
    "RetryError",
    "RuntimeOptions",
    "UnretryableException",
    "models",
]

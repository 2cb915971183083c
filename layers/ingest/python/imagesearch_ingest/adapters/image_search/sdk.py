"""The Image Search SDK, as far as this project uses it, imported in half the time.

What is put off serves its asynchronous calls, access keys that are read from a machine's role or from a profile, and
signing by an RSA key. All of that still works, and is imported by who uses it.
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
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
    from alibabacloud_tea_openapi.utils_models import Config
    from darabonba.core import DaraCore
    from darabonba.exceptions import RetryError, UnretryableException
    from darabonba.runtime import RuntimeOptions

# An add goes to three hosts, and for each the SDK would read all the authorities that the machine trusts anew, 50 ms
# every time. One adapter serves any number of hosts; which authorities count is said with each call.
DaraCore.get_adapter = staticmethod(cache(DaraCore.get_adapter))

__all__ = [
    "AlibabaCloudException",
    "Client",
    "Config",
    "RetryError",
    "RuntimeOptions",
    "UnretryableException",
    "models",
]

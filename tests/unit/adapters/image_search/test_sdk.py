"""The SDK is imported without the modules for asynchronous calls and other kinds of keys. Both still work."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from imagesearch_ingest.adapters.image_search import sdk
too_early = [name for name in ("aiohttp", "aiofiles", "apscheduler", "asyncio", "cryptography") if name in sys.modules]
assert not too_early, too_early
{then}
"""
STILL_WORKING = {
    "asynchronous calls": """
import darabonba.core, aiohttp, asyncio
assert darabonba.core.aiohttp.ClientSession is aiohttp.ClientSession
assert darabonba.core.asyncio.sleep is asyncio.sleep
""",
    "keys of a machine's role": """
from alibabacloud_credentials.provider import ecs_ram_role
ecs_ram_role.BackgroundScheduler().add_job(print)
""",
    "keys in files": """
import asyncio, os
from alibabacloud_credentials.provider import profile
assert asyncio.run(profile._load_ini_async(os.devnull)) == {}
""",
    "an RSA key": """
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization as s
key = rsa.generate_private_key(65537, 2048)
pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
from alibabacloud_tea_openapi import utils
assert len(utils.rsa_sign(b"text", pem)) == 256
""",
}


@pytest.mark.parametrize("then", STILL_WORKING.values(), ids=STILL_WORKING)
def test_deferred_modules_still_work(then: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM.format(then=then)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_all_hosts_share_the_loaded_authorities() -> None:
    from imagesearch_ingest.adapters.image_search.sdk import DaraCore  # noqa: PLC0415 - as the SDK finds it

    assert DaraCore.get_adapter("https", None, pool_size=40) is DaraCore.get_adapter("https", None, pool_size=40)
    assert DaraCore.get_adapter("https", None, pool_size=40) is not DaraCore.get_adapter("https", None, pool_size=5)

"""Start the local SMQ, and make adapters that use it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from local_cloud.smq import SmqService
from tests.support.fakes import FixedCredentials

KEY_ID, KEY_SECRET, TOKEN = "LOCALKEY", "local-secret", "local-token"
CREDENTIALS = Credentials(KEY_ID, KEY_SECRET, TOKEN)
Q = TypeVar("Q", bound=SmqQueue)

_numbers = count()


@contextmanager
def local_smq(**changed: Any) -> Iterator[SmqService]:
    wanted = {"access_key_id": KEY_ID, "access_key_secret": KEY_SECRET, "security_token": TOKEN}
    with SmqService(**wanted | changed) as service:
        yield service


def new_queue(service: SmqService, **attributes: int) -> str:
    """Create an empty queue and return its name."""
    name = f"q-{next(_numbers)}"
    service.create_queue(name, **attributes)
    return name


def adapter(kind: type[Q], service: SmqService, name: str, **changed: Any) -> Q:
    options = {
        "credentials": FixedCredentials(CREDENTIALS),
        "connect_timeout": 5.0,
        "read_timeout": 5.0,
        "ca_bundle": service.ca_path,
    }
    return kind(service.queue_url(name), **options | changed)


def fault(call: Callable[[], object]) -> IngestError:
    with pytest.raises(IngestError) as error:
        call()
    return error.value

"""An error that ends a command is explained in one line, with the exit code for it."""

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.faults import explain


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (IngestError(Reason.NETWORK, "reading q failed"), "reading q failed. Try again later.", 5),
        (IngestError(Reason.THROTTLED, "reading q failed"), "reading q failed. Try again later.", 5),
        (
            IngestError(Reason.CREDENTIALS, "no credentials"),
            "no credentials. Check the access key for this service, and its permissions.",
            7,
        ),
        (
            IngestError(Reason.SETTINGS_REFUSED, "reading q failed", service_code="QueueNotExist"),
            "reading q failed. Check the URL of the queue and the region.",
            7,
        ),
        (OSError(2, "No such file or directory", "a.txt"), "a.txt: No such file or directory", 1),
    ],
)
def test_an_error_says_what_to_do(error: Exception, line: str, code: int) -> None:
    assert explain(error) == (line, code)

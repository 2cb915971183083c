"""Read the settings of a function, as far as the local cloud must know them."""

from collections.abc import Mapping

from local_cloud.image_search import KINDS

# Settings that lead to a real cloud. The local cloud ignores the given values and sets its own.
OVERRIDDEN_SETTINGS = {
    "INGEST_BUCKET_ENDPOINT",
    "INGEST_CA_BUNDLE",
    "INGEST_CREDENTIALS_SECRET",
    "INGEST_DEAD_LETTER_QUEUE_URL",
    "INGEST_HTTPS_PROXY",
    "INGEST_INSTANCE_ENDPOINT",
    "INGEST_OIDC_AUDIENCE",
    "INGEST_OIDC_PROVIDER_ARN",
    "INGEST_QUEUE_URL",
    "INGEST_ROLE_ARN",
    "INGEST_STS_ENDPOINT",
    "INGEST_UPLOAD_ENDPOINT_TYPE",
}
DEFAULT_RATE = 5  # AddImage calls a second


def read_rate(settings: Mapping[str, str]) -> float:
    """Return the AddImage calls per second that the function expects."""
    try:
        return max(0.001, float(settings["INGEST_ADDS_PER_SECOND"]))
    except ValueError:  # the function reports it
        return DEFAULT_RATE


def read_service_type(settings: Mapping[str, str]) -> str:
    """Return the kind of instance that the function expects."""
    kind = settings.get("INGEST_SERVICE_TYPE", "")
    return kind if kind in KINDS else "product"  # the function reports another value

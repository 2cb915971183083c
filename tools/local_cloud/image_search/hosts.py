"""The host names that the SDK calls."""

OPEN_PLATFORM_HOST = "openplatform.aliyuncs.com"
# The SDK uploads to Shanghai whatever the instance's region. Observed; not documented.
UPLOAD_BUCKET = "viapi-customer-temp"
UPLOAD_ENDPOINT = "oss-cn-shanghai.aliyuncs.com"
UPLOAD_HOST = f"{UPLOAD_BUCKET}.{UPLOAD_ENDPOINT}"
# The same bucket from within Alibaba Cloud's Shanghai, and from far away (OSS, "Endpoints", "Transfer acceleration").
INTERNAL_UPLOAD_HOST = f"{UPLOAD_BUCKET}.oss-cn-shanghai-internal.aliyuncs.com"
ACCELERATE_UPLOAD_HOST = f"{UPLOAD_BUCKET}.oss-accelerate.aliyuncs.com"
UPLOAD_HOSTS = (UPLOAD_HOST, INTERNAL_UPLOAD_HOST, ACCELERATE_UPLOAD_HOST)
FILES_BUCKET = "imagesearchname"


def image_search_host(region: str) -> str:
    return f"imagesearch.{region}.aliyuncs.com"


def files_bucket_host(region: str) -> str:
    """Return the host of MetaUrl and ErrorUrl, after the example of the DumpMetaList reference."""
    return f"{FILES_BUCKET}.oss-{region}.aliyuncs.com"


def is_files_bucket(host: str) -> bool:
    return host.startswith(f"{FILES_BUCKET}.")


def speaks_xml(host: str) -> bool:
    """Return whether a host is a bucket, whose errors are XML. The others answer in JSON."""
    return host in UPLOAD_HOSTS or is_files_bucket(host)

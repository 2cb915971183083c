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


def image_search_host(region: str) -> str:
    return f"imagesearch.{region}.aliyuncs.com"

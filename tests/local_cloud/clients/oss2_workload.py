"""The workload with the SDK ``oss2``, in an environment of its own. The argument is the order, in JSON."""

import json
import os
import sys
from pathlib import Path

ORDER = json.loads(sys.argv[1])
os.environ["REQUESTS_CA_BUNDLE"] = ORDER["ca"]  # before the import, which opens no session but may read it

import oss2  # noqa: E402 - see above

FOLDER = Path(ORDER["folder"])
FIRST, SECOND, LARGE = (FOLDER / name for name in ("first", "second", "large"))


def main() -> None:
    auth = oss2.StsAuth(ORDER["id"], ORDER["secret"], ORDER["token"], auth_version=ORDER["signature"])
    bucket = oss2.Bucket(auth, ORDER["endpoint"], ORDER["bucket"], region=ORDER["region"])
    if ORDER["versions"]:
        bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    first, second = FIRST.read_bytes(), SECOND.read_bytes()
    bucket.put_object("shoes/put.jpg", first)
    bucket.put_object("shoes/over.jpg", first)
    bucket.put_object_from_file("shoes/over.jpg", str(SECOND))
    bucket.put_object("shoes/chunks.jpg", iter([second[:500], second[500:]]))
    bucket.put_object("shoes/red +%41 鞋.jpg", second)
    oss2.resumable_upload(
        bucket, "shoes/parts.jpg", str(LARGE), multipart_threshold=ORDER["part_bytes"], part_size=ORDER["part_bytes"]
    )
    bucket.copy_object(ORDER["bucket"], "shoes/put.jpg", "shoes/copy.jpg")
    half = bucket.append_object("shoes/append.jpg", 0, second[:500])
    bucket.append_object("shoes/append.jpg", half.next_position, second[500:], init_crc=half.crc)
    gone = {name: bucket.put_object(f"shoes/{name}", first).versionid for name in ("1.jpg", "2.jpg", "3.jpg")}
    if ORDER["versions"]:
        delete_versions(bucket, gone, first, second)
    else:
        bucket.delete_object("shoes/1.jpg")
        bucket.batch_delete_objects(["shoes/2.jpg", "shoes/3.jpg"])


def delete_versions(bucket: oss2.Bucket, gone: dict, first: bytes, second: bytes) -> None:
    bucket.delete_object("shoes/1.jpg", params={"versionId": gone["1.jpg"]})
    listed = oss2.models.BatchDeleteObjectVersionList()
    for name in ("2.jpg", "3.jpg"):
        listed.append(oss2.models.BatchDeleteObjectVersion(f"shoes/{name}", gone[name]))
    bucket.delete_object_versions(listed)
    bucket.put_object("shoes/back.jpg", first)
    newer = bucket.put_object("shoes/back.jpg", second).versionid
    bucket.delete_object("shoes/back.jpg", params={"versionId": newer})
    bucket.put_object("shoes/marked.jpg", second)
    marker = bucket.delete_object("shoes/marked.jpg").versionid
    bucket.delete_object("shoes/marked.jpg", params={"versionId": marker})


main()

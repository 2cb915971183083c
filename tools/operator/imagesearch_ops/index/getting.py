"""``index get``: show one entry."""

import json
from collections.abc import Mapping

from imagesearch_ingest.identity import MAX_ID_CHARACTERS
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops import output
from imagesearch_ops.bucket_urls import BucketUrl, is_bucket_url
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.instance import Entry, open_instance
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.terminal_text import printable

Ids = tuple[str, str]


def run_get(
    key: str | None,
    product_id: str | None,
    pic_name: str | None,
    environ: Mapping[str, str],
    *,
    place: DeploymentOptions = SHELL,
    as_json: bool,
) -> ExitCode:
    """Run the command: exit code 4 if there is no such entry.

    Raise ``InputError``, also for a key that the key rule refuses, ``SettingsError`` and ``IngestError``.
    """
    with reporting(as_json=as_json) as report:
        report.summary["entries"] = 0
        report.ending = lambda: f"{report.summary['entries']} entries"
        _check_form(key, product_id, pic_name)
        deployment = place.find(environ)
        output.message(deployment.describe())
        instance = open_instance(deployment)
        ids = (product_id, pic_name) if product_id and pic_name else _identify(key or "", deployment)
        report.summary |= {"product_id": ids[0], "pic_name": ids[1]}
        entry = instance.find(*ids)
        if instance.not_offered:
            output.message(
                f"CheckImageExists is refused ({instance.not_offered}). SearchImageByName was asked instead."
            )
        _show(entry, ids, report)
        return report.code


def _check_form(key: str | None, product_id: str | None, pic_name: str | None) -> None:
    """Raise ``InputError`` unless either a key or both IDs are given."""
    ids = {"--product-id": product_id, "--pic-name": pic_name}
    given = [name for name, value in ids.items() if value is not None]
    if key is not None and given:
        raise InputError(f"KEY and {' and '.join(given)} are both given. Give the key, or both IDs.")
    if key is None and not given:
        raise InputError("no entry is named. Give the key, or both --product-id and --pic-name.")
    if key is None and len(given) < len(ids):
        missing = " and ".join(name for name in ids if name not in given)
        raise InputError(f"{missing} is missing. Give the key, or both --product-id and --pic-name.")
    for name, value in {"KEY": key, **ids}.items():
        if value is not None and not _is_text(value):
            raise InputError(f"{name} {value} is not valid UTF-8, so no entry has it")
    for name, value in ids.items():
        if value is not None and not 0 < len(value) <= MAX_ID_CHARACTERS:
            raise InputError(f"{name} has {len(value)} characters; an ID has 1 to {MAX_ID_CHARACTERS}")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _identify(key: str, deployment: Deployment) -> Ids:
    """Return the IDs of a key, which may be given as a URL, under the deployment's key rule."""
    settings = deployment.settings
    if settings is None:
        raise InputError(deployment.fault)
    if is_bucket_url(key):
        url = BucketUrl.parse(key)
        if settings.bucket and url.bucket != settings.bucket:
            raise InputError(f"{key} is in another bucket than the deployment's, {settings.bucket}")
        key = url.ref.key
    try:
        identity = settings.identity_rule().identify(key)
    except IngestError as error:
        raise InputError(f"the key rule takes no such key: {error.detail}. Give --product-id and --pic-name.") from None
    return identity.product_id, identity.pic_name


def _show(entry: Entry | None, ids: Ids, report: Report) -> None:
    named = f"ProductId {ids[0]}, PicName {ids[1]}"
    if entry is None:
        report.fail(ExitCode.DRIFT, "not_found", f"the index has no entry with {named}")
        report.ending = lambda: "no entry"
        return
    report.summary["entries"] = 1
    report.ending = lambda: "1 entry"
    report.line(entry.public())
    if not report.as_json:
        for title, text in describe(entry).items():
            output.plain(f"{title:<13}  {printable(text)}")
        output.plain("")


def describe(entry: Entry) -> dict[str, str]:
    """Return the fields of an entry, for people."""
    category = {} if entry.category_id is None else {"CategoryId": str(entry.category_id)}
    attributes = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in entry.attributes.items()
    }
    return {"ProductId": entry.product_id, "PicName": entry.pic_name, **category, **attributes}

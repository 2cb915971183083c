"""Find out everything about one object: from the bucket, the settings, the dead letters and the index."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from functools import partial

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.deployment import Deployment, is_alibaba
from imagesearch_ops.errors import InputError
from imagesearch_ops.explain.dead_letters import search_letters
from imagesearch_ops.explain.entries import Ids, ask_for_entries, disown, list_candidates, search_for_picture
from imagesearch_ops.explain.facts import Facts
from imagesearch_ops.explain.headers import read_headers
from imagesearch_ops.explain.readings import find_object
from imagesearch_ops.explain.target import url_of
from imagesearch_ops.explain.trial import try_object
from imagesearch_ops.instance import InstanceClient, open_instance
from imagesearch_ops.queues.port import retry
from imagesearch_ops.stores import bucket_client, open_store
from imagesearch_ops.terminal_text import printable

_INSTANCE = (variable("instance_name"), variable("instance_region"))
_FOLDER_MARKER = "the key ends in '/' and the object is empty"


class Asking(Enum):
    """How much the index is asked."""

    NOTHING = auto()
    ENTRY = auto()
    SEARCH = auto()

    @classmethod
    def of(cls, option: object) -> "Asking":
        """Return what ``--index`` or ``--no-index`` means, or their absence."""
        return cls.ENTRY if option is None else cls.SEARCH if option else cls.NOTHING


def gather(facts: Facts, deployment: Deployment, asking: Asking) -> None:
    """Find out everything, in the order in which each part needs the others."""
    ref = facts.target.ref
    _refuse_other_cloud(facts, deployment)
    store = open_store(ref.cloud, deployment)
    try:
        facts.found = find_object(store, facts.target)
    except IngestError as error:
        facts.bucket_fault = error
    _identify(facts)
    refs = list(dict.fromkeys((ref, facts.ref)))
    facts.letters = search_letters(deployment, refs, facts.state.etag if facts.state else None)
    if facts.state:
        facts.headers = read_headers(bucket_client(ref.cloud, deployment), facts.ref)
    if facts.state and facts.identity and not facts.refusal:
        facts.trial = try_object(store, facts.ref, facts.state, facts.identity, facts.settings)
    _ask_index(facts, deployment, asking)
    if facts.answers:
        disown(facts.answers, partial(_is_of_other_key, facts, store))


def _refuse_other_cloud(facts: Facts, deployment: Deployment) -> None:
    """Raise ``InputError`` for an object on the cloud where the deployment is not, if its queues tell where it is."""
    own = "alibaba" if is_alibaba(deployment) else "aws"
    if (deployment.queue_url or deployment.dead_letter_queue_url) and facts.target.ref.cloud != own:
        scheme = "oss" if own == "alibaba" else "s3"
        raise InputError(f"{printable(url_of(facts.target.ref))}: the objects of {deployment.name} are in {scheme}://")


def _identify(facts: Facts) -> None:
    """Note the IDs, or why bucket, key or event make the function leave the object out, as the reconciler does."""
    ref, state, settings = facts.ref, facts.state, facts.settings
    if settings.bucket and ref.bucket != settings.bucket:
        detail = f"the object is in {ref.bucket}, and INGEST_BUCKET is {settings.bucket}"
        facts.refusal = IngestError(Reason.OTHER_BUCKET, detail)
        return
    try:
        facts.identity = settings.identity_rule().identify(ref.key)
    except IngestError as refusal:
        facts.refusal = refusal
    is_skipped = facts.refusal is not None and facts.refusal.reason.result is Result.SKIPPED
    if state and state.size == 0 and ref.key.endswith("/") and not is_skipped:
        facts.refusal = IngestError(Reason.FOLDER_MARKER, _FOLDER_MARKER)
    if facts.target.note and facts.refusal is None:
        facts.refusal = IngestError(facts.target.note.reason, facts.target.note.detail)


def _ask_index(facts: Facts, deployment: Deployment, asking: Asking) -> None:
    """Ask the index as far as ``asking`` allows. A fault is noted, and leaves unknown what was not answered."""
    if asking is Asking.NOTHING:
        facts.why_not_asked = "--no-index"
        return
    identity = facts.identity
    own = Ids(identity.product_id, identity.pic_name) if identity else None
    candidates = list_candidates(facts.ref.key, identity, facts.settings.identity_rule(), facts.letters.lines)
    if facts.refusal and facts.refusal.reason is Reason.OTHER_BUCKET:
        facts.why_not_asked = "IDs do not contain the bucket, so an entry would be that of another object"
        return
    if own is None and not candidates:
        facts.why_not_asked = "the key has no IDs"
        return
    known = _complete(deployment, facts.settings)
    if known.settings is None and asking is Asking.ENTRY:
        detail = f"no instance is known: {' or '.join(_INSTANCE)} is not set"
        facts.index_fault = IngestError(Reason.SETTINGS_REFUSED, detail)
    else:
        _ask(facts, open_instance(known), own, candidates, searches=asking is Asking.SEARCH)
    if facts.index_fault and not facts.answers:
        facts.why_not_asked = facts.index_fault.detail


def _complete(deployment: Deployment, settings: Settings) -> Deployment:
    """Return the deployment with these settings if they name an instance, although others may be missing."""
    if deployment.settings or not all(deployment.environ.get(name) for name in _INSTANCE):
        return deployment
    return replace(deployment, settings=settings)


def _ask(
    facts: Facts, instance: InstanceClient, own: Ids | None, candidates: Mapping[Ids, str], *, searches: bool
) -> None:
    try:
        answers = ask_for_entries(instance, own, candidates, asks_all=searches)
        facts.answers = answers
        if searches and facts.trial and facts.trial.request:
            search_for_picture(instance, answers, facts.trial.request, facts.ref.key)
    except IngestError as error:
        facts.index_fault = error


def _is_of_other_key(facts: Facts, store: ObjectStore, ids: Ids) -> bool:
    """Return whether another object has these IDs: that of the key in which only the ProductId is the other one."""
    own, key, rule = facts.identity, facts.ref.key, facts.settings.identity_rule()
    if own is None or ids.pic_name == key or key.count(own.product_id) != 1:
        return False
    other = replace(facts.ref, key=key.replace(own.product_id, ids.product_id))
    with suppress(IngestError):
        identity = rule.identify(other.key)
        return (identity.product_id, identity.pic_name) == ids and retry(lambda: store.head(other)) is not None
    return False

"""A probe of Alibaba Cloud's EventBridge. It makes nothing: it reads a rule that does not exist."""

from imagesearch_ingest.adapters.alibaba.eventbridge import EventBridgeRules
from imagesearch_ingest.adapters.image_search.api import runtime_options
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.model.errors import IngestError
from tests.live.account import Account
from tests.live.probe import OSS, Finding, judge, probe


@probe("ALI-40", OSS, "1 GetRule of EventBridge", leaves="the form of a rule that exists")
def ask_missing_rule(account: Account) -> Finding:
    """Read a rule that nobody has made, with a key that may read rules (eventbridge:GetRule)."""
    rules = EventBridgeRules(
        account.wanted.oss_region, account.alibaba_key, runtime_options(image_search_options(account.settings))
    )
    try:
        found = rules.read(account.new_name())
    except IngestError as error:
        return judge(False, error.detail)  # noqa: FBT003 - the answer
    return judge(found is None, "a rule that nobody has made is told as missing")

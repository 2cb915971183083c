"""Write the command that does what a verdict advises, for a person to copy."""

from imagesearch_ingest.events import write_announcement
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.dlq.filters import write_value
from imagesearch_ops.dlq.letters import key
from imagesearch_ops.explain.facts import Facts
from imagesearch_ops.explain.verdicts import Help, Verdict
from imagesearch_ops.queue_urls import is_smq
from imagesearch_ops.shell import quote


def write_command(facts: Facts, verdict: Verdict, deployment: Deployment, options: DeploymentOptions) -> str | None:
    """Return the command, or ``None`` if there is none. Image Search is never written to: the function does that."""
    if verdict.helped_by is Help.REPLAY and facts.letter:
        expression = quote(f"key={write_value(key(facts.letter))}")
        return " ".join(["imagesearch-ingest dlq replay --where", expression, *options.words()])
    url = deployment.queue_url
    if verdict.helped_by is Help.ANNOUNCE and url and not is_smq(url):
        body = write_announcement(facts.ref, "operator")
        return f"aws sqs send-message --queue-url {quote(url)} --message-body {quote(body)}"
    return None

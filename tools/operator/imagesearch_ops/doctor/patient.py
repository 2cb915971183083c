"""Hold the deployment under examination: what is known of it, and what has been answered so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.doctor.clock import Clock
from imagesearch_ops.doctor.findings import CannotSeeError, Finding

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Stack:
    """A CloudFormation stack, as far as it could be read."""

    name: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    error: IngestError | None = None


@dataclass(slots=True)
class Patient:
    """One deployment. ``settings`` holds a placeholder for each field in ``unset``, and no field that is wrong.

    ``environ`` holds the function's variables over the shell's. ``function`` is what Lambda or
    Function Compute says of the function.
    """

    name: str
    cloud: str
    environ: Mapping[str, str]
    settings: Settings
    unset: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()  # lines about wrong settings
    stack: Stack | None = None
    function: Mapping[str, Any] | None = None
    function_error: IngestError | None = None
    is_seen: bool = True  # whether its variables could be read
    is_named: bool = False  # by --stack or --function, so that its function is known
    clock: Clock = field(default_factory=Clock)
    found: dict[str, Finding] = field(default_factory=dict)
    who: str = "this caller"
    key_id: str = ""  # what may be shown of the key for Image Search, once it is known
    _answers: dict[str, Any] = field(default_factory=dict)

    @property
    def queue_url(self) -> str | None:
        return self._output("QueueUrl") or self.settings.queue_url

    @property
    def dead_letter_queue_url(self) -> str | None:
        given = None if "dead_letter_queue_url" in self.unset else self.settings.dead_letter_queue_url
        return self._output("DeadLetterQueueUrl") or given

    @property
    def rule_queue_url(self) -> str | None:
        return self._output("RuleDeadLetterQueueUrl")

    @property
    def function_name(self) -> str | None:
        return self._output("FunctionName")

    @property
    def bucket(self) -> str | None:
        return self._output("BucketName") or self.settings.bucket

    def require(self, field_name: str) -> Any:  # noqa: ANN401 - the fields have many types
        """Return the value of a setting. Raise ``CannotSeeError`` if it is unset or wrong."""
        value = getattr(self.settings, field_name)
        if not self.is_seen:
            raise CannotSeeError("needs settings.valid")
        if field_name in self.unset or value is None:
            raise CannotSeeError(f"needs {variable(field_name)}, which is not set or wrong")
        return value

    def name_caller(self, action: str) -> str:
        """Return whom a service knows as the caller of an action: Image Search knows another key than AWS does."""
        return f"the key {self.key_id}" if self.key_id and action.startswith("imagesearch:") else self.who

    def ask(self, question: str, call: Callable[[], R]) -> R:
        """Return the answer to a question, and ask it only once. An error is raised each time."""
        if question not in self._answers:
            try:
                self._answers[question] = call()
            except IngestError as error:
                self._answers[question] = error
        answer = self._answers[question]
        if isinstance(answer, IngestError):
            raise answer.with_traceback(None)
        return answer  # type: ignore[no-any-return]

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore's clients are made at run time
        """Return botocore's client of a service. The time in its answers is compared with this machine's."""
        return self.ask(f"client {service}", lambda: self._make_client(service))

    def _make_client(self, service: str) -> Any:  # noqa: ANN401 - as above
        client = aws_client(service, self.environ)
        self.clock.watch(client, service)
        return client

    def _output(self, name: str) -> str | None:
        return (self.stack.outputs.get(name) if self.stack else None) or None

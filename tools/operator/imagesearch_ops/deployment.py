"""Find the deployment that a command is about: a stack, a file of variables, or the shell's own ``INGEST_*``.

The first of these that is given leaves nothing open. Variables of the shell that contradict it are an error, not
overrides: a command must never act on one deployment with the rule of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from imagesearch_ingest import __version__
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import PREFIX, Settings, unfold_settings, variable
from imagesearch_ops.errors import InputError
from imagesearch_ops.fc_function import read_function
from imagesearch_ops.queue_urls import is_smq
from imagesearch_ops.rates import describe_adds
from imagesearch_ops.stack_source import read_stack

QUEUE_URL, DEAD_LETTER_QUEUE_URL = variable("queue_url"), variable("dead_letter_queue_url")
# How this machine reaches the services. The function may reach them in another way.
_OF_THIS_MACHINE = {variable(name) for name in ("bucket_endpoint", "ca_bundle", "https_proxy")}
_LARGEST_FILE_BYTES = 1_000_000
_PLACEHOLDERS = {
    variable("instance_name"): "unknown",
    variable("instance_region"): "ap-southeast-1",
    DEAD_LETTER_QUEUE_URL: "https://sqs.invalid/0/unknown",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment, as far as it is known. ``environ`` holds the function's variables over the shell's.

    ``settings`` is ``None`` if the variables do not make up the settings of a function. ``fault`` then says why.
    ``prefixes`` are those of the stack's rule, if it has some: it announces no other key, and the role reads no other.
    """

    name: str
    environ: Mapping[str, str]
    queue_url: str | None
    dead_letter_queue_url: str | None
    rule_queue_url: str | None
    settings: Settings | None
    fault: str = ""
    prefixes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return one line: which bucket goes into which instance, at which rate, under which rule."""
        settings = self.settings
        if settings is None:
            return f"{self.name}{self._region()}: {self.dead_letter_queue_url or self.rule_queue_url or 'no queue'}"
        scheme = "oss" if is_alibaba(self) else "s3"
        bucket = f"{scheme}://{settings.bucket or '*'}"
        instance = f"{settings.instance_name} ({settings.instance_region})"
        rule = settings.key_template or settings.key_regex or "the folder and the whole key"
        rate = describe_adds(settings)
        return f"{self.name}{self._region()}: {bucket} -> {instance}, {rate}, release {__version__}, rule {rule}"

    def _region(self) -> str:
        region = self.environ.get("FC_REGION" if is_alibaba(self) else "AWS_REGION")
        return f" ({region})" if region else ""


def is_alibaba(deployment: Deployment) -> bool:
    """Return whether the deployment is on Alibaba Cloud: by the URL of its queue or, without one, by its region."""
    url = deployment.dead_letter_queue_url or deployment.queue_url
    return is_smq(url) if url else bool(deployment.environ.get("FC_REGION"))


def find_deployment(
    environ: Mapping[str, str],
    *,
    stack: str | None = None,
    function: str | None = None,
    env_file: Path | None = None,
    queue_url: str | None = None,
    rule_queue_url: str | None = None,
    to_queue_url: str | None = None,
) -> Deployment:
    """Return the deployment. Explicit URLs complete what is found, and must not contradict a stack or a file.

    Raise ``InputError``, ``SettingsError``, and ``IngestError`` if the stack cannot be read.
    """
    source, environ = name_source(stack, function, env_file), unfold_settings(environ)
    found: dict[str, str] = {}
    urls: dict[str, str | None] = {}
    prefixes: tuple[str, ...] = ()
    if stack:
        found, urls, prefixes = read_stack(stack, environ)
    elif function:
        found = read_function(function, environ)
    elif env_file:
        found = read_env_file(env_file)
    found, merged = unfold_settings(found), environ
    if source:
        refuse_contradictions(source, found, environ)
        merged = merge(environ, found)
    given = {"--queue-url": queue_url, "--rule-queue-url": rule_queue_url, "--to-queue-url": to_queue_url}
    known = {
        "--queue-url": urls.get("letters") or merged.get(DEAD_LETTER_QUEUE_URL) or None,
        "--rule-queue-url": urls.get("rule"),
        "--to-queue-url": urls.get("ingest") or merged.get(QUEUE_URL) or None,
    }
    for option, url in given.items():
        if source and url and known[option] and url != known[option]:
            raise InputError(f"{option} {url} contradicts {source}, whose queue is {known[option]}")
    if queue_url:
        merged[DEAD_LETTER_QUEUE_URL] = queue_url
    settings, fault = _read_settings(merged, is_certain=bool(source))
    return Deployment(
        name=source or ("this shell's settings" if settings else "dead letters"),
        environ=merged,
        queue_url=to_queue_url or known["--to-queue-url"],
        dead_letter_queue_url=queue_url or known["--queue-url"],
        rule_queue_url=rule_queue_url or known["--rule-queue-url"],
        settings=settings,
        fault=fault,
        prefixes=prefixes,
    )


def name_source(stack: str | None, function: str | None, env_file: Path | None) -> str | None:
    """Return the name of the one source that is given, if any."""
    given = {"--stack": stack, "--function": function, "--env-file": env_file and env_file.name}
    named = [option for option, value in given.items() if value]
    if len(named) > 1:
        raise InputError(f"{' and '.join(named)} are both given. Name the deployment once.")
    return next((value for value in given.values() if value), None)


def merge(environ: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a deployment over the shell's. This machine keeps its own ways to the services.

    Both are unfolded.
    """
    ways = {name: environ[name] for name in _OF_THIS_MACHINE if environ.get(name)}
    return {name: value for name, value in environ.items() if not name.startswith(PREFIX)} | dict(found) | ways


def _read_settings(environ: Mapping[str, str], *, is_certain: bool) -> tuple[Settings | None, str]:
    """Return the function's settings, or why there are none. Those of a stack or a file must be valid."""
    readable = dict(environ)
    bundle = variable("ca_bundle")
    if not Path(readable.get(bundle) or "/").is_file():  # a path in the function's file system
        readable.pop(bundle, None)
    try:
        return Settings.from_env(readable), ""
    except SettingsError as error:
        if is_certain:
            raise
        return None, str(error).splitlines()[0]


def read_local_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings for work that needs no cloud: the key rule, and how pictures are prepared.

    Required settings that are missing get a placeholder. Raise ``SettingsError`` for a setting that is wrong.
    """
    given = {name: value for name, value in unfold_settings(environ).items() if value}  # with the keys, for redaction
    return Settings.from_env(_PLACEHOLDERS | given)


def without_queues(deployment: Deployment) -> Deployment:
    """Return the deployment with settings for work that needs an instance, but none of the function's queues.

    Raise ``SettingsError`` for a setting that is wrong. Without an instance, the settings stay unknown.
    """
    environ, instance = deployment.environ, variable("instance_name")
    if deployment.settings or deployment.dead_letter_queue_url:
        return deployment
    if not environ.get(instance):
        return replace(deployment, fault=f"{instance} is not set.")
    given = {name: value for name, value in environ.items() if value}  # with the keys, which no message may quote
    settings = Settings.from_env({DEAD_LETTER_QUEUE_URL: _PLACEHOLDERS[DEAD_LETTER_QUEUE_URL]} | given)
    return replace(deployment, name="this shell's settings", settings=settings, fault="")


def refuse_contradictions(name: str, found: Mapping[str, str], environ: Mapping[str, str]) -> None:
    names = sorted(
        one
        for one, value in environ.items()
        if one.startswith(PREFIX) and value and one not in _OF_THIS_MACHINE and value != found.get(one)
    )
    if names:
        raise InputError(f"{', '.join(names)} in the shell contradict {name}. Unset them, or leave {name} out.")


def read_env_file(path: Path) -> dict[str, str]:
    """Return the ``INGEST_*`` variables of a file with one NAME=VALUE per line, as ``docker run --env-file`` takes."""
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise InputError(f"{path}: too large for a file of variables")
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8. Write one NAME=VALUE per line.") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().removeprefix("export ")
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{path}: line {number} is not NAME=VALUE")
        found[name.strip()] = _unquote(value.strip())
    return found


def _unquote(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value

"""Check that a call names the instance, and that the instance is available."""

from local_cloud.image_search.errors import ApiError, ConsoleError, ImageSearchError
from local_cloud.image_search.limits import Parameters
from local_cloud.image_search.models import Instance

# Every reference, "InstanceName".
MAX_NAME_CHARS = 20


def check_instance(instance: Instance, parameters: Parameters, now: float, *, of_console: bool) -> None:
    """Raise ``ConsoleError`` for an operation of the console, ``ApiError`` for another one.

    An expired instance answers with the code of its order, which is a choice.
    """
    name = parameters.get("InstanceName")
    if name != instance.name:
        raise _refuse_console_name(name) if of_console else _refuse_name(name)
    if not instance.available:
        raise ConsoleError("Console.InstanceStatusError") if of_console else ApiError("InstanceStatusError")
    if instance.expires <= now:
        raise ConsoleError("Console.OrderStatusError") if of_console else ApiError("InstanceStatusError")


def as_console_error(error: ApiError) -> ConsoleError:
    """Return the same refusal in the other family of codes."""
    code = error.code if error.code in ConsoleError.documented else "Console.BadRequest"
    return ConsoleError(code, error.detail)


def _refuse_name(name: str | None) -> ImageSearchError:
    if name is None:
        return ApiError("InvalidInstanceName")
    return ApiError("InvalidInstance", "InstanceName takes the instance's name, not its ID.")


def _refuse_console_name(name: str | None) -> ImageSearchError:
    if not name or len(name) > MAX_NAME_CHARS:
        return ConsoleError("InvalidInstance", f"A name has 1 to {MAX_NAME_CHARS} characters.")
    return ConsoleError("Console.InstanceNotFound", "InstanceName takes the instance's name, not its ID.")

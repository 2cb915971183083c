"""Generate the table of settings from `Settings`."""

from pydantic.fields import FieldInfo

from documentation.tables import code, table
from imagesearch_ingest.settings import Settings, variable


def settings_table() -> str:
    """Return a table with one row per setting, in the order of `Settings`."""
    fields = Settings.model_fields.items()
    rows = (
        (code(variable(name)), _default(info), (info.description or "").replace("](docs/", "](../"))
        for name, info in fields
    )
    return table(("variable", "default", "meaning"), rows)


def _default(info: FieldInfo) -> str:
    return "*required*" if info.is_required() else code(info.default)

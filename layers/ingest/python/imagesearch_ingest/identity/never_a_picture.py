"""Tell files that are certainly not pictures: those that systems and tools leave in folders."""

# Sources: Apple, "AppleDouble" (._ files) and Finder's own files; Windows Explorer's; Hadoop's S3 file systems
# (_$folder$, _SUCCESS); Android (.nomedia) and Picasa; git's customary placeholders; the lock files of LibreOffice and
# Microsoft Office.
_NAMES = frozenset(
    {
        *(".ds_store", ".localized", ".apdisk", "icon\r"),
        *("thumbs.db", "thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),
        *(".directory", ".nomedia", ".gitkeep", ".keep", ".gitignore", ".gitattributes"),
        *("picasa.ini", ".picasa.ini", "_success"),
    }
)
_BEGINNINGS = ("._", ".~lock.", "~$")
_FIRST = frozenset(".~" + "".join(first + first.upper() for first in {name[0] for name in _NAMES} - {"."}))
_END = "_$folder$"
_FOLDER = "__macosx"


def is_never_a_picture(key: str) -> bool:
    """Return whether the file's name says that it is no picture. Case does not matter."""
    name = key[key.rfind("/") + 1 :]
    if name[:1] in _FIRST and _is_left_by_a_system(name.lower()):  # most names do not begin so: this runs for each key
        return True
    if key[-1:] == "$" and key.lower().endswith(_END):
        return True
    return "__" in key and _FOLDER in key.lower().split("/")[:-1]


def _is_left_by_a_system(name: str) -> bool:
    return name in _NAMES or name.startswith(_BEGINNINGS)

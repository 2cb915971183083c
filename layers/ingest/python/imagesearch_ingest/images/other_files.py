"""Describe files that are no pictures: documents, videos, archives, error pages, leftovers of file systems.

Signatures: the formats' own specifications.
"""

import re
from codecs import getincrementaldecoder

from imagesearch_ingest.images.markup import find_root, read_start
from imagesearch_ingest.images.unread import find_magic

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_START = 4096  # bytes
OTHER_FILES = (
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Microsoft Office document or a thumbnail database of Windows"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x04\x22\x4d\x18", "an LZ4 archive"),
    (b"MSCF\0\0\0\0", "a CAB archive"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"\x00\x00\x01\xba", "an MPEG video"),
    (b"\x00\x00\x01\xb3", "an MPEG video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media video"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "an MXF video"),
    (b"FLV\x01", "a Flash video"),
    (b"OggS", "an Ogg recording"),
    (b"ID3\2", "an MP3 recording"),
    (b"ID3\3", "an MP3 recording"),
    (b"ID3\4", "an MP3 recording"),
    (b"fLaC", "a FLAC recording"),
    (b"#!AMR", "an AMR recording"),
    (b"MThd\0\0\0\6", "a MIDI file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\0asm", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"PAR1\x15", "a Parquet file"),
    (b"bplist00", "an Apple property list"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"OTTO\0", "a font"),
    (b"\0\1\0\0\0", "a font"),
    (b"\0\x05\x16\7", "the companion file of macOS (AppleDouble), which holds no pixels: upload the file without '._'"),
    (b"\0\x05\x16\0", "a file in AppleSingle format, which wraps another: upload the file itself"),
    (b"\0\0\0\1Bud1", "a folder's settings of macOS (.DS_Store)"),
    (b"book\0\0\0\0mark", "a macOS alias, not the picture that it leads to"),
    (b"L\0\0\0\1\x14\2\0", "a Windows shortcut (.lnk), not the picture that it leads to"),
    (b"[InternetShortcut]", "a Windows shortcut (.url), not the picture that it leads to"),
    (b"[Desktop Entry]", "a desktop shortcut, not the picture that it leads to"),
    (b"[.ShellClassInfo]", "a folder's settings of Windows (desktop.ini)"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer: run git lfs pull, then upload the picture"),
    (b"/annex/objects/", "a git-annex pointer: run git annex get, then upload the picture"),
    (b"Salted__", "encrypted data: decrypt it before the upload"),
    (b"age-encryption.org/", "encrypted data: decrypt it before the upload"),
    (b"-----BEGIN PGP MESSAGE", "encrypted data: decrypt it before the upload"),
    (b"\1\x80\0\x14", "encrypted data (AWS Encryption SDK): decrypt it before the upload"),
    (b"\1\x80\3\x78", "encrypted data (AWS Encryption SDK): decrypt it before the upload"),
    (b"\2\4\x78", "encrypted data (AWS Encryption SDK): decrypt it before the upload"),
    (b"\2\5\x78", "encrypted data (AWS Encryption SDK): decrypt it before the upload"),
    (b"-----BEGIN ", "a key or a certificate"),
)
_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # atoms that begin a file without brands
_RIFF = {b"AVI ": "an AVI video", b"WAVE": "a WAV recording", b"sfbk": "a sound font"}
_OFFICE = (b"[Content_Types].xml", b"_rels/", b"word/", b"xl/", b"ppt/", b"docProps/")
_STORAGE_ERROR = re.compile(r"<Code>\s*([A-Za-z0-9._-]{1,60})\s*</Code>")
_TEXT_OBJECTS = re.compile(
    r"\[object [A-Za-z0-9]{1,30}\]|undefined|null|None|NaN|nil|true|false|System\.Byte\[\]|\[B@[0-9a-f]{1,8}"
    r"|<[A-Za-z_][\w. ]{0,60}(?: object)? at 0x[0-9a-fA-F]+>|[\w.$]{1,80}InputStream@[0-9a-f]{1,8}"
)
_ADDRESS = re.compile(r"(?:https?|s3|oss|file|blob:https?)://[^\s<>]{1,2000}")
_SAVED_OBJECT = "the name of a program's value instead of a picture: upload the bytes that the value holds"
_ERROR_PAGE = "an error answer of a storage service ({}), saved as a file: fetch the picture again and check the answer"


def describe_other_file(data: bytes) -> str | None:
    """Return what a file that is not an image looks like, with its article; ``None`` if it is unknown."""
    return find_magic(data, OTHER_FILES) or next((words for check in _CHECKS if (words := check(data))), None)


def _describe_media(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return "an MP4 recording" if data[8:12] in {b"M4A ", b"M4B "} else "an MP4 or QuickTime video"
    if data[4:8] in _QUICKTIME and data[:2] == b"\0\0":
        return "an MP4 or QuickTime video"
    if data[:4] == b"FORM":
        return "an AIFF recording" if data[8:12] in {b"AIFF", b"AIFC"} else "an IFF file"
    packets = data[: 188 * 5 : 188]  # of an MPEG transport stream (ISO/IEC 13818-1, section 2.4.3)
    return "an MPEG video" if packets == b"GGGGG" else None


def _describe_riff(data: bytes) -> str | None:
    return _RIFF.get(data[8:12], "a RIFF file") if data[:4] == b"RIFF" else None


def _describe_archive(data: bytes) -> str | None:
    if data[257:262] == b"ustar":
        return "a tar archive"
    if data[:3] == b"BZh" and data[4:10] == b"1AY&SY":
        return "a bzip2 archive"
    if data[:4] != b"PK\x03\x04":
        return None
    name = data[30 : 30 + int.from_bytes(data[26:28], "little")]
    if name.startswith(_OFFICE):
        return "a Microsoft Office document"
    if name == b"mimetype":
        return "an OpenDocument or EPUB document"
    return "an encrypted ZIP archive" if data[6] & 1 else "a ZIP archive"


def _describe_markup(data: bytes) -> str | None:
    root = find_root(data)
    if root in {"html", "head", "body", "script", "title", "meta"}:
        return "an HTML page"
    code = _STORAGE_ERROR.search(read_start(data, _START)) if root == "error" else None
    if code:
        return _ERROR_PAGE.format(code[1])
    return "an XML document" if root and read_start(data, 64).lstrip("\ufeff \t\r\n").startswith("<?xml") else None


def _describe_text(data: bytes) -> str | None:
    start = data[:_START].lstrip(b"\xef\xbb\xbf \t\r\n")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    if not start or not _is_text(data[:_START], encoding):
        return None
    text = read_start(data, _START).strip("\ufeff\"' \t\r\n\0")
    if _TEXT_OBJECTS.fullmatch(text):
        return _SAVED_OBJECT
    if _ADDRESS.fullmatch(text):
        return "an address instead of a picture: fetch the picture and upload its bytes"
    return "JSON text" if text[:1] in {"{", "["} and re.match(r"[\[{]\s*[\"\[{\]}0-9-]", text) else "text"


def _is_text(start: bytes, encoding: str) -> bool:
    """Return whether the sample is text. It may end inside a character, which an incremental decoder accepts."""
    try:
        text = getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(text)


_CHECKS = (_describe_media, _describe_riff, _describe_archive, _describe_markup, _describe_text)

"""Read and write the XML of SMQ's requests and responses."""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
Fields = Mapping[str, str | int]


def encode_document(root: str, fields: Fields) -> bytes:
    return _encode(_make_element(root, fields))


def encode_documents(root: str, name: str, each: Iterable[Fields]) -> bytes:
    parent = _make_element(root, {})
    parent.extend([_make_element(name, fields, namespace=False) for fields in each])
    return _encode(parent)


def parse_document(body: bytes) -> tuple[str, list[dict[str, str]]]:
    """Return the root's name and the fields of each message in it. Raise ``ValueError`` if the XML is invalid.

    A list of receipt handles yields one dictionary for each handle.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - sent by tests
    except ET.ParseError as error:
        raise ValueError(str(error)) from None
    if not root.tag.startswith(f"{{{NAMESPACE}}}"):
        raise ValueError(f"the namespace is not {NAMESPACE}")
    name = _local_name(root)
    if name == "Messages":
        return name, [_read_fields(child) for child in root]
    if name == "ReceiptHandles":
        return name, [{_local_name(child): child.text or ""} for child in root]
    return name, [_read_fields(root)]


def _read_fields(element: ET.Element) -> dict[str, str]:
    return {_local_name(child): child.text or "" for child in element}


def _local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _make_element(name: str, fields: Fields, *, namespace: bool = True) -> ET.Element:
    element = ET.Element(name, {"xmlns": NAMESPACE} if namespace else {})
    for key, value in fields.items():
        ET.SubElement(element, key).text = str(value)
    return element


def _encode(element: ET.Element) -> bytes:
    text: str = ET.tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()

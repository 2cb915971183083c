"""The XML that SMQ takes and gives."""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
Fields = Mapping[str, str | int]


def document(root: str, fields: Fields) -> bytes:
    return _written(_element(root, fields))


def documents(root: str, name: str, each: Iterable[Fields]) -> bytes:
    parent = _element(root, {})
    parent.extend([_element(name, fields, namespace=False) for fields in each])
    return _written(parent)


def parse(body: bytes) -> tuple[str, list[dict[str, str]]]:
    """The root's name, and what stands in it: of one message, its fields; of several, each one's; of a list of texts,
    each under its element's name. Raises ``ValueError``.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - what the tests send themselves
    except ET.ParseError as error:
        raise ValueError(str(error)) from None
    if not root.tag.startswith(f"{{{NAMESPACE}}}"):
        raise ValueError(f"the namespace is not {NAMESPACE}")
    name = _local(root)
    if name == "Messages":
        return name, [_fields(child) for child in root]
    if name == "ReceiptHandles":
        return name, [{_local(child): child.text or ""} for child in root]
    return name, [_fields(root)]


def _fields(element: ET.Element) -> dict[str, str]:
    return {_local(child): child.text or "" for child in element}


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _element(name: str, fields: Fields, *, namespace: bool = True) -> ET.Element:
    element = ET.Element(name, {"xmlns": NAMESPACE} if namespace else {})
    for key, value in fields.items():
        ET.SubElement(element, key).text = str(value)
    return element


def _written(element: ET.Element) -> bytes:
    text: str = ET.tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()

"""The bill of materials of a release, in CycloneDX 1.6."""

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release.checksums import sha256
from release.commit import Commit
from release.contents import Content
from release.faults import ReleaseError
from release.shipped import Library, Package

NAME = "imagesearch-ingest"
REPOSITORY = "https://github.com/imagesearch-ingest/imagesearch-ingest"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, REPOSITORY)


def write_sbom(
    commit: Commit, files: Iterable[Path], contents: Iterable[Content], packages: Mapping[tuple[str, str], Package]
) -> str:
    """Return the bill as JSON. Time and serial number follow from the commit, so that two builds have the same.

    Each part is a component that depends on its packages, and each package on the libraries inside it.
    """
    bom = Bom()
    bom.metadata.timestamp = datetime.fromtimestamp(commit.epoch, UTC)
    bom.serial_number = uuid.uuid5(NAMESPACE, commit.commit_id)
    bom.metadata.component = root = _root(commit)
    parts = {path.name: _file(path) for path in files}
    bom.components.update(parts.values())
    bom.register_dependency(root, parts.values())
    libraries = {
        key: [_library(library, package) for library in package.libraries] for key, package in packages.items()
    }
    bom.components.update(one for inside in libraries.values() for one in inside)
    for content in contents:
        key = content.distribution.name, content.distribution.version
        component, inside = _package(content, packages[key]), libraries[key]
        bom.components.add(component)
        bom.register_dependency(component, inside)
        for part in content.parts:
            bom.register_dependency(parts[part], [component])
    return _validated(JsonV1Dot6(bom).output_as_string(indent=2) + "\n")


def _validated(text: str) -> str:
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ReleaseError(f"The bill of materials does not follow CycloneDX's schema: {str(fault)[:300]}")
    return json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"


def _root(commit: Commit) -> Component:
    purl = PackageURL("pypi", None, NAME, commit.version)
    return Component(
        type=ComponentType.APPLICATION,
        name=NAME,
        version=commit.version,
        purl=purl,
        bom_ref=str(purl),
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
        external_references=_links(ExternalReferenceType.VCS, REPOSITORY),
        properties=[Property(name=f"{NAME}:commit", value=commit.commit_id)],
    )


def _file(path: Path) -> Component:
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha256(path))]
    licence = [DisjunctiveLicense(id="Apache-2.0")]
    return Component(type=ComponentType.FILE, name=path.name, bom_ref=path.name, hashes=hashes, licenses=licence)


def _package(content: Content, package: Package) -> Component:
    purl = PackageURL("pypi", None, package.name, package.version, {"file_name": content.origin.file_name})
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        purl=purl,
        bom_ref=str(purl),
        licenses=_licences(package.licence),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content.origin.sha256)],
        external_references=_links(ExternalReferenceType.WEBSITE, package.homepage),
        properties=[Property(name=f"{NAME}:part", value=part) for part in content.parts],
    )


def _library(library: Library, owner: Package) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        name=library.name,
        version=library.version or None,
        purl=PackageURL.from_string(library.purl),
        bom_ref=f"pkg:pypi/{owner.name}@{owner.version}#{library.purl}",
        licenses=_licences(library.licence),
        external_references=_links(ExternalReferenceType.VCS, library.source),
        properties=[Property(name=f"{NAME}:inside", value=f"{owner.name} {owner.version}")],
    )


def _licences(expression: str) -> list[LicenseExpression | DisjunctiveLicense]:
    if " " in expression:
        return [LicenseExpression(expression)]
    return [DisjunctiveLicense(id=expression)]


def _links(kind: ExternalReferenceType, url: str) -> list[ExternalReference]:
    return [ExternalReference(type=kind, url=XsUri(url))] if url else []

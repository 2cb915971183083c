"""A release is the same in every build, complete, and installs from its file alone."""

import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.command_blocks import Block
from tests.deployment.conftest import ROOT, cannot
from tests.deployment.releases import TOOLS, Release, build, clone, current_commit, packages_in_zip, pinned
from tests.running_blocks import runs_block

VERSION = "0.2.0"
ALIBABA = {"dependencies", "function", "library", "watch"}
AWS = {"audit", "dependencies", "function", "library", "operator", "watch"}
# A build for all tests of this file counts as part of the first, and the machine may be busy.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def commit() -> str:
    return current_commit()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, commit: str) -> Release:
    return build(clone(tmp_path_factory.mktemp("release") / "first", commit), {"TZ": "UTC"}, 0o022)


def test_two_builds_are_equal(release: Release, tmp_path: Path, commit: str) -> None:
    """The second is in another folder, at another time, by another user's settings, with remains of older builds."""
    folder = clone(tmp_path / "a second folder", commit)
    for name in (".fc/zips/old.zip", "dist/old.whl", "layers/ingest/python/imagesearch_ingest/__pycache__/old.pyc"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(b"remains")
    env = {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "USER": "other", "SOURCE_DATE_EPOCH": "1"}
    env |= {"PYTHONHASHSEED": "7", "HEIC": "1", "CLOUD": "alibaba", "UV_COMPILE_BYTECODE": "1"}
    second = build(folder, env, 0o077)
    assert second.hashes == release.hashes
    assert (second.folder / "SHA256SUMS").read_text() == (release.folder / "SHA256SUMS").read_text()


def test_every_file_is_listed(release: Release) -> None:
    prefix = f"imagesearch-ingest-{VERSION}"
    expected = {f"{prefix}-aws-{part}.zip" for part in AWS} | {f"{prefix}-alibaba-{part}.zip" for part in ALIBABA}
    expected |= {f"{prefix}-{cloud}-template.yaml" for cloud in ("aws", "alibaba")}
    expected |= {
        f"{prefix}-{rest}" for rest in ("container-context.tar.gz", "sbom.cdx.json", "third-party-notices.txt")
    }
    expected |= {f"imagesearch_ingest-{VERSION}-py3-none-any.whl", f"imagesearch_ingest-{VERSION}.tar.gz"}
    assert set(release.hashes) == expected | {"SHA256SUMS"}
    assert set(release.printed.splitlines()) == {f"dist/{name}" for name in release.hashes}
    sums = [line.split("  ") for line in (release.folder / "SHA256SUMS").read_text().splitlines()]
    assert {name: sha for sha, name in sums} == {name: release.hashes[name] for name in expected}


def test_the_zips_hold_what_their_clouds_run(release: Release) -> None:
    names = {
        name.removeprefix(f"imagesearch-ingest-{VERSION}-"): set(file.namelist())
        for name, file in release.zips().items()
    }
    assert {"app.py", "__pycache__/app.cpython-313.pyc"} == names["aws-function.zip"] == names["aws-watch.zip"]
    assert {"index.py", "__pycache__/index.cpython-312.pyc"} == names["alibaba-function.zip"]
    assert "python/imagesearch_ingest/__pycache__/settings.cpython-313.pyc" in names["aws-library.zip"]
    assert "python/imagesearch_ingest/__pycache__/settings.cpython-312.pyc" in names["alibaba-library.zip"]
    assert "python/PIL/_imaging.cpython-313-aarch64-linux-gnu.so" in names["aws-dependencies.zip"]
    assert "python/PIL/_imaging.cpython-312-x86_64-linux-gnu.so" in names["alibaba-dependencies.zip"]
    assert not [name for part in names.values() for name in part if "/bin/" in name or name.startswith("bin/")]


def test_the_template_of_aws_names_the_zips(release: Release) -> None:
    text = (release.folder / f"imagesearch-ingest-{VERSION}-aws-template.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:CodeUri|ContentUri): (.*)", text))
    assert named == {f"imagesearch-ingest-{VERSION}-aws-{part}.zip" for part in AWS}
    repository = (ROOT / "template.yaml").read_text(encoding="utf-8")
    code, files = re.compile("(CodeUri|ContentUri): .*"), re.compile(" +(LicenseUrl|ReadmeUrl): .*\n")
    assert len(files.findall(repository)) == 2
    assert code.sub("", text) == files.sub("", code.sub("", repository))


def test_the_container_context_has_what_the_dockerfile_copies(release: Release) -> None:
    with tarfile.open(next(release.folder.glob("*-container-context.tar.gz"))) as archive:
        entries = archive.getmembers()
        dockerfile = archive.extractfile("functions/ingest_oss/Dockerfile").read().decode()
    assert {(entry.uid, entry.gid, entry.uname, entry.mode) for entry in entries} == {(0, 0, "", 0o644)}
    names = [entry.name for entry in entries]
    copied = [word for line in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE) for word in line.split()]
    assert len(copied) >= 3
    assert [word for word in copied if not any(name == word or name.startswith(f"{word}/") for name in names)] == []
    assert not [name for name in names if "__pycache__" in name]


def test_the_bill_lists_each_package_of_each_part(release: Release) -> None:
    with_packages = {}
    for name, archive in release.zips().items():
        if packages := packages_in_zip(archive):
            with_packages[name.partition(f"{VERSION}-")[2]] = len(packages)
            assert release.packages_in_bill(name) == packages
    assert with_packages.keys() == {"aws-dependencies.zip", "aws-operator.zip", "alibaba-dependencies.zip"}
    assert min(with_packages.values()) > 5
    assert release.packages_in_bill(f"imagesearch-ingest-{VERSION}-container-context.tar.gz") == pinned(
        "requirements/container.txt"
    )
    assert release.packages_in_bill(f"imagesearch_ingest-{VERSION}-py3-none-any.whl") == pinned(
        "requirements/wheel.txt"
    )


def test_each_package_in_the_bill_has_its_facts(release: Release) -> None:
    packages = [
        row for row in release.bill["components"] if row["purl" if "purl" in row else "name"].startswith("pkg:pypi/")
    ]
    hashes = {
        sha
        for path in (ROOT / "requirements").glob("*.txt")
        for sha in re.findall("sha256:([0-9a-f]{64})", path.read_text())
    }
    assert len(packages) > 60
    for row in packages:
        assert row["version"], row
        assert row["purl"].startswith(f"pkg:pypi/{row['name']}@{row['version']}?file_name="), row
        assert row["licenses"], row
        ((algorithm, sha),) = ((one["alg"], one["content"]) for one in row["hashes"])
        assert algorithm == "SHA-256"
        assert sha in hashes, row
    files = {row["name"]: row["hashes"][0]["content"] for row in release.bill["components"] if row["type"] == "file"}
    own = {"SHA256SUMS", *(name for name in release.hashes if name.endswith(("sbom.cdx.json", "notices.txt")))}
    assert files == {name: sha for name, sha in release.hashes.items() if name not in own}


def test_the_bill_names_libraries_inside(release: Release) -> None:
    inside = {
        (row["name"], row["properties"][0]["value"].split()[0])
        for row in release.bill["components"]
        if "/pyvips" in row["bom-ref"] or "#" in row["bom-ref"]
    }
    wanted = {("libvips", "pyvips-binary"), ("glib", "pyvips-binary"), ("libheif", "pi-heif"), ("libde265", "pi-heif")}
    wanted |= {("libtiff", "pillow"), ("libavif", "pillow"), ("openssl", "cryptography"), ("abseil-cpp", "google-re2")}
    assert wanted <= inside


def test_every_licence_text_is_in_the_notices(release: Release) -> None:
    """Every licence file of every package in the zips is there, word for word, and every package has a text."""
    for archive in release.zips().values():
        texts = [
            name
            for name in archive.namelist()
            if re.search(r"dist-info/licenses/|/(LICEN[SC]E|COPYING|NOTICE)[^/]*$", name)
        ]
        for name in texts:
            text = archive.read(name).decode("utf-8", "replace").replace("\r\n", "\n").strip()
            assert text in release.notices, name
        for name, version in packages_in_zip(archive):
            part = release.notices.partition(f"\n{name} {version}\nLicence: ")[2].partition("=" * 100)[2][:3000]
            assert re.match(r"\n\n\[.+\]( The text is the same as that of .+|\n\n\S)", part), (name, version)


@pytest.mark.parametrize("library", ["libvips 8.18.7", "glib", "pango", "librsvg", "libheif"])
def test_libraries_under_the_lgpl_have_text_and_source(release: Release, library: str) -> None:
    part = release.notices.partition(f"\n{library}, inside ")[2][:500]
    assert "Licence: LGPL-3.0-or-later\nSource: https://" in part
    assert release.notices.count("\nGNU LESSER GENERAL PUBLIC LICENSE\n") == 1
    assert release.notices.count("\nGNU GENERAL PUBLIC LICENSE\n") == 1


LIBRARIES = {
    "libXau": "libxau",
    "libavif": "libavif",
    "libbrotlicommon": "brotli",
    "libbrotlidec": "brotli",
    "libfreetype": "freetype",
    "libharfbuzz": "harfbuzz",
    "libjpeg": "libjpeg-turbo",
    "liblcms2": "lcms2",
    "liblzma": "xz",
    "libopenjp2": "openjpeg",
    "libpng16": "libpng",
    "libsharpyuv": "libwebp",
    "libtiff": "libtiff",
    "libwebp": "libwebp",
    "libwebpdemux": "libwebp",
    "libwebpmux": "libwebp",
    "libxcb": "libxcb",
    "libzstd": "zstd",
    "libvips": "libvips",
}


@pytest.mark.parametrize("shared", ["pillow.libs", "pyvips_binary.libs"])
def test_every_shared_library_is_named(release: Release, shared: str) -> None:
    """LIBRARIES says what the files are that auditwheel copied into the wheels."""
    files = {name for archive in release.zips().values() for name in archive.namelist() if f"/{shared}/" in name}
    assert files
    for name in files:
        library = LIBRARIES[Path(name).name.partition("-")[0]]
        assert re.search(
            rf"\n{library}( [\d.]+)?, inside {shared.partition('.')[0].replace('_', '-')} ", release.notices
        ), name


def run(command: list[str | Path], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in an empty home folder, away from the repository."""
    env = {"PATH": f"{home}/.local/bin:{home}/tools:/usr/bin:/bin", "HOME": str(home)}
    return subprocess.run(  # noqa: S603 - our own commands
        command, cwd=home, env=env, capture_output=True, text=True, timeout=200, check=False
    )


def copy(release: Release, folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes((release.folder / name).read_bytes())


@runs_block("docs/releases.md", "sha256sum")
def test_the_checksums_are_checked_as_the_page_says(release: Release, tmp_path: Path, block: Block) -> None:
    library = f"imagesearch-ingest-{VERSION}-aws-library.zip"
    copy(release, tmp_path, "SHA256SUMS", library)
    done = run(["bash", "-c", block.text], tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{library}: OK\n")
    (tmp_path / library).write_bytes(b"changed")
    assert run(["bash", "-c", block.text], tmp_path).returncode == 1


@runs_block("docs/releases.md", "pipx install")
def test_pipx_installs_the_wheel_from_its_file(release: Release, tmp_path: Path, block: Block) -> None:
    if not (TOOLS / "pipx").exists():
        cannot("pipx is not installed: 'make test-deployment' installs it")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/pipx").symlink_to(TOOLS / "pipx")
    copy(release, tmp_path, f"imagesearch_ingest-{VERSION}-py3-none-any.whl")
    done = run(["bash", "-c", block.text], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    command = tmp_path / ".local/bin/imagesearch-ingest"
    assert run([command, "--version"], tmp_path).stdout == f"imagesearch-ingest {VERSION}\n"
    (tmp_path / "keys.txt").write_text("shoes/1/front.jpg\nshoes/2/front.jpg\n", encoding="utf-8")
    tried = run([command, "keys", "test", "keys.txt"], tmp_path)
    assert tried.returncode == 0, tried.stderr
    assert "2 keys" in tried.stdout

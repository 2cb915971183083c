"""Settings: from the environment, once, all faults in one message.

The unit is in the name. Vendor variables keep their vendors' names (``ALIBABA_CLOUD_*``, ``AWS_*``, ``POWERTOOLS_*``).
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from imagesearch_ingest import __version__
from imagesearch_ingest.attributes import NAMES, describe, parse
from imagesearch_ingest.attributes.limits import CategoryId, CustomContent, IntAttr, StrAttr
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.identity.grammar import from_regex, from_template
from imagesearch_ingest.identity.patterns import split
from imagesearch_ingest.images.policy import Animations, Policy, Service, SmallPictures, sides_of
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.redaction import HIDDEN, Redactor

PREFIX = "INGEST_"
_DEFAULT = "default_"
_GRAMMARS = {"key_template": from_template, "key_regex": from_regex}

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")]
Seconds = Annotated[float, Field(ge=0.1, le=300)]


class Settings(BaseModel):
    """Everything that can be configured. The variable of a field is its name in capitals after ``INGEST_``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance_name: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(
        description="Name, not id, of the Image Search instance."
    )
    instance_region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z]+(-\d+)?$")] = Field(
        description="Alibaba Cloud region of the instance, such as `ap-southeast-1`."
    )
    queue_url: Url | None = Field(
        default=None,
        description="The queue that uploads are announced in; unset where the function is invoked directly.",
    )
    dead_letter_queue_url: Url = Field(description="The queue for what cannot be added.")
    bucket: str | None = Field(
        default=None,
        description="The bucket whose pictures are taken. Ids know no bucket: set it if events of others can come.",
    )
    bucket_endpoint: Url | None = Field(
        default=None, description="On Alibaba Cloud: URL of OSS, where it is not the region's internal one."
    )
    instance_endpoint: Host | None = Field(
        default=None, description="Host of the Image Search API, where it is not the region's public one."
    )
    upload_endpoint_type: Literal["public", "internal", "accelerate"] = Field(
        default="public",
        description="Way to the bucket that Image Search takes pictures from: `public`, `internal` (within Alibaba "
        "Cloud's region) or `accelerate` (from far away).",
    )
    adds_per_second: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        default=5, description="AddImage calls a second that the instance takes: 1 on the smallest, 5 on the others."
    )
    deletes_per_second: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        default=20, description="DeleteImage calls a second that the instance takes."
    )
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=2,
        description="How many processes share these rates: the most invocations at once, or a container's instances.",
    )
    # Not shown when it is wrong: the secret itself may have been put where its name belongs.
    credentials_secret: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@:-]{1,512}$")] | None = Field(
        default=None,
        repr=False,
        description="ARN or name of the Secrets Manager secret with Alibaba Cloud's access key, as JSON: "
        '`{"access_key_id": "...", "access_key_secret": "..."}`, with `"security_token"` for a temporary one. '
        "Without it the key is taken from `ALIBABA_CLOUD_ACCESS_KEY_ID` and its siblings.",
    )
    https_proxy: Url | None = Field(default=None, description="Proxy on the way to Alibaba Cloud.")
    ca_bundle: Path | None = Field(
        default=None, description="PEM file of the authorities trusted on the way to Alibaba Cloud."
    )
    max_source_megabytes: Annotated[float, Field(gt=0, le=1024, allow_inf_nan=False)] = Field(
        default=64, description="Larger objects are rejected before they are read."
    )
    max_source_megapixels: Annotated[float, Field(ge=0.01, le=1024, allow_inf_nan=False)] = Field(
        default=64, description="Pictures with more pixels are rejected before they are decoded."
    )
    service_type: Service = Field(
        default=Service.PRODUCT,
        description="Kind of the instance, `product`, `generic`, `fabric` or `trademark`: the sides it takes differ.",
    )
    max_side_pixels: Annotated[int, Field(ge=100, le=4096)] = Field(
        default=4096, description="Longest side of what is sent, unless a picture's shorter side would get too short."
    )
    small_pictures: SmallPictures = Field(
        default=SmallPictures.REJECT,
        description="What becomes of pictures with a side that is too short: `reject`, `pad` or `upscale`.",
    )
    animations: Animations = Field(
        default=Animations.FIRST_FRAME, description="What becomes of animations: `first_frame` or `reject`."
    )
    background: str = Field(
        default="#ffffff", description="What shows through transparency, and pads small pictures, as `#rrggbb`."
    )
    jpeg_quality: Annotated[int, Field(ge=1, le=95)] = Field(
        default=90, description="Of pictures that have to be encoded; the others are sent as they are."
    )
    min_jpeg_quality: Annotated[int, Field(ge=1, le=95)] = Field(
        default=60, description="How far it may be lowered for 4 MB, before pixels are given up."
    )
    invocation_seconds: Annotated[float, Field(ge=10, le=86400)] = Field(
        default=60, description="The function's timeout, for a custom container, which is not told it."
    )
    fetch_timeout_seconds: Seconds = Field(default=10, description="Longest silence while an object is read.")
    connect_timeout_seconds: Seconds = Field(default=3, description="Longest wait for a connection, to any service.")
    read_timeout_seconds: Seconds = Field(
        default=4, description="Longest silence of Image Search; a call has three requests, each with its own."
    )
    key_template: str | None = Field(
        default=None, description="What keys look like, such as `{product_id}/{pic_name}`; unset, folders are products."
    )
    key_regex: str | None = Field(
        default=None,
        description="The same as a regular expression in RE2's syntax with named groups, such as "
        "`(?P<product_id>\\d+)_.*`. `\\d`, `\\w` and `\\s` match ASCII; `\\pL` matches any letter.",
    )
    key_prefix: str = Field(
        default="", description="Taken off each key before it is matched; keys without it are skipped."
    )
    include: tuple[str, ...] = Field(
        default=(), description="Patterns such as `*.jpg,shoes/*`; keys that match none are skipped."
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="Patterns of keys that are skipped, even if they are included."
    )
    on_removed: Literal["delete", "keep"] = Field(
        default="delete", description="What becomes of a picture in the index when its object is gone."
    )
    default_category_id: CategoryId | None = Field(
        default=None, description="CategoryId of pictures whose metadata and key give none; so with all defaults."
    )
    default_int_attr: IntAttr | None = Field(default=None, description="Default of IntAttr.")
    default_int_attr_2: IntAttr | None = Field(default=None, description="Default of IntAttr2.")
    default_int_attr_3: IntAttr | None = Field(default=None, description="Default of IntAttr3.")
    default_int_attr_4: IntAttr | None = Field(default=None, description="Default of IntAttr4.")
    default_str_attr: StrAttr | None = Field(default=None, description="Default of StrAttr.")
    default_str_attr_2: StrAttr | None = Field(default=None, description="Default of StrAttr2.")
    default_str_attr_3: StrAttr | None = Field(default=None, description="Default of StrAttr3.")
    default_str_attr_4: StrAttr | None = Field(default=None, description="Default of StrAttr4.")
    default_custom_content: CustomContent | None = Field(default=None, description="Default of CustomContent.")
    default_crop: bool | None = Field(default=None, description="Default of Crop: `true` or `false`.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str], beyond: Iterable[str] = ()) -> Self:
        """Raises ``SettingsError`` with one line a fault, each naming its variable. An empty value counts as unset.

        ``beyond`` are the lines of faults that only a certain cloud finds: a person is told all of them at once.
        """
        ours = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
        given = {name.removeprefix(PREFIX).lower(): value for name, value in ours.items()}
        lines = [*_faults_across(given), *beyond]
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            lines += map(_line, error.errors(include_url=False))
        if lines:
            raise SettingsError(Redactor.from_environment(environ).prose("\n".join(sorted(lines))))
        return settings

    def identity_rule(self) -> IdentityRule:
        """Which keys are ours, and which ids they have."""
        return IdentityRule.from_settings(
            template=self.key_template,
            regex=self.key_regex,
            prefix=self.key_prefix,
            include=self.include,
            exclude=self.exclude,
        )

    def picture_policy(self) -> Policy:
        """What pictures may be, and what is done with those that are not."""
        min_side, max_side = sides_of(self.service_type)
        red, green, blue = bytes.fromhex(self.background.removeprefix("#"))
        return Policy(
            max_megapixels=self.max_source_megapixels,
            min_side=min_side,
            max_side=max_side,
            longest_side=self.max_side_pixels,
            small_pictures=self.small_pictures,
            animations=self.animations,
            background=(red, green, blue),
            quality=self.jpeg_quality,
            min_quality=min(self.min_jpeg_quality, self.jpeg_quality),
        )

    def fingerprint(self) -> str:
        """Tells apart what was done under other settings, or by another release; twelve hexadecimal digits."""
        said = json.dumps([__version__, self.model_dump(mode="json", exclude={"credentials_secret"})], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def default_attributes(self) -> dict[str, Any]:
        """By the attributes' names, those that have a default."""
        fields = {name: getattr(self, _DEFAULT + name, None) for name in NAMES}
        return {name: value for name, value in fields.items() if value is not None}

    @field_validator(*_GRAMMARS)
    @classmethod
    def _is_a_grammar(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text:
            _GRAMMARS[str(info.field_name)](text)
        return text

    @field_validator("include", "exclude", mode="before")
    @classmethod
    def _are_patterns(cls, value: object) -> object:
        return split(value) if isinstance(value, str) else value

    @field_validator(*(_DEFAULT + name for name in NAMES if name != "region"), mode="before")
    @classmethod
    def _is_within_its_limits(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name).removeprefix(_DEFAULT)
        return parse(name, value) if isinstance(value, str) else value

    @field_validator("background")
    @classmethod
    def _is_a_colour(cls, text: str) -> str:
        if not re.fullmatch("#[0-9A-Fa-f]{6}", text):
            raise ValueError("it must be written as #rrggbb, such as #ffffff for white")
        return text

    @field_validator("min_jpeg_quality")
    @classmethod
    def _is_a_floor(cls, floor: int, info: ValidationInfo) -> int:
        if floor > info.data.get("jpeg_quality", floor):
            raise ValueError(f"it is above {variable('jpeg_quality')}, which is {info.data['jpeg_quality']}")
        return floor

    @field_validator("ca_bundle")
    @classmethod
    def _is_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("there is no such file")
        return path


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _line(fault: ErrorDetails) -> str:
    field = str(fault["loc"][0])
    if fault["type"] == "missing":
        return f"{variable(field)} is not set. {Settings.model_fields[field].description}"
    if fault["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, Settings.model_fields, n=1)
        return f"{variable(field)} is no setting." + (f" Is {variable(close[0])} meant?" if close else "")
    value = fault["input"] if Settings.model_fields[field].repr else HIDDEN
    return describe(variable(field), value, fault["msg"].removeprefix("Value error, "))


def _faults_across(given: Mapping[str, str]) -> Iterator[str]:
    """Of the values as they are written: the fault of one variable must not hide that of two."""
    grammars = _GRAMMARS.keys() & given.keys()
    if len(grammars) > 1:
        yield f"{variable('key_regex')} and {variable('key_template')} are both set; one of them can name pictures."
    for field in grammars:
        why = _why_irreversible(field, given[field])
        if why and given.get("on_removed") != "keep":
            yield (
                f"{variable(field)} makes ids from which the key cannot be rebuilt: {why}. Two keys could share a "
                f"picture's entry, and the removal of one would delete the other's; set {variable('on_removed')}=keep."
            )


def _why_irreversible(field: str, text: str) -> str | None:
    try:
        return _GRAMMARS[field](text).irreversible
    except ValueError:  # that field's own fault, and told as such
        return None

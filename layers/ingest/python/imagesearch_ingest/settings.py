"""Read the settings from the environment and report every fault in one message.

A setting's name ends in its unit. Variables of other vendors keep their names (``ALIBABA_CLOUD_*``, ``AWS_*``,
``POWERTOOLS_*``).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from imagesearch_ingest import __version__
from imagesearch_ingest.attributes import NAMES, AttributePolicy, describe, parse
from imagesearch_ingest.attributes.limits import CategoryId, CustomContent, IntAttr, StrAttr
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.identity.grammar import GRAMMARS, read_rules
from imagesearch_ingest.identity.pattern_list import check_include, read_patterns
from imagesearch_ingest.images.policy import (
    BARELY_SEEN,
    PREPARATION,
    Animations,
    BlankPictures,
    Policy,
    Service,
    SmallPictures,
    find_distance,
    sides_of,
)
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.redaction import HIDDEN, Redactor
from imagesearch_ingest.settings_conflicts import find_conflicts
from imagesearch_ingest.settings_faults import PREFIX, describe_fault, describe_place, variable
from imagesearch_ingest.settings_values import (
    ALL,
    EXTRA,
    OFF,
    find_bad_characters,
    names_from_metadata,
    read_environment,
    read_extra,
    unfold_extra,
)
from imagesearch_ingest.settings_values import types as t

__all__ = ["EXTRA", "PREFIX", "Settings", "given_settings", "unfold_settings", "variable"]

_DEFAULT = "default_"
_FIELD = re.compile(r"\{[^{}]*\}")
# Texts of shell patterns and of regular expressions. A template looks for them in the key as they are.
_WILDCARD = re.compile(r"\*|\\(?:[dws][+*]|[.*+?()\[\]^$|-])")


class Settings(BaseModel):
    """Hold every setting. The variable of a field is ``INGEST_`` and its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance_name: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(
        description="Name (not ID) of the Image Search instance."
    )
    instance_region: t.Region = Field(description="Alibaba Cloud region of the instance, such as `ap-southeast-1`.")
    queue_url: t.QueueUrl | None = Field(
        default=None,
        description="URL of the queue that announces uploads. Leave it unset if events invoke the function directly.",
    )
    dead_letter_queue_url: t.QueueUrl = Field(description="URL of the dead-letter queue.")
    bucket: t.Bucket | None = Field(
        default=None,
        description="Bucket to index; events from other buckets are skipped. IDs do not contain the bucket name. "
        "Set this if events from other buckets can reach the function.",
    )
    stack_name: t.StackName = Field(
        default="imagesearch-ingest",
        description="Name of this deployment. It is the dimension `stack` of every metric.",
    )
    bucket_endpoint: t.Url | None = Field(
        default=None,
        description="URL of OSS, on Alibaba Cloud only. By default the internal endpoint of the function's region.",
    )
    instance_endpoint: t.Host | None = Field(
        default=None, description="Host of the Image Search API. By default the public endpoint of the region."
    )
    upload_endpoint_type: Literal["public", "internal", "accelerate"] = Field(
        default="public",
        description="Endpoint for uploads to the bucket of Image Search: `public`, `internal` (from inside the same "
        "Alibaba Cloud region) or `accelerate` (from far away).",
    )
    adds_per_second: t.Rate = Field(
        default=5,
        description="AddImage calls per second that the instance allows: 1 on the smallest instance, 5 on all others.",
    )
    deletes_per_second: t.Rate = Field(default=20, description="DeleteImage calls per second that the instance allows.")
    rate_share_percent: Annotated[int, Field(ge=1, le=100)] = Field(
        default=100,
        description="Part of both rates that this deployment may use, if several share the instance. Their parts must "
        "not add up to more than 100.",
    )
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=2,
        description="Largest number of processes that run at once. Each process gets an equal share of both rates.",
    )
    # Hidden in messages: someone may have put the secret itself where its name belongs.
    credentials_secret: t.SecretName | None = Field(
        default=None,
        repr=False,
        description="ARN or name of the Secrets Manager secret with the Alibaba Cloud access key, as JSON: "
        '`{"access_key_id": "...", "access_key_secret": "..."}`, plus `"security_token"` for a temporary key. '
        "If unset, the key is read from `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and "
        "`ALIBABA_CLOUD_SECURITY_TOKEN`.",
    )
    role_arn: t.RoleArn | None = Field(
        default=None,
        description="ARN of the RAM role to assume without an access key, on AWS only. Set it together with "
        "`INGEST_OIDC_PROVIDER_ARN`, and without a secret. `imagesearch-ingest doctor` prints what to create.",
    )
    oidc_provider_arn: t.ProviderArn | None = Field(
        default=None, description="ARN of RAM's OIDC identity provider that trusts this AWS account."
    )
    oidc_audience: t.Audience = Field(
        default="sts.aliyuncs.com",
        description="Audience of the identity tokens. It must be a client ID of the identity provider.",
    )
    sts_endpoint: t.Host | None = Field(
        default=None,
        description="Host of Alibaba Cloud's STS. By default the public endpoint of the instance's region.",
    )
    https_proxy: t.Url | None = Field(default=None, description="Proxy for requests to Alibaba Cloud.")
    ca_bundle: t.ExistingFile | None = Field(
        default=None, description="PEM file with the certificate authorities to trust for Alibaba Cloud."
    )
    max_source_megabytes: Annotated[float, Field(gt=0, le=1024, allow_inf_nan=False)] = Field(
        default=64, description="Largest object to read. Larger objects are rejected without being read."
    )
    max_source_megapixels: Annotated[float, Field(ge=0.01, le=1024, allow_inf_nan=False)] = Field(
        default=200,
        description="Largest picture to decode. Larger pictures are rejected without being decoded. Progressive "
        "JPEG and all other formats are also limited by the memory that their decoders take.",
    )
    service_type: Service = Field(
        default=Service.PRODUCT,
        description="Type of the instance: `product`, `generic`, `fabric` or `trademark`. "
        "The allowed picture sides depend on it.",
    )
    max_side_pixels: Annotated[int, Field(ge=100, le=4096)] = Field(
        default=4096,
        description="Longest side of the pictures sent. A picture may exceed it if its shorter side would otherwise "
        "become too short for the instance.",
    )
    small_pictures: SmallPictures = Field(
        default=SmallPictures.REJECT,
        description="What to do with pictures whose shorter side is too short: `reject`, `pad` or `upscale`.",
    )
    animations: Animations = Field(
        default=Animations.FIRST_FRAME,
        description="What to do with animated pictures: send the `first_frame` that shows something, or `reject`.",
    )
    background: t.Colour = Field(
        default="#ffffff", description="Colour behind transparent pixels and around padded pictures, as `#rrggbb`."
    )
    background_if_unseen: t.ColourOrOff = Field(
        default="#808080",
        description="Colour behind a transparent picture that would not be seen on the background, such as a white "
        "product on white, as `#rrggbb`; or `off`, to use the background anyway.",
    )
    blank_pictures: BlankPictures = Field(
        default=BlankPictures.WARN,
        description="What to do with pictures that show nothing but one colour: add them and `warn`, or `reject`.",
    )
    jpeg_quality: Annotated[int, Field(ge=1, le=95)] = Field(
        default=90, description="JPEG quality for pictures that must be re-encoded."
    )
    min_jpeg_quality: Annotated[int, Field(ge=1, le=95)] = Field(
        default=60,
        description="Lowest JPEG quality used to stay within 4 MB. A picture that is still too large is scaled down.",
    )
    function_timeout_seconds: Annotated[float, Field(ge=10, le=86400)] = Field(
        default=60,
        description="Timeout of the function, for custom containers only. Function Compute does not pass it to them.",
    )
    bucket_timeout_seconds: t.Seconds = Field(
        default=10, description="Read timeout for the bucket, the queues and Secrets Manager."
    )
    connect_timeout_seconds: t.Seconds = Field(default=3, description="Connection timeout for every service.")
    instance_timeout_seconds: t.Seconds = Field(
        default=4, description="Read timeout for each request to Image Search. Adding a picture takes three requests."
    )
    key_template: str | None = Field(
        default=None,
        description="Template that reads the IDs from the key, such as `{product_id}/{pic_name}`. Several may be given "
        "with ` | ` between them: the first that matches counts. By default PicName is the whole key, and ProductId is "
        "the name of the folder. See [key rules](docs/key-rules.md).",
    )
    key_regex: str | None = Field(
        default=None,
        description="Regular expression in RE2's syntax that reads the IDs from the key through named groups, such as "
        "`(?P<product_id>\\d+)_.*`. Several may be given, as for the template. `\\d`, `\\w` and `\\s` match ASCII "
        "only; `\\pL` matches any letter. Set this or the template, not both.",
    )
    category_words: t.CategoryWords = Field(
        default={},
        description="CategoryIds by the word that `{category_word}` finds in the key, such as `shoes:3,bags:4`. Case "
        "does not matter. A picture with another word is rejected.",
    )
    key_prefix: t.KeyPrefix = Field(
        default="", description="Prefix to remove from each key before matching. Keys without it are skipped."
    )
    include: tuple[str, ...] = Field(
        default=(),
        description="Comma-separated patterns such as `*.{jpg,png},shoes/`. Keys that match none of them are skipped. "
        "Case does not matter, `*` also matches slashes, and `shoes/` matches all keys below a folder of this name.",
    )
    exclude: tuple[str, ...] = Field(
        default=(),
        description="Comma-separated patterns of keys to skip, even if an include pattern matches.",
    )
    metadata: t.Metadata = Field(
        default=ALL,
        description="Attributes that the user metadata of objects may set: `all`, `off`, or names such as "
        "`category-id,str-attr`. Others are ignored in metadata. With `off`, metadata is not read.",
    )
    on_removed: Literal["delete", "keep"] = Field(
        default="delete",
        description="What to do with the index entry when its object is removed: `delete` or `keep`.",
    )
    default_category_id: CategoryId | None = Field(
        default=None,
        description="CategoryId for pictures whose key and metadata do not set one. The other defaults work the same "
        "way.",
    )
    default_int_attr: IntAttr | None = Field(default=None, description="Default IntAttr.")
    default_int_attr_2: IntAttr | None = Field(default=None, description="Default IntAttr2.")
    default_int_attr_3: IntAttr | None = Field(default=None, description="Default IntAttr3.")
    default_int_attr_4: IntAttr | None = Field(default=None, description="Default IntAttr4.")
    default_str_attr: StrAttr | None = Field(default=None, description="Default StrAttr.")
    default_str_attr_2: StrAttr | None = Field(default=None, description="Default StrAttr2.")
    default_str_attr_3: StrAttr | None = Field(default=None, description="Default StrAttr3.")
    default_str_attr_4: StrAttr | None = Field(default=None, description="Default StrAttr4.")
    default_custom_content: CustomContent | None = Field(default=None, description="Default CustomContent.")
    default_crop: bool | None = Field(default=None, description="Default Crop: `true` or `false`.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str], beyond: Iterable[str] = ()) -> Self:
        """Return the settings of an environment. An empty value counts as unset.

        Raise ``SettingsError`` with one line per fault, each naming its variable. ``beyond`` adds the lines of faults
        that only one cloud finds, so that a person sees all of them at once.
        """
        given, extra = given_settings(environ), read_extra(environ, PREFIX, cls.model_fields)
        bad = dict(find_bad_characters({name: value for name, value in given.items() if name in cls.model_fields}))
        lines = [describe(variable(name), _shown(cls, name, given.pop(name)), why) for name, why in bad.items()]
        lines += [*find_conflicts(given), *beyond]
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            faults = [fault for fault in error.errors(include_url=False) if fault["loc"][0] not in bad]
            lines += [describe_fault(fault, cls.model_fields, beside=EXTRA) for fault in faults]
        lines = [describe_place(line, extra.values, EXTRA) for line in lines] + extra.faults
        if lines:
            raise SettingsError(Redactor.from_environment(environ).prose("\n".join(sorted(lines))))
        return settings

    def share_of(self, rate: float) -> float:
        """Return this deployment's part of a rate of the instance, in calls per second."""
        return rate * self.rate_share_percent / 100

    @property
    def is_shared(self) -> bool:
        """Return whether other deployments share the instance."""
        return self.rate_share_percent != 100  # noqa: PLR2004 - all of it

    def describe_share(self, rate: float) -> str:
        """Return what to write behind this deployment's part of a rate, such as `` (50% of 5)``, if it has a part."""
        return f" ({self.rate_share_percent}% of {rate:g})" if self.is_shared else ""

    def identity_rule(self) -> IdentityRule:
        """Return the rule that selects keys and turns them into IDs."""
        return IdentityRule.from_settings(
            template=self.key_template,
            regex=self.key_regex,
            prefix=self.key_prefix,
            include=self.include,
            exclude=self.exclude,
        )

    def image_policy(self) -> Policy:
        """Return the limits for pictures, and what to do with pictures that break them."""
        min_side, max_side = sides_of(self.service_type)
        return Policy(
            max_megapixels=self.max_source_megapixels,
            min_side=min_side,
            max_side=max_side,
            longest_side=self.max_side_pixels,
            small_pictures=self.small_pictures,
            animations=self.animations,
            blank_pictures=self.blank_pictures,
            background=_read_colour(self.background),
            background_if_unseen=None if self.background_if_unseen == OFF else _read_colour(self.background_if_unseen),
            quality=self.jpeg_quality,
            min_quality=min(self.min_jpeg_quality, self.jpeg_quality),
        )

    def fingerprint(self) -> str:
        """Return twelve hexadecimal digits that change with the release and with every setting but the secret."""
        return _fingerprint([__version__, self.model_dump(mode="json", exclude={"credentials_secret"})])

    def preparation_fingerprint(self) -> str:
        """Return twelve hexadecimal digits that change whenever the same object would be prepared differently.

        The largest source belongs to it: whoever raises it expects that larger objects are read now.
        """
        return _fingerprint([PREPARATION, asdict(self.image_policy()), self.max_source_megabytes])

    def rule_fingerprint(self) -> str:
        """Return twelve hexadecimal digits that change with whatever makes IDs and attributes of a key and metadata."""
        keys = [self.key_template, self.key_regex, self.key_prefix, self.include, self.exclude]
        return _fingerprint([*keys, self.category_words, self.metadata, self.default_attributes()])

    def attribute_policy(self) -> AttributePolicy:
        """Return what metadata may set, and the CategoryIds of words."""
        return AttributePolicy(names_from_metadata(self.metadata), self.category_words)

    def default_attributes(self) -> dict[str, Any]:
        """Return the attributes that have a default, by their names."""
        fields = {name: getattr(self, _DEFAULT + name, None) for name in NAMES}
        return {name: value for name, value in fields.items() if value is not None}

    @field_validator(*GRAMMARS)
    @classmethod
    def _check_grammar(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text:
            if re.match("[a-z0-9+.-]+://", text, re.IGNORECASE):
                raise ValueError("keys do not begin with the bucket; leave it out")
            read_rules(text, GRAMMARS[str(info.field_name)])
            if info.field_name == "key_template" and (found := _WILDCARD.search(_FIELD.sub("/", text))):
                instead = f"write {{_}} or {{*}} for any text, or use {variable('key_regex')}"
                raise ValueError(f"{found[0]!r} is plain text in a template; {instead}")
        return text

    @field_validator("include", "exclude", mode="before")
    @classmethod
    def _read_patterns(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        patterns = read_patterns(value)
        return check_include(patterns) if info.field_name == "include" else patterns

    @field_validator(*(_DEFAULT + name for name in NAMES if name != "region"), mode="before")
    @classmethod
    def _parse_default(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name).removeprefix(_DEFAULT)
        return parse(name, value) if isinstance(value, str) else value

    @field_validator("background_if_unseen")
    @classmethod
    def _check_second_background(cls, colour: str, info: ValidationInfo) -> str:
        first = info.data.get("background")
        if colour != OFF and first and find_distance(_read_colour(colour), _read_colour(first)) <= 2 * BARELY_SEEN:
            other = f"{variable('background')}, which is {first}"
            raise ValueError(f"must differ from {other}, by more than {2 * BARELY_SEEN} levels, or be 'off'")
        return colour

    @field_validator("min_jpeg_quality")
    @classmethod
    def _check_floor(cls, floor: int, info: ValidationInfo) -> int:
        quality = info.data.get("jpeg_quality", floor)
        if floor > quality:
            raise ValueError(f"must not be above {variable('jpeg_quality')}, which is {quality}")
        return floor


def _read_colour(text: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def _fingerprint(values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def given_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the text of each setting that an environment sets, by field. A blank value counts as unset."""
    return read_environment(environ, PREFIX)


def unfold_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which each further setting has a variable of its own. JSON that is wrong stays."""
    return unfold_extra(environ, PREFIX)


def _shown(cls: type[Settings], field: str, value: str) -> str:
    return value if cls.model_fields[field].repr else HIDDEN

import pytest

from imagesearch_ingest.bootstrap.start_line import describe_start
from imagesearch_ingest.settings import Settings

REQUIRED = {
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.example/1/dead",
}


def describe(**settings: str) -> list[str]:
    environ = REQUIRED | {f"INGEST_{name}": value for name, value in settings.items()}
    return describe_start(Settings.from_env(environ)).split("; ")


def test_the_defaults_are_said_in_words() -> None:
    assert describe() == [
        "taking every key from every bucket whose events arrive",
        "ProductId is the folder or the file's name, PicName the whole key",
        "metadata may set every attribute",
        "to instance demo (ap-southeast-1)",
        "5 adds per second shared by 2 workers",
        "when an object is removed, delete its entry",
    ]


def test_every_choice_is_said_in_words() -> None:
    said = describe(
        BUCKET="s3://pictures",
        KEY_PREFIX="shoes/",
        INCLUDE="*.jpg",
        EXCLUDE="tmp/",
        KEY_TEMPLATE="{product_id}/{pic_name}",
        METADATA="off",
        ADDS_PER_SECOND="0.5",
        MAX_CONCURRENCY="1",
        ON_REMOVED="keep",
    )
    assert said == [
        "taking *.jpg below shoes/ except tmp/ from bucket pictures",
        "ProductId and PicName by the template '{product_id}/{pic_name}'",
        "metadata may set no attribute",
        "to instance demo (ap-southeast-1)",
        "0.5 adds per second by one worker",
        "when an object is removed, keep its entry",
    ]


@pytest.mark.parametrize(
    ("adds", "workers", "said"),
    [("1", "1", "1 add per second by one worker"), ("1", "3", "1 add per second shared by 3 workers")],
)
def test_numbers_of_one_are_in_the_singular(adds: str, workers: str, said: str) -> None:
    assert said in describe(ADDS_PER_SECOND=adds, MAX_CONCURRENCY=workers)


@pytest.mark.parametrize(
    ("adds", "share", "said"),
    [
        ("5", "50", "2.5 adds per second (50% of 5) by one worker"),
        ("2", "50", "1 add per second (50% of 2) by one worker"),
        ("1", "33", "0.33 adds per second (33% of 1) by one worker"),
    ],
)
def test_a_share_of_the_rate_is_said(adds: str, share: str, said: str) -> None:
    assert said in describe(ADDS_PER_SECOND=adds, RATE_SHARE_PERCENT=share, MAX_CONCURRENCY="1")


def test_a_long_list_is_cut_short() -> None:
    (first, *_) = describe(INCLUDE=",".join(f"{n}/*" for n in range(12)), METADATA="crop,region")
    assert (
        first
        == "taking 0/*, 1/*, 2/*, 3/*, 4/*, 5/*, 6/*, 7/*, 8/*, 9/* and 2 more from every bucket whose events arrive"
    )

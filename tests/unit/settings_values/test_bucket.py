import pytest

from imagesearch_ingest.settings_values import read_bucket

NAME = (
    "must be a bucket's name: 3 to 63 lower-case letters, digits, hyphens and dots, "
    "with a letter or a digit at both ends"
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pictures", "pictures"),
        ("my.shop-2026", "my.shop-2026"),
        ("s3://pictures", "pictures"),
        ("s3://pictures/", "pictures"),
        ("S3://pictures", "pictures"),
        ("s3a://pictures", "pictures"),
        ("oss://pictures/", "pictures"),
        ("arn:aws:s3:::pictures", "pictures"),
        ("arn:aws-cn:s3:::pictures", "pictures"),
        ("acs:oss:*:*:pictures", "pictures"),
        ("acs:oss:oss-cn-shanghai:123456:pictures", "pictures"),
        ("pictures/", "pictures"),
        ("b" * 63, "b" * 63),
    ],
)
def test_a_plain_meaning_is_understood(text: str, name: str) -> None:
    assert read_bucket(text) == name


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (
            "s3://pictures/shoes",
            "write the bucket's name alone (pictures), and the folder in INGEST_KEY_PREFIX (shoes/)",
        ),
        (
            "pictures/shoes/2024/",
            "write the bucket's name alone (pictures), and the folder in INGEST_KEY_PREFIX (shoes/2024/)",
        ),
        ("arn:aws:s3:::pictures/*", "write the bucket's name alone (pictures)"),
        (
            "arn:aws:s3:::pictures/shoes/*",
            "write the bucket's name alone (pictures), and the folder in INGEST_KEY_PREFIX (shoes/)",
        ),
        ("pictures.s3.amazonaws.com", "write the bucket's name alone (pictures)"),
        ("https://pictures.s3.us-west-2.amazonaws.com/", "write the bucket's name alone (pictures)"),
        ("http://pictures.s3-website-us-east-1.amazonaws.com", "write the bucket's name alone (pictures)"),
        ("https://pictures.s3.cn-north-1.amazonaws.com.cn", "write the bucket's name alone (pictures)"),
        (
            "https://s3.eu-west-1.amazonaws.com/pictures/shoes",
            "write the bucket's name alone (pictures), and the folder in INGEST_KEY_PREFIX (shoes/)",
        ),
        ("https://my.shop.s3.amazonaws.com", "write the bucket's name alone (my.shop)"),
        ("pictures.oss-cn-shanghai.aliyuncs.com", "write the bucket's name alone (pictures)"),
        ("https://pictures.oss-cn-shanghai-internal.aliyuncs.com", "write the bucket's name alone (pictures)"),
        ("https://s3.amazonaws.com", "write the bucket's name alone (such as pictures)"),
        (
            "arn:aws:s3:us-east-1:123456789012:accesspoint/shop",
            "events name the bucket itself, not an access point; write the bucket's name",
        ),
        *(
            (text, NAME)
            for text in (
                *("Pictures", "my_pictures", "ab", "b" * 64, "-pictures", "pictures-", ".pictures", "my..pictures"),
                *(
                    "192.168.1.1",
                    "pictures,other",
                    "pictures other",
                    "/pictures",
                    "*",
                    "pictures*",
                    "$BUCKET",
                    "bücher",
                ),
                *("s3://Pictures", "s3://", "arn:aws:sqs:us-east-1:1:pictures", "https://example.com/pictures"),
                *("pictures;", "pictures:8080", "s3:pictures", "{pictures}"),
            )
        ),
    ],
)
def test_anything_else_is_refused_with_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="bucket") as error:
        read_bucket(text)
    assert str(error.value) == remedy

"""Signed addresses, against the example of AWS's documentation and against its own library."""

import json
import subprocess
from datetime import UTC, datetime

import pytest

from barograph.artifacts.s3_signing import BucketKey, UrlSigner, bucket_key, bucket_place
from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tools.programs.moto import ensure_moto

AT = datetime(2013, 5, 24, tzinfo=UTC)
EXAMPLE = BucketKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
# Prints what botocore makes of each question.
BOTOCORE = """
import datetime, json, sys
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
at = datetime.datetime(2013, 5, 24, tzinfo=datetime.timezone.utc)
auth.get_current_datetime = lambda remove_tzinfo=True: at.replace(tzinfo=None)
answers = []
for method, url, query, headers, token in json.load(sys.stdin):
    request = AWSRequest(method, url, params=query, headers=headers)
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token)
    auth.S3SigV4QueryAuth(keys, "s3", "eu-central-1", expires=300).add_auth(request)
    answers.append(request.url)
print(json.dumps(answers))
"""


def test_it_signs_as_in_the_documentation_of_aws() -> None:
    url = UrlSigner(EXAMPLE, "us-east-1").sign(
        "GET", "https://examplebucket.s3.amazonaws.com/test.txt", {}, AT, 86400
    )
    assert url.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


def test_it_signs_as_the_library_of_aws_does() -> None:
    try:
        packages = ensure_moto(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no botocore to compare with: {refused}")
    place = bucket_place("s3://files/lab%20a/%C3%BC+b?region=eu-central-1")
    assert place is not None
    url = place.url("3f0c8d5e")
    said = "attachment; filename=\"a b.csv\"; filename*=UTF-8''%C3%BC.csv"
    questions: list[tuple[str, str, dict[str, str], dict[str, str], str | None]] = [
        ("GET", url, {"response-content-disposition": said, "response-content-type": "a/b"}, {}, None),
        ("PUT", url, {"partNumber": "7", "uploadId": "a/b+c=~d.e"}, {"content-length": "12"}, None),
        ("POST", "http://127.0.0.1:9000/files/x", {"uploads": ""}, {}, "a token/+="),
        ("GET", "http://127.0.0.1:9000/files/", {"uploads": "", "prefix": "lab a/"}, {}, None),
    ]
    done = subprocess.run(
        [packages.command(0)[0], "-c", BOTOCORE],
        env=packages.environment,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for (method, asked, query, headers, token), theirs in zip(
        questions, json.loads(done.stdout), strict=True
    ):
        key = BucketKey(EXAMPLE.access_key_id, EXAMPLE.secret_access_key, token)
        ours = UrlSigner(key, "eu-central-1").sign(method, asked, query, AT, 300, headers)
        assert ours.rpartition("=")[2] == theirs.rpartition("=")[2], (ours, theirs)


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("s3://files/a?region=eu-central-1", "https://files.s3.eu-central-1.amazonaws.com/a/x"),
        ("s3://files?region=eu-central-1", "https://files.s3.eu-central-1.amazonaws.com/x"),
        ("s3://a.b/c?region=cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn/a.b/c/x"),
        ("s3://files/a?scheme=http&endpoint_override=10.0.0.1:9000", "http://10.0.0.1:9000/files/a/x"),
        ("s3://k:s@files/a?endpoint_override=s3.lab", "https://s3.lab/files/a/x"),
        ("s3://files/a", None),
    ],
)
def test_a_bucket_is_where_its_setting_says(setting: str, url: str | None) -> None:
    place = bucket_place(setting)
    assert (None if place is None else place.url("x")) == url


def test_clients_may_reach_it_by_another_address() -> None:
    place = bucket_place("s3://files/a?endpoint_override=minio:9000&scheme=http", "https://files.lab/")
    assert place is not None
    assert place.url("x") == "https://files.lab/files/a/x"


def test_keys_stand_in_the_setting_or_in_the_environment() -> None:
    given = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    assert bucket_key("s3://files", given) == BucketKey("a", "b", "c")
    assert bucket_key("s3://k:s%2F@files", given) == BucketKey("k", "s/")
    assert bucket_key("s3://files", {}) is None

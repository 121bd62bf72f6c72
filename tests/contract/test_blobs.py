"""S3Blobs against moto and ministack."""

from __future__ import annotations

import hashlib

import pytest

from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.errors import NotFound, Unavailable
from tests.contract.conftest import Backend


def adapter(backend: Backend) -> S3Blobs:
    return S3Blobs(backend.clients.s3, backend.settings.blobs_bucket)


@pytest.mark.parametrize("data", [b"", b"{}", "żółć".encode(), b"x" * 3_000_000], ids=["empty", "short", "utf8", "3MB"])
def test_what_is_put_comes_back(backend: Backend, data: bytes) -> None:
    blobs = adapter(backend)
    blobs.put("digest", data)
    assert blobs.get("digest") == data


def test_putting_twice_changes_nothing(backend: Backend) -> None:
    blobs = adapter(backend)
    blobs.put("digest", b"value")
    blobs.put("digest", b"value")
    assert blobs.get("digest") == b"value"


@pytest.mark.parametrize("count", [0, 1, 30])
def test_many_are_kept_each_under_its_digest(ministack_backend: Backend, count: int) -> None:
    values = {hashlib.sha256(str(n).encode()).hexdigest(): str(n).encode() for n in range(count)}
    blobs = adapter(ministack_backend)
    blobs.put_many(values)
    assert {digest: blobs.get(digest) for digest in values} == values


def test_missing_blob_is_not_found(backend: Backend) -> None:
    with pytest.raises(NotFound, match="nothing"):
        adapter(backend).get("nothing")


def test_missing_bucket_is_unavailable(backend: Backend) -> None:
    blobs = S3Blobs(backend.clients.s3, "there-is-no-such-bucket")
    with pytest.raises(Unavailable):
        blobs.put("digest", b"")
    with pytest.raises(Unavailable):
        blobs.get("digest")
    with pytest.raises(Unavailable):
        blobs.put_many({"one": b"", "two": b""})

"""The `Blobs` port over S3: immutable objects under their content hash, so writing one twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.refusals import refusal
from chalicelib.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PARALLEL = 8


class S3Blobs:
    """Keeps blobs in one bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data` under `digest`; keeping it again changes nothing."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=digest, Body=data)
        except ClientError as error:
            found = error.response.get("Error", {})
            raise refusal(
                f"S3 did not keep blob {digest}: {error}", (found.get("Code"), found.get("Message"))
            ) from error
        except BotoCoreError as error:
            raise Unavailable(f"S3 did not keep blob {digest}: {error}") from error

    def put_many(self, blobs: Mapping[str, bytes]) -> None:
        """Keep all of `blobs` (digest to data), side by side."""
        if len(blobs) > 1:
            list(self._threads.map(self.put, blobs.keys(), blobs.values()))
        else:
            for digest, data in blobs.items():
                self.put(digest, data)

    def get(self, digest: str) -> bytes:
        """The data kept under `digest`. Raises `NotFound` when there is none."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=digest)["Body"].read()
        except self._client.exceptions.NoSuchKey as error:
            raise NotFound(f"There is no blob {digest}") from error
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(f"S3 did not give blob {digest}: {error}") from error

    def link(self, digest: str, seconds: int) -> str:
        """A URL under which whoever has it may read the data kept under `digest`, for so long."""
        place = {"Bucket": self._bucket, "Key": digest}
        return self._client.generate_presigned_url("get_object", Params=place, ExpiresIn=seconds)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(PARALLEL, thread_name_prefix="s3")

"""Where bundles and templates are put for CloudFormation to fetch: one bucket for all stages of an account and region.

What was uploaded stays: CloudFormation needs the bundle of before when it has to roll back.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from infra import template
from infra.stack import DeploymentFailed

LARGEST_BUNDLE = 60 * 1024 * 1024
"""Zipped bytes; what Lambda unpacks may have 250 MB."""


class Artifacts:
    """The bucket of a session's account and region."""

    def __init__(self, session: boto3.session.Session) -> None:
        self._region = session.region_name
        self._client = session.client("s3", config=Config(s3={"addressing_style": "path"}))
        self._account = session.client("sts").get_caller_identity()["Account"]
        self.bucket = f"meltemi-deployments-{self._account}-{self._region}"

    def ensure(self) -> None:
        """Create the bucket unless it is there: encrypted, private, owned by this account."""
        if self._is_there():
            return
        home: Any = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        where = {} if self._region == "us-east-1" else home  # which is where buckets are unless they say so
        self._client.create_bucket(Bucket=self.bucket, ObjectOwnership="BucketOwnerEnforced", **where)
        self._client.put_public_access_block(
            Bucket=self.bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )

    def upload(self, package: Path, name: str) -> str:
        """Upload a package, what is new of it; the URL of its template."""
        bundle, packaged = package / "deployment.zip", package / "sam.yaml"
        if not (bundle.exists() and packaged.exists()):
            raise DeploymentFailed(f"{package} holds no package: `make package` writes one")
        if bundle.stat().st_size > LARGEST_BUNDLE:
            raise DeploymentFailed(f"the bundle has {bundle.stat().st_size / 2**20:.0f} MB, more than 60")
        key = f"bundles/{template.fingerprint(bundle)}.zip"
        if not self._holds(key):
            self._client.upload_file(str(bundle), self.bucket, key, ExtraArgs={"ExpectedBucketOwner": self._account})
        whole = template.located(yaml.safe_load(packaged.read_text()), f"s3://{self.bucket}/{key}")
        text = template.text(template.named(whole, {"Prefix": name, "AWS::AccountId": self._account}))
        place = f"templates/{name}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
        self._client.put_object(Bucket=self.bucket, Key=place, Body=text.encode(), ExpectedBucketOwner=self._account)
        return f"{self._client.meta.endpoint_url}/{self.bucket}/{place}"

    def _is_there(self) -> bool:
        try:
            self._client.head_bucket(Bucket=self.bucket, ExpectedBucketOwner=self._account)
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                return False
            raise DeploymentFailed(f"the bucket {self.bucket} is not this account's, or may not be used") from error
        return True

    def _holds(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self.bucket, Key=key, ExpectedBucketOwner=self._account)
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                return False
            raise
        return True

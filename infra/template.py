"""The templates of this folder as one, and the packaged application made ready for CloudFormation.

`python -m infra.template FILE` writes what `chalice package --merge-template FILE` merges into what Chalice generates.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PARTS = tuple(HERE / name for name in ("resources.yaml", "functions.yaml", "alarms.yaml"))
BUNDLE = "./deployment.zip"
"""How a packaged template names its bundle."""
NAMES = {"AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName"}
"""The kinds of resources that keep data, and the property with their name."""

Template = dict[str, Any]


def merged(parts: Iterable[Path] = PARTS) -> Template:
    """One template out of `parts`, without sections that begin with `x-`. Raises `ValueError` for a name said twice."""
    whole: Template = {}
    for part in parts:
        for section, content in yaml.safe_load(part.read_text()).items():
            if section.startswith("x-"):
                continue
            if not isinstance(content, dict):
                whole.setdefault(section, content)
                continue
            known = whole.setdefault(section, {})
            for name in content.keys() & known.keys():
                raise ValueError(f"{part.name}: {section} {name} is in another file already")
            known.update(content)
    return whole


def located(packaged: Template, bundle_uri: str) -> Template:
    """The packaged template with its functions pointing at the uploaded bundle."""
    resources = dict(packaged["Resources"])
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if properties.get("CodeUri") == BUNDLE:
            resources[name] = {**resource, "Properties": {**properties, "CodeUri": bundle_uri}}
    return {**packaged, "Resources": resources}


def named(packaged: Template, known: Mapping[str, str]) -> Template:
    """The packaged template with what keeps data named in full: only a name in full is found again by a new stack.

    `known` are the values that names are made of: the parameter Prefix, and AWS::AccountId.
    """
    resources = dict(packaged["Resources"])
    for logical, resource in resources.items():
        name = NAMES.get(resource.get("Type", ""))
        if name and "Fn::Sub" in resource["Properties"][name]:
            full = re.sub(r"\$\{([^}]+)\}", lambda found: known[found[1]], resource["Properties"][name]["Fn::Sub"])
            resources[logical] = {**resource, "Properties": {**resource["Properties"], name: full}}
    return {**packaged, "Resources": resources}


def text(template: Template) -> str:
    """As CloudFormation takes it, in as few bytes as JSON needs: at most 1 MB are allowed."""
    return json.dumps(template, separators=(",", ":"), sort_keys=True)


def fingerprint(bundle: Path) -> str:
    """Names what a bundle holds, whenever it was packed, so that unchanged code is not deployed again."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(bundle) as files:
        for name in sorted(files.namelist()):
            digest.update(name.encode() + b"\0")
            digest.update(files.read(name))
    return digest.hexdigest()[:32]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(yaml.safe_dump(merged(), sort_keys=False))

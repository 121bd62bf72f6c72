"""cfn-lint finds nothing in the template. What Chalice makes, which it is merged into, is stood in for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.template import Template, merged, text

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
CODE = {"Handler": "app.x", "Runtime": "python3.11", "CodeUri": "s3://b/k"}


def whole(own: Template) -> Template:
    """The template with stand-ins of what Chalice makes."""

    def completed(name: str, found: dict[str, Any]) -> dict[str, Any]:
        properties = found["Properties"]
        if "Type" in found:
            return found
        if name.endswith("Role"):
            return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}
        if name == "RestAPI":
            body = {"swagger": "2.0", "paths": {}, **properties["DefinitionBody"]}
            return {
                "Type": "AWS::Serverless::Api",
                "Properties": {**properties, "StageName": "api", "DefinitionBody": body},
            }
        sources = {key: {"Type": "SQS", **event} for key, event in properties.get("Events", {}).items()}
        return {"Type": "AWS::Serverless::Function", "Properties": {**CODE, **properties, "Events": sources}}

    resources = {name: completed(name, found) for name, found in own["Resources"].items()}
    return {"Transform": "AWS::Serverless-2016-10-31", **own, "Resources": resources}


def findings(template: str, folder: Path) -> str:
    """What cfn-lint says of a template."""
    (folder / "template.json").write_text(template)
    command = (str(Path(sys.executable).parent / "cfn-lint"), "-t", str(folder / "template.json"))
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    assert findings(text(whole(merged())), tmp_path) == ""


def test_and_would_find_what_is_wrong(tmp_path: Path) -> None:
    template = text(whole(merged()))
    wrong = template.replace('"RetentionInDays"', '"RetentionDays"').replace("1209600", "9999999")
    found = findings(wrong, tmp_path)
    assert "'RetentionDays' was unexpected" in found
    assert "9999999 is greater than the maximum of 1209600" in found

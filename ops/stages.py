"""Where the resources of a deployed stage are, for commands that its operators run with their own credentials."""

from __future__ import annotations

from collections.abc import Mapping

import boto3
import yaml

from local.resources import ENVIRONMENT, TEMPLATE


def environment(stage: str | None, env: Mapping[str, str]) -> dict[str, str]:
    """The settings that name the tables and queues of a stage that `make deploy` made; none without a stage.

    Its region is the one that whoever deployed it works in.
    """
    if stage is None:
        return {}
    described = yaml.safe_load(TEMPLATE.read_text())["Resources"]
    names = {variable: _name(described[logical]["Properties"]) for variable, logical in ENVIRONMENT.items()}
    region = env.get("AWS_REGION") or boto3.session.Session().region_name or ""
    found = {variable: name.replace("${Prefix}", f"meltemi-{stage}") for variable, name in names.items() if name}
    return {**found, "AWS_REGION": region}


def _name(properties: Mapping[str, Mapping[str, str]]) -> str | None:
    """The name of a table or a queue, with its parameter; that of the bucket depends on the account, too."""
    named = properties.get("TableName") or properties.get("QueueName")
    return None if named is None else named["Fn::Sub"]

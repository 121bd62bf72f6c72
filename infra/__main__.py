"""`python -m infra deploy|destroy`: what `make deploy` and `make destroy` do.

A stage is a stack of CloudFormation, `meltemi-STAGE`, and the prefix of the names of all its resources. Credentials,
region and endpoint are those of boto3 (`AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL` …).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import artifacts
from infra.stack import Change, DeploymentFailed, Stack

PACKAGE = Path(__file__).parent.parent / "package"
STAGE = re.compile(r"[a-z][a-z0-9-]{0,19}")


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments` say; the exit status."""
    wanted = _parser().parse_args(arguments)
    try:
        session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))  # boto3 knows AWS_DEFAULT_REGION only
        if not session.region_name:
            raise DeploymentFailed("no region is set: export AWS_REGION")
        if wanted.command == "deploy":
            return deploy(session, wanted)
        return destroy(session, wanted)
    except DeploymentFailed as error:
        print(f"{wanted.command}: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"{wanted.command}: AWS says: {error}", file=sys.stderr)
    return 1


def deploy(session: boto3.session.Session, wanted: argparse.Namespace) -> int:
    """Create the stage, or make it what the package says."""
    stack = _stack(session, wanted)
    store = artifacts.Artifacts(session)
    store.ensure()
    print(f"Uploading to {store.bucket} …")
    url = store.upload(wanted.package, stack.name)
    plan, changes = stack.plan(url, {"Prefix": stack.name, **dict(wanted.parameter)})
    if not changes:
        print(f"{stack.name} is up to date.")
    elif wanted.dry_run or any(change.loses_data() for change in changes):
        stack.forget(plan)
        _show(changes)
        if not wanted.dry_run:
            raise DeploymentFailed("tables or the bucket would be replaced or removed; nothing was changed")
        return 0
    else:
        _show(changes)
        stack.carry_out(plan)
    print(f"{stack.name}: {stack.outputs().get('EndpointURL', '').rstrip('/')}/v2")
    return 0


def destroy(session: boto3.session.Session, wanted: argparse.Namespace) -> int:
    """Remove the stage, but for what it has stored."""
    stack = _stack(session, wanted)
    if stack.status() is None:
        raise DeploymentFailed(f"there is no stack {stack.name}")
    kept = stack.kept()
    if wanted.confirm != wanted.stage:
        print(f"{stack.name} would be removed. These would stay, with all their data:", file=sys.stderr)
        for kind, name in kept:
            print(f"  {kind} {name}", file=sys.stderr)
        raise DeploymentFailed(f"if that is meant, confirm it with the name of the stage: CONFIRM={wanted.stage}")
    stack.delete()
    print(f"{stack.name} is removed. Kept, with all their data; a new deployment of {wanted.stage} takes them over:")
    for kind, name in kept:
        print(f"  {kind} {name}")
    return 0


def _stack(session: boto3.session.Session, wanted: argparse.Namespace) -> Stack:
    return Stack(session.client("cloudformation"), f"meltemi-{wanted.stage}", every=wanted.every)


def _show(changes: Sequence[Change]) -> None:
    for change in changes:
        print(f"  {change.action:7}{' (replaced)' if change.replaced else ''} {change.name} {change.kind}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("deploy", help="create a stage or update it")
    making.add_argument("--package", type=Path, default=PACKAGE, help="the folder that `make package` wrote")
    making.add_argument("--dry-run", action="store_true", help="only show what would change")
    making.add_argument("parameter", nargs="*", type=_parameter, help="parameters of the template: AuthMode=oidc …")
    removing = commands.add_parser("destroy", help="remove a stage; tables and bucket stay")
    removing.add_argument("--confirm", default="", help="the name of the stage once more")
    for each in (making, removing):
        each.add_argument("--stage", required=True, type=_stage, help="a letter and up to 19 of a-z, 0-9 and -")
        each.add_argument("--every", type=float, default=5.0, help="seconds between two looks at the stack (5)")
    return parser


def _stage(name: str) -> str:
    if not STAGE.fullmatch(name):
        raise argparse.ArgumentTypeError(f"a stage is a letter and up to 19 of a-z, 0-9 and -, not {name!r}")
    return name


def _parameter(pair: str) -> tuple[str, str]:
    name, separator, value = pair.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"a parameter is Name=value, not {pair!r}")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m ops.tokens`: makes, lists and revokes API tokens, of a stage on AWS as well as of a local run.

It works on the table of the stage that `--stage` names, or else of the environment (`DEFINITIONS_TABLE`, `AWS_REGION`,
`AWS_ENDPOINT_URL`), with the credentials of whoever calls it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TextIO

from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamo.definitions.api_tokens import DynamoTokens
from chalicelib.errors import MeltemiError
from chalicelib.ports.access import TokenRecord
from chalicelib.service.access.api_tokens import Tokens
from chalicelib.service.access.caller import MAX_PROJECT, is_project
from chalicelib.settings.service import Settings
from local.credentials import prepare_command
from ops import stages

DAYS = 90
NO_TABLE = "resource not found"
"""How DynamoDB says that a table is not there."""


def main(arguments: Sequence[str], env: Mapping[str, str], out: TextIO, errors: TextIO) -> int:
    """Do what `arguments` say; the exit status."""
    wanted = _parser().parse_args(arguments)
    table = ""
    try:
        settings = Settings.from_env({**env, **stages.environment(wanted.stage, env)})
        table = settings.definitions_table
        store = DynamoTokens(table, settings.region, settings.endpoint_url)
        for line in _answer(wanted, Tokens(store, SystemClock())):
            print(line, file=out)
    except (MeltemiError, ValueError) as error:
        print(f"tokens: {_absent(wanted.stage, table) if NO_TABLE in str(error) else error}", file=errors)
        return 1
    return 0


def _absent(stage: str | None, table: str) -> str:
    """What it means that there is no such table."""
    if stage is None:
        return f"there is no table {table}: is AWS_ENDPOINT_URL that of the run, and DEFINITIONS_TABLE its table?"
    return f"there is no stage {stage} in this account and region (no table {table}); is AWS_REGION right?"


def _answer(wanted: argparse.Namespace, tokens: Tokens) -> list[str]:
    if wanted.command == "create":
        valid = timedelta(days=wanted.days) if wanted.days else None
        token, record = tokens.create(wanted.project, frozenset(wanted.role), valid, wanted.note)
        return [_line(record), "The token, which is shown this once:", token]
    if wanted.command == "revoke":
        return ["revoked " + _line(tokens.revoke(wanted.id))]
    return [_line(record) for record in tokens.all()]


def _line(record: TokenRecord) -> str:
    until = f"until {record.expires_at:%Y-%m-%d %H:%M}" if record.expires_at else "for ever"
    roles = ",".join(sorted(record.roles)) or "-"
    return f"{record.id}  project {record.project_id}  roles {roles}  {until}  {record.note}".rstrip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.tokens", description=__doc__)
    parser.add_argument("--stage", help="a stage that `make deploy` made")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a token and show it")
    create.add_argument("--project", required=True, type=_project, help="the project that its bearer acts in")
    create.add_argument("--role", action="append", default=[], help="a role; may be given several times")
    create.add_argument("--days", type=int, default=DAYS, help=f"how long it is valid ({DAYS}); 0: for ever")
    create.add_argument("--note", default="", help="what it is for")
    commands.add_parser("list", help="show all tokens, without the tokens themselves")
    revoke = commands.add_parser("revoke", help="have a token refused from now on")
    revoke.add_argument("id", help="the first column of the list")
    return parser


def _project(text: str) -> str:
    if not is_project(text):
        raise argparse.ArgumentTypeError(f"a project has 1 to {MAX_PROJECT} bytes")
    return text


if __name__ == "__main__":
    prepare_command(os.environ)
    sys.exit(main(sys.argv[1:], os.environ, sys.stdout, sys.stderr))

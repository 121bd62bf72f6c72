"""`std.ssh` and `std.ssh_proxied`: from their input to a command, from the answers to their result (engine rules §18).

No network here: the command goes out through `Outside.command` (see `client.py`).
"""

from __future__ import annotations

import logging

from chalicelib import errors
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.actions.runtime.egress import Blocked
from chalicelib.actions.runtime.gateways import SSH_PORT, Command, CommandAnswer, CommandFailed, Gateway, Login
from chalicelib.actions.runtime.redact import without
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter

log = logging.getLogger(__name__)


def _ssh(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    wants_details = bool(given["return_result_on_error"])
    answers = _answers(given, context, outside, go_on=wants_details)
    return _alone([_details(answer) if wants_details else answer.stdout for answer in answers])


def _ssh_proxied(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    return _alone([answer.stdout for answer in _answers(given, context, outside, go_on=False)])


def _answers(given: JsonDict, context: ActionContext, outside: Outside, go_on: bool) -> list[CommandAnswer]:
    """What the hosts answered. Raises a `MeltemiError` with Mistral's text and the cause."""
    try:
        return outside.command(_command(given, go_on), context.egress, context.timeout or None)
    except Blocked as error:
        raise _failed(given, context, CommandFailed(f"not allowed by the egress policy: {error}")) from error
    except CommandFailed as error:
        raise _failed(given, context, error) from error


def _failed(given: JsonDict, context: ActionContext, error: CommandFailed) -> errors.MeltemiError:
    """The log gets neither the command nor what it printed: both may hold secrets that nobody here knows of."""
    cause = without(error.message, *_secrets(given))
    log.warning("the command of action execution %s failed: %s", context.action_execution_id, cause)
    printed = f": {error.printed}" if error.printed else ""
    shown = f"Failed to execute ssh cmd '{given['cmd']}' on {_hosts(given)}: {error.message}{printed}"
    return errors.MeltemiError(without(shown, *_secrets(given)))


def _command(given: JsonDict, go_on: bool) -> Command:
    hosts = [_text(host, "host") for host in _hosts(given)]
    if not hosts:
        raise CommandFailed("host is an empty list")
    login = Login(
        username=_text(given["username"], "username"),
        password=_optional(given, "password"),
        key=_optional(given, "private_key"),
        key_file=_optional(given, "private_key_filename"),
    )
    return Command(_text(given["cmd"], "cmd"), hosts, login, _gateway(given, login), go_on, _port(given, "port"))


def _gateway(given: JsonDict, login: Login) -> Gateway | None:
    if "gateway_host" not in given:
        return None
    return Gateway(
        host=_text(given["gateway_host"], "gateway_host"),
        username=_optional(given, "gateway_username") or login.username,
        command=_optional(given, "proxy_command"),
        port=_port(given, "gateway_port"),
    )


def _port(given: JsonDict, name: str) -> int:
    """A number, or the text of one, as inline parameters may give it."""
    text = str(given[name])
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 65_536):
        raise CommandFailed(f"{name} must be a number from 1 to 65535")
    return int(text)


def _hosts(given: JsonDict) -> list[Json]:
    host = given["host"]
    return host if isinstance(host, list) else [host]


def _secrets(given: JsonDict) -> list[str]:
    return [value for value in (given["password"], given["private_key"]) if isinstance(value, str)]


def _text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise CommandFailed(f"{name} must be text")
    return value


def _optional(given: JsonDict, name: str) -> str | None:
    value = given[name]
    return _text(value, name) or None if value is not None else None


def _details(answer: CommandAnswer) -> Json:
    return {"stdout": answer.stdout, "stderr": answer.stderr, "exit_code": answer.status}


def _alone(results: list[Json]) -> Json:
    """The result of a single host is not in a list."""
    return results if len(results) > 1 else results[0]


ACTIONS = (
    ActionType(
        name="std.ssh",
        description="Runs a shell command on one or more hosts, one after the other; the result is what it printed.",
        class_name="mistral.actions.std_actions.SSHAction",
        run=_ssh,
        parameters=(
            Parameter("cmd"),
            Parameter("host"),
            Parameter("username"),
            Parameter("password", ""),
            Parameter("private_key_filename", None),
            Parameter("private_key", None),
            Parameter("return_result_on_error", False),
            Parameter("port", SSH_PORT),
        ),
    ),
    ActionType(
        name="std.ssh_proxied",
        description="Runs a shell command on hosts behind a gateway; the result is what it printed.",
        class_name="mistral.actions.std_actions.SSHProxiedAction",
        run=_ssh_proxied,
        parameters=(
            Parameter("cmd"),
            Parameter("host"),
            Parameter("username"),
            Parameter("private_key_filename"),
            Parameter("gateway_host"),
            Parameter("gateway_username", None),
            Parameter("password", None),
            Parameter("proxy_command", None),
            Parameter("private_key", None),
            Parameter("port", SSH_PORT),
            Parameter("gateway_port", SSH_PORT),
        ),
    ),
)

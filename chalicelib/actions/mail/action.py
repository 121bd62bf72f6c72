"""`std.email`: from its input to a mail (engine rules §18).

No network here: the mail goes out through `Outside.mail` (see `smtp.py`).
"""

from __future__ import annotations

from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.actions.runtime.gateways import Mail
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.language.spec import Parameter


def _email(given: JsonDict, context: ActionContext, outside: Outside) -> Json:
    mail = Mail(
        server=_text(given, "smtp_server"),
        sender=_text(given, "from_addr"),
        to=_addresses(given, "to_addrs"),
        cc=_addresses(given, "cc_addrs"),
        bcc=_addresses(given, "bcc_addrs"),
        reply_to=_addresses(given, "reply_to"),
        subject=_optional(given, "subject") or "<No subject>",
        body=_optional(given, "body") or "<No body>",
        html=_optional(given, "html_body"),
        password=_optional(given, "smtp_password"),
    )
    outside.mail(mail, context.egress, context.timeout or None)
    return None


def _text(given: JsonDict, name: str) -> str:
    value = given[name]
    if not isinstance(value, str):
        raise TypeError(f"Parameter '{name}' must be text.")
    return value


def _optional(given: JsonDict, name: str) -> str | None:
    return None if given[name] is None else _text(given, name)


def _addresses(given: JsonDict, name: str) -> list[str]:
    value = given[name]
    if value is None and name != "to_addrs":
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError(f"Parameter '{name}' must be a list of addresses.")
    return [str(one) for one in value]


_OPTIONAL = ("reply_to", "cc_addrs", "bcc_addrs", "smtp_password", "subject", "body", "html_body")

ACTIONS = (
    ActionType(
        name="std.email",
        description="Sends an email through an SMTP server; with a password over TLS. The result is null.",
        class_name="mistral.actions.std_actions.SendEmailAction",
        run=_email,
        parameters=(
            Parameter("from_addr"),
            Parameter("to_addrs"),
            Parameter("smtp_server"),
            *(Parameter(name, None) for name in _OPTIONAL),
        ),
    ),
)

from __future__ import annotations

import pytest

from chalicelib.actions.registry import Registry
from chalicelib.actions.run_action import inline, run
from chalicelib.actions.runtime.action_type import ActionContext, Outside
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.gateways import Mail, MailFailed, Overdue
from chalicelib.core.jsontext import Json
from chalicelib.errors import ActionFailed

find = Registry().find

CONTEXT = ActionContext(action_execution_id="a1", timeout=7.0)
NEEDED: dict[str, Json] = {"from_addr": "a@x.test", "to_addrs": ["b@x.test"], "smtp_server": "mail.test"}


class FakePost:
    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[Mail] = []
        self.seconds: float | None = None
        self._error = error

    def __call__(self, mail: Mail, egress: EgressPolicy, seconds: float | None) -> None:
        if self._error:
            raise self._error
        self.sent.append(mail)
        self.seconds = seconds


def message(given: dict[str, Json], error: Exception | None = None) -> object:
    with pytest.raises(ActionFailed) as caught:
        run(find("std.email"), {**NEEDED, **given}, CONTEXT, Outside(mail=FakePost(error)))
    return caught.value.result


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"subject": "", "body": ""}, {}),
        ({"subject": "s", "body": "b", "html_body": "<b>b</b>"}, {"subject": "s", "body": "b", "html": "<b>b</b>"}),
        ({"to_addrs": []}, {"to": []}),
        (
            {"cc_addrs": ["c@x.test"], "bcc_addrs": ["d@x.test"], "reply_to": ["r@x.test"]},
            {"cc": ["c@x.test"], "bcc": ["d@x.test"], "reply_to": ["r@x.test"]},
        ),
        ({"smtp_password": "p"}, {"password": "p"}),
    ],
)
def test_mail(given: dict[str, Json], expected: dict[str, object]) -> None:
    plain: dict[str, object] = {"subject": "<No subject>", "body": "<No body>", "cc": [], "bcc": [], "reply_to": []}
    post = FakePost()
    assert run(find("std.email"), {**NEEDED, **given}, CONTEXT, Outside(mail=post)) is None
    assert post.sent == [Mail(**{"server": "mail.test", "sender": "a@x.test", "to": ["b@x.test"], **plain, **expected})]  # type: ignore[arg-type]
    assert post.seconds == 7.0


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"to_addrs": "b@x.test"}, "Parameter 'to_addrs' must be a list of addresses."),
        ({"to_addrs": None}, "Parameter 'to_addrs' must be a list of addresses."),
        ({"cc_addrs": [5]}, "Parameter 'cc_addrs' must be a list of addresses."),
        ({"from_addr": None}, "Parameter 'from_addr' must be text."),
        ({"smtp_server": 5}, "Parameter 'smtp_server' must be text."),
        ({"body": {"a": 1}}, "Parameter 'body' must be text."),
        ({"smtp_password": 5}, "Parameter 'smtp_password' must be text."),
    ],
)
def test_wrong_values(given: dict[str, Json], text: str) -> None:
    assert message(given) == f"The action raised an exception [action=std.email, action_ex_id=a1, msg='{text}']"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (MailFailed("Failed to send an email message: no"), "Failed to send an email message: no"),
        (Overdue(7.0), "Timeout after 7 seconds"),
    ],
)
def test_failures(error: Exception, text: str) -> None:
    assert message({}, error) == f"The action raised an exception [action=std.email, action_ex_id=a1, msg='{text}']"


def test_a_mail_shows_no_password() -> None:
    assert "secret" not in repr(Mail("h", "a@x.test", ["b@x.test"], password="secret"))


def test_never_inside_the_step() -> None:
    assert not inline(find("std.email"), NEEDED)

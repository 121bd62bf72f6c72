"""Hands mail to SMTP servers, guarded: the egress policy holds, passwords travel over verified TLS only."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr

from chalicelib import errors
from chalicelib.actions.runtime.deadline import Deadline
from chalicelib.actions.runtime.egress import EgressPolicy
from chalicelib.actions.runtime.gateways import Mail, MailFailed, Overdue
from chalicelib.actions.runtime.pinned_connections import Pin, Resolve, resolve
from chalicelib.actions.runtime.redact import without

PATIENCE = 60.0
"""Seconds to wait for the connection and for each answer of the server."""

_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Mailer:
    """The `SendMail` of the real world."""

    ca_file: str | None = None
    """File of certificates to trust instead of the usual ones."""
    resolve: Resolve = resolve
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now

    def __call__(self, mail: Mail, egress: EgressPolicy, seconds: float | None) -> None:
        """Send `mail`; see `SendMail`."""
        deadline = Deadline.after(seconds, self.clock)
        smtp = _Smtp(Pin(egress, self.resolve), deadline.left(PATIENCE))
        try:
            text = _written(mail, self.now())
            with deadline.cutting(smtp.cut):
                smtp.connect(mail.server)
                self._hand_over(smtp, mail, text)
        except Overdue:
            raise
        except (errors.MeltemiError, smtplib.SMTPException, OSError, ValueError) as error:
            deadline.check()
            raise MailFailed(f"Failed to send an email message: {without(str(error), mail.password)}") from error
        finally:
            smtp.close()

    def _hand_over(self, smtp: _Smtp, mail: Mail, text: bytes) -> None:
        if mail.password:
            smtp.starttls(context=ssl.create_default_context(cafile=self.ca_file))
            smtp.login(mail.sender, mail.password)
        smtp.sendmail(mail.sender, [*mail.cc, *mail.bcc, *mail.to], text)
        with suppress(smtplib.SMTPException, OSError):  # the mail is on its way, whatever comes now
            smtp.quit()


class _Smtp(smtplib.SMTP):
    """A connection to an address that was checked. The name stays what it was in the check of the certificate."""

    def __init__(self, pin: Pin, patience: float) -> None:
        self._pin = pin
        super().__init__(local_hostname="localhost", timeout=patience)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._host = host  # `starttls` checks the certificate against it
        return self._pin.reach(host, port, timeout)

    def cut(self) -> None:
        """End whatever the connection is waiting for."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _written(mail: Mail, now: datetime) -> bytes:
    """The message as everybody sees it: without those in `bcc`. Raises `ValueError` for a header of several lines."""
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.body, cte="base64")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="base64")
    message["Subject"] = " ".join(mail.subject.splitlines())
    message["From"] = mail.sender
    message["Date"] = now
    message["Message-ID"] = make_msgid(domain=_domain(mail.sender))
    _address(message, "To", mail.to)
    _address(message, "Cc", mail.cc)
    _address(message, "Reply-To", mail.reply_to)
    return message.as_bytes()


def _domain(sender: str) -> str:
    """Where the sender is at home; a message id may hold no other characters."""
    domain = parseaddr(sender)[1].partition("@")[2]
    return domain if _DOMAIN.fullmatch(domain) else "localhost"


def _address(message: EmailMessage, header: str, addresses: Sequence[str]) -> None:
    if addresses:
        message[header] = ", ".join(addresses)

"""A real SMTP server that keeps what it is given."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

PASSWORD = "open sesame"


@dataclass
class Received:
    """One mail as it arrived, and who had logged in."""

    sender: str | None
    recipients: list[str]
    message: EmailMessage
    user: str | None


@dataclass
class Post:
    """Listens on a free port of the loopback; logging in is possible over TLS only."""

    received: list[Received] = field(default_factory=list)
    port: int = 0
    controller: Any = None

    def start(self, certificate: Path | None) -> None:
        """With a certificate the server offers STARTTLS and logins."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        self.controller = Controller(
            self,
            "127.0.0.1",
            self.port,
            tls_context=context,
            authenticator=self._log_in,
            auth_exclude_mechanism=["LOGIN"],
        )
        self.controller.start()

    def stop(self) -> None:
        """Close."""
        self.controller.stop()

    def _log_in(self, server: object, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
        if not known:
            return AuthResult(success=False, handled=False, message=f"535 Who is {given.password.decode()}?")
        session.authenticated = True
        return AuthResult(success=True, auth_data=given.login.decode())

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(bytes(envelope.original_content or b""), policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append(Received(envelope.mail_from, envelope.rcpt_tos, message, session.auth_data))
        return "250 OK"

from __future__ import annotations

import subprocess
import sys

import pytest

from chalicelib.actions.doors import open_doors
from chalicelib.actions.egress import Blocked, EgressPolicy
from chalicelib.actions.errands import Command, Login, Mail, MailFailed

LOADED = """
import sys
import chalicelib.wiring
print(sorted({"paramiko", "quickjs", "smtplib", "chalicelib.actions.scripting"} & set(sys.modules)))
"""


def test_every_door_leads_somewhere() -> None:
    doors = open_doors()
    assert doors.script("return $ + 1", 2, 20.0) == 3
    with pytest.raises(MailFailed, match="blocked address"):
        doors.mail(Mail("127.0.0.1:25", "a@x.test", ["b@x.test"]), EgressPolicy(), 20.0)
    with pytest.raises(Blocked, match="blocked address"):
        doors.command(Command("ls", ["127.0.0.1"], Login("u")), EgressPolicy(), 20.0)


def test_nothing_large_is_loaded_before_it_is_needed() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"

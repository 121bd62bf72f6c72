from __future__ import annotations

import subprocess
import sys

import pytest

from chalicelib.actions.gateways import open_doors
from chalicelib.actions.runtime.egress import Blocked, EgressPolicy
from chalicelib.actions.runtime.gateways import Command, Login, Mail, MailFailed, PythonAnswer, PythonCall

LOADED = """
import sys
import app
late = {"boto3", "jwt", "paramiko", "quickjs", "requests", "smtplib"}
print(sorted(late & set(sys.modules)))
"""


def test_every_door_leads_somewhere() -> None:
    doors = open_doors(lambda ref: f"class A:\n    def run(self, context): return {ref!r}\n")
    assert doors.script("return $ + 1", 2, 20.0) == 3
    code = PythonCall(doors.code("a version"), "m", "A", {}, {})
    assert doors.python(code, 20.0) == PythonAnswer(value="a version")
    with pytest.raises(MailFailed, match="blocked address"):
        doors.mail(Mail("127.0.0.1:25", "a@x.test", ["b@x.test"]), EgressPolicy(), 20.0)
    with pytest.raises(Blocked, match="blocked address"):
        doors.command(Command("ls", ["127.0.0.1"], Login("u")), EgressPolicy(), 20.0)


def test_nothing_large_is_loaded_before_it_is_needed() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"

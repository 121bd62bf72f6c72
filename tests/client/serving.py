"""Runs commands of the released client one after the other, in a process of its own: starting one takes longer.

A line of standard input is the words of a command as JSON; the answer is a line too: its exit status and what it
printed. Warnings of the client are nobody's business here.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO

from mistralclient.shell import MistralShell


def serve(lines: TextIO, answers: TextIO) -> None:
    """Answer every line. All commands print to the same place, as the client's log keeps the first one it is given."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        for line in lines:
            status = MistralShell().run(json.loads(line))
            print(json.dumps([status, printed.getvalue()]), file=answers, flush=True)
            printed.seek(0)
            printed.truncate()


if __name__ == "__main__":
    print(json.dumps(sorted(MistralShell._get_commands_v2())), flush=True)
    serve(sys.stdin, sys.stdout)

"""Runs commands of the released client one after the other, in a process of its own: starting one takes longer.

A line of standard input is the words of a command as JSON; the answer is a line too: its exit status and what it
printed. Warnings of the client are nobody's business here.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from mistralclient.shell import MistralShell


def run(words: list[str]) -> tuple[int, str]:
    """Exit status of a command, and what it printed."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        status = MistralShell().run(words)
    return status, printed.getvalue()


if __name__ == "__main__":
    print(json.dumps(sorted(MistralShell._get_commands_v2())), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)

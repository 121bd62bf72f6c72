"""How `meltemi-worker` starts: everything is looked at first, then announced; what is wrong is said in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from meltemi_worker import Worker
from meltemi_worker.announce import NotAnnounced, announce
from meltemi_worker.loading import NotStarted, load

from local.emulator import ROOT

MODULES = {
    "shop.py": """
        from meltemi_worker import Worker
        worker, empty, number = Worker("t"), Worker("t"), 3
        @worker.action("a.b")
        def f(x): return x
    """,
    "broken.py": "import no_such_library",
}
QUEUE = ("--queue", "q")
AWAY = "http://127.0.0.1:9"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
HERE = {**CREDENTIALS, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": AWAY, "AWS_MAX_ATTEMPTS": "1"}


class Definitions:
    """An API that takes definitions; `invalid` and `stored` ones are known by name, `status` answers uploads."""

    def __init__(self, stored: set[str] | None = None, invalid: str | None = None, status: int = 200) -> None:
        self.stored = stored or set()
        self.invalid = invalid
        self.status = status
        self.asked: list[tuple[str, str, str]] = []

    def answer(self, method: str, path: str, text: str) -> tuple[int, object]:
        (name,) = set(json.loads(text)) - {"version"}
        self.asked.append((method, path, name))
        if path.endswith("/validate"):
            return 200, {"valid": False, "error": "Invalid DSL"} if name == self.invalid else {"valid": True}
        if self.status != 200:
            return self.status, {"faultstring": "no"}
        return (404, {}) if method == "PUT" and name not in self.stored else (201, {"actions": []})


@contextmanager
def serving(definitions: Definitions) -> Iterator[str]:
    """The address of an API."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, said = definitions.answer(self.command, self.path, text)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_PUT = do_POST = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()


def two() -> Worker:
    worker = Worker("t")
    for name in ("a.one", "a.two"):
        worker.action(name)(lambda: None)
    return worker


def announced(worker: Worker, definitions: Definitions) -> str | None:
    """Announce it; what was said of that, if it failed."""
    with serving(definitions) as api, requests.Session() as session:
        session.trust_env = False
        try:
            announce(worker, api, None, session)
        except NotAnnounced as error:
            return str(error)
    return None


def test_every_definition_is_checked_before_the_first_is_stored() -> None:
    definitions = Definitions(stored={"a.two"})
    assert announced(two(), definitions) is None
    assert definitions.asked == [
        ("POST", "/v2/actions/validate", "a.one"),
        ("POST", "/v2/actions/validate", "a.two"),
        ("PUT", "/v2/actions", "a.one"),
        ("POST", "/v2/actions", "a.one"),
        ("PUT", "/v2/actions", "a.two"),
    ]


@pytest.mark.parametrize(
    ("definitions", "complaint", "uploads"),
    [
        (Definitions(invalid="a.two"), "Action a.two has an invalid definition: Invalid DSL", 0),
        (Definitions(status=401), "Action a.one was not accepted: 401", 1),
    ],
)
def test_what_is_not_accepted_is_named(definitions: Definitions, complaint: str, uploads: int) -> None:
    assert str(announced(two(), definitions)).startswith(complaint)
    assert len([path for _, path, _ in definitions.asked if not path.endswith("/validate")]) == uploads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).write_text("\n".join(line.removeprefix(" " * 8) for line in text.splitlines()))
    return tmp_path


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(folder: Path) -> Run:
    def started(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "meltemi_worker", *arguments],
            cwd=folder,
            env={
                "PYTHONPATH": str(ROOT / "worker" / "src"),
                "HOME": str(folder),
                "AWS_EC2_METADATA_DISABLED": "true",
                **env,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )

    return started


@pytest.mark.parametrize(
    ("arguments", "env", "status", "complaint"),
    [
        (("shop",), {}, 2, "--queue or MELTEMI_QUEUE must name the queue"),
        (("shop", *QUEUE, "--announce"), {}, 2, "--announce needs --api or MELTEMI_API"),
        (("nope:worker", *QUEUE), HERE, 1, "There is no module nope"),
        (("shop:number", *QUEUE), HERE, 1, "shop:number is no Worker; workers of this module: empty, worker"),
        (("shop:nobody", *QUEUE), HERE, 1, "shop:nobody is no Worker"),
        (("shop:empty", *QUEUE), HERE, 1, "shop:empty offers no actions"),
        (("shop", *QUEUE), CREDENTIALS, 1, "No AWS region is set"),
        (("shop", *QUEUE), {"AWS_DEFAULT_REGION": "us-east-1"}, 1, "There are no AWS credentials"),
        (("shop", *QUEUE), HERE, 1, "The queue q cannot be used: Could not connect"),
        (("shop", "--queue", f"{AWAY}/q", "--api", AWAY, "--announce"), HERE, 1, f"The API at {AWAY} did not answer"),
    ],
)
def test_what_keeps_a_worker_from_starting_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], env: dict[str, str], status: int, complaint: str
) -> None:
    ended = run(*arguments, **env)
    assert (ended.returncode, ended.stdout) == (status, "")
    [said] = [line for line in ended.stderr.splitlines() if line.startswith("meltemi-worker: ")]
    assert complaint in said
    assert "Traceback" not in ended.stderr


def test_the_queue_is_looked_up_before_anything_is_announced(run: Run) -> None:
    definitions = Definitions()
    with serving(definitions) as api:
        ended = run("shop", *QUEUE, "--api", api, "--announce", **HERE)
    assert (ended.returncode, definitions.asked) == (1, [])


def test_an_error_in_a_module_of_the_user_keeps_its_traceback(run: Run, folder: Path) -> None:
    ended = run("broken:worker", *QUEUE, **HERE)
    assert f'File "{folder}/broken.py", line 1' in ended.stderr
    assert "No module named 'no_such_library'" in ended.stderr


@pytest.mark.parametrize("place", ["", ":worker", ".shop"])
def test_a_place_has_to_name_a_module(place: str) -> None:
    with pytest.raises(NotStarted, match="write module:name"):
        load(place)

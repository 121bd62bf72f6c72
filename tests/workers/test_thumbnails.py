"""The example: three workers render thumbnails."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest

from local.emulator import ROOT
from tests.workers.rig import ACCOUNT, Rig, eventually, process

pytestmark = pytest.mark.xdist_group("workers")

EXAMPLE = ROOT / "examples" / "thumbnails"
IMAGES = 12


@pytest.fixture
def started(rig: Rig) -> Iterator[list[subprocess.Popen[str]]]:
    """Three of the workers of the example."""
    rig.queue("thumbs")
    command = ("-m", "meltemi_worker", "worker:worker", "--queue", "w-thumbs", "--api", rig.run.url, "--announce")
    paths = f"worker/src:{EXAMPLE}"
    with ExitStack() as stack:
        options = ("--threads", "1", "--poll", "1")
        yield [stack.enter_context(process(rig.run, *command, *options, PYTHONPATH=paths)) for _ in range(3)]


def test_three_workers_render_thumbnails(rig: Rig, started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    s3 = boto3.client("s3", endpoint_url=rig.run.endpoint, **ACCOUNT)  # type: ignore[call-overload]
    s3.create_bucket(Bucket="pictures")
    made = subprocess.run(
        [sys.executable, EXAMPLE / "pictures.py", tmp_path, str(IMAGES)], capture_output=True, text=True
    )
    images = made.stdout.split()
    for name in images:
        s3.put_object(Bucket="pictures", Key=name, Body=(tmp_path / name).read_bytes())
    eventually(lambda: "images.shrink" in [action["name"] for action in rig.ask("GET", "actions")["actions"]])
    rig.create("workflows", (EXAMPLE / "thumbnails.yaml").read_text())
    execution_id = rig.start("thumbnails", bucket="pictures", images=images, width=16)
    eventually(lambda: {"SUCCESS"} & {action["state"] for action in rig.actions(execution_id)})
    started[0].kill()
    found = rig.output(execution_id)["thumbnails"]
    assert [(each["key"], each["width"], each["height"]) for each in found] == [
        (f"{n}.thumb.png", 16, 12) for n in range(IMAGES)
    ]
    data = s3.get_object(Bucket="pictures", Key="3.thumb.png")["Body"].read()
    start = data.index(b"IDAT") + 4
    # A filter byte, then the first pixel: the mean of the 16 pixels of the gradient that it stands for.
    assert zlib.decompress(data[start:])[:4] == bytes([0, 5, 7, 60])
    assert len({each["worker"] for each in found}) > 1
    s3.put_object(Bucket="pictures", Key="x.ppm", Body=b"no image")
    given = json.dumps({"bucket": "pictures", "key": "x.ppm"})
    ran = rig.ask("POST", "action_executions", json={"name": "images.shrink", "input": given})
    rig.done(ran["id"], "ERROR", {"result": {"reason": "The image is no PPM of 8 bits a colour."}})

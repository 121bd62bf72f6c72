"""Bytecode in a bundle: Python takes it without looking at the sources, and it can be added twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.bytecode import add

SOURCES = {"app.py": "import chalicelib.one\n", "chalicelib/one.py": "print('from bytecode')\n", "bad.py": "def (\n"}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    found = tmp_path / "deployment.zip"
    with ZipFile(found, "w") as written:
        for name, text in SOURCES.items():
            written.writestr(name, text)
    return found


def test_modules_are_loaded_from_bytecode(bundle: Path, tmp_path: Path) -> None:
    assert add(bundle) == 2
    unpacked = tmp_path / "task"
    with ZipFile(bundle) as read:
        read.extractall(unpacked)
    (unpacked / "chalicelib" / "one.py").write_text("print('compiled anew')\n")
    ran = subprocess.run([sys.executable, "-c", "import app"], cwd=unpacked, capture_output=True, text=True, check=True)
    assert ran.stdout == "from bytecode\n"


def test_twice_is_as_good_as_once_and_the_same_sources_make_the_same_bundle(bundle: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.zip"
    twin.write_bytes(bundle.read_bytes())
    assert (add(bundle), add(bundle)) == (2, 0)
    add(twin)
    assert twin.read_bytes() == bundle.read_bytes()

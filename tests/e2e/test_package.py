"""What `make package` writes can be deployed: the template is sound, and the bundle small and made for its machine."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import yaml

from infra.artifacts import LARGEST_BUNDLE
from infra.template import located, text
from tests.e2e.stage import machine
from tests.infra.test_lint import findings
from tests.infra.test_roles import TABLE

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]

MACHINES = {"x86_64": 62, "arm64": 183}
"""How ELF files say what they are made for."""
UNPACKED = 250 * 2**20
TEMPLATE = 1_000_000


def test_cfn_lint_finds_nothing_in_the_packaged_template(package: Path, tmp_path: Path) -> None:
    template = text(located(yaml.safe_load((package / "sam.yaml").read_text()), "s3://bucket/bundle.zip"))
    assert len(template) < TEMPLATE
    assert findings(template, tmp_path) == ""


def test_every_function_is_made_for_this_machine_and_has_a_role_that_the_table_knows(package: Path) -> None:
    resources = yaml.safe_load((package / "sam.yaml").read_text())["Resources"].values()
    functions = [found["Properties"] for found in resources if found["Type"] == "AWS::Serverless::Function"]
    assert {tuple(found["Architectures"]) for found in functions} == {(machine(),)}
    assert {found["Role"]["Fn::GetAtt"][0] for found in functions} == set(TABLE)


def test_the_bundle_is_small_enough_and_its_libraries_fit_the_machine(package: Path) -> None:
    bundle = package / "deployment.zip"
    assert bundle.stat().st_size < LARGEST_BUNDLE
    with zipfile.ZipFile(bundle) as files:
        assert sum(found.file_size for found in files.infolist()) < UNPACKED
        libraries = [name for name in files.namelist() if ".so" in Path(name).suffixes]
        made_for = {name: int.from_bytes(files.open(name).read(20)[18:], "little") for name in libraries}
        pure = {"pip", "setuptools", "tests", "moto", "ministack"} & {name.split("/")[0] for name in files.namelist()}
    assert {name: kind for name, kind in made_for.items() if kind != MACHINES[machine()]} == {}
    assert {name.split("/")[0] for name in libraries} >= {"cryptography", "nacl", "bcrypt", "yaml", "_quickjs.abi3.so"}
    assert not pure - {"setuptools"}, "what only packaging and tests need; setuptools comes with yaql"

"""The workflows that come with the service, in a real run: machines of the emulator's EC2 are made and deleted."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

from tests.examples.api import Api
from tests.local.process import LocalRun, local_run

pytestmark = pytest.mark.xdist_group("examples")

WORKFLOWS = ["create_instance", "delete_instance", "std.wait_for_instance"]


def ask(run: LocalRun, method: str, path: str, **request: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, f"{run.url}/{path}", timeout=30, **request)


def ended(api: Api, workflow: str, **given: Any) -> Any:
    """The output of an execution, which has to succeed."""
    found = api.execution_in(api.start(workflow, given), "SUCCESS", "ERROR")
    assert found["state"] == "SUCCESS", found["state_info"]
    return api.output_of(found)


def test_a_machine_is_made_and_deleted() -> None:
    with local_run(AWS_ACTIONS="ec2", AWS_ACTIONS_OWN_ROLE="true") as run:
        api = Api(run.url)
        ec2 = boto3.client("ec2", endpoint_url=run.endpoint, region_name="us-east-1")
        network = ec2.create_subnet(
            VpcId=ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"], CidrBlock="10.9.0.0/24"
        )
        subnet = network["Subnet"]["SubnetId"]
        ec2.create_tags(Resources=[subnet], Tags=[{"Key": "Name", "Value": "lan"}])
        made = ended(
            api, "create_instance", name="web", image="ami-0123456789abcdef0", flavor="t3.micro", network="lan"
        )
        found = ec2.describe_instances(InstanceIds=[made["id"]])["Reservations"][0]["Instances"][0]
        assert (made["name"], made["status"], found["State"]["Name"]) == ("web", "running", "running")
        assert (found["SubnetId"], found["InstanceType"]) == (subnet, "t3.micro")
        assert {"Key": "Name", "Value": "web"} in found["Tags"]
        ended(api, "delete_instance", instance_id=made["id"])
        waited = ended(api, "std.wait_for_instance", instance_id=made["id"], status="terminated", count=0)
        assert waited["status"] == "terminated"
        failed = api.execution_in(api.start("delete_instance", {"instance_id": "i-0123456789abcdef0"}), "ERROR")
        assert "InvalidInstanceID.NotFound" in failed["state_info"]


def test_without_ec2_they_are_listed_and_refused() -> None:
    with local_run() as run:
        pages = [
            ask(run, "GET", f"workflows?limit=2&sort_keys=name{more}").json() for more in ("", "&fields=name,scope")
        ]
        assert [found["name"] for found in pages[0]["workflows"]] == WORKFLOWS[:2]
        marker = pages[0]["workflows"][-1]["id"]
        last = ask(run, "GET", f"workflows?limit=2&sort_keys=name&marker={marker}").json()
        assert [found["name"] for found in last["workflows"]] == WORKFLOWS[2:]
        filtered = ask(run, "GET", "workflows?name=delete_instance&scope=public&namespace=").json()
        assert [found["input"] for found in filtered["workflows"]] == ['instance_id, region="None"']
        shown = ask(run, "GET", "workflows/create_instance").json()
        assert (shown["scope"], shown["project_id"]) == ("public", "<default-project>")
        assert shown["definition"].startswith("---\nversion: '2.0'\n\ncreate_instance:")
        removed = ask(run, "DELETE", "workflows/create_instance")
        system = f"Can not modify a system WorkflowDefinition resource, ID: {shown['id']}"
        assert (removed.status_code, removed.json()["faultstring"]) == (400, system)
        started = ask(
            run, "POST", "executions", json={"workflow_name": "delete_instance", "input": {"instance_id": "i"}}
        )
        assert started.status_code == 400
        assert "ec2 has to be among its AWS_ACTIONS" in started.json()["faultstring"]

"""An alarm on a bus starts the workflow that migrates a machine: the bus, the trigger and EC2, all at the emulator."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from chalicelib.core.jsontext import dumps
from local.emulator import ROOT
from tests.examples.api import Api
from tests.local.process import local_run

pytestmark = pytest.mark.xdist_group("examples")

TEXT = (ROOT / "examples" / "migrate_machine.yaml").read_text()
ALARM = "CloudWatch Alarm State Change"
EVENT = {"exchange": "meltemi", "topic": "app.monitoring", "event": ALARM}
"""CloudWatch itself uses the bus `default` and a source of its own, which nobody else may send."""

PATTERN = {"detail": {"state": {"value": ["ALARM"]}, "alarmName": [{"prefix": "cpu-"}]}}


def alarm(machine: str, state: str, name: str = "cpu-at-100") -> Any:
    """The event of an alarm of CloudWatch that has changed its state."""
    metric = {"namespace": "AWS/EC2", "name": "CPUUtilization", "dimensions": {"InstanceId": machine}}
    configured = {"metrics": [{"id": "m", "metricStat": {"metric": metric, "period": 60, "stat": "Average"}}]}
    detail = {"alarmName": name, "state": {"value": state}, "configuration": configured}
    return {
        "EventBusName": EVENT["exchange"],
        "Source": EVENT["topic"],
        "DetailType": ALARM,
        "Detail": dumps(detail),
    }


def test_an_alarm_migrates_the_machine() -> None:
    with local_run(AWS_ACTIONS="ec2", AWS_ACTIONS_OWN_ROLE="true") as service:
        api, session = Api(service.url), boto3.session.Session(region_name="us-east-1")
        ec2 = session.client("ec2", endpoint_url=service.endpoint)
        events = session.client("events", endpoint_url=service.endpoint)
        started = ec2.run_instances(ImageId="ami-0123456789abcdef0", InstanceType="t3.micro", MinCount=1, MaxCount=1)
        machine = started["Instances"][0]["InstanceId"]
        api.create(TEXT)
        api.listen("migrate_machine", {**EVENT, "workflow_input": {"pause": 0}, "pattern": PATTERN})
        sent = [alarm(machine, "OK"), alarm(machine, "ALARM", "disk-full"), alarm(machine, "ALARM")]
        assert events.put_events(Entries=sent)["FailedEntryCount"] == 0
        ended = api.only_execution_in("SUCCESS", "ERROR")
        found = ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0]
    output = {"alarm": "cpu-at-100", "machine": machine, "state": "running"}
    assert (ended["state"], api.output_of(ended)) == ("SUCCESS", output), ended["state_info"]
    assert found["State"]["Name"] == "running"
    assert found["Tags"] == [{"Key": "migrated-because-of", "Value": "cpu-at-100"}]

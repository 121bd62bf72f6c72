"""Workflows that come with the service: their texts, who sees and changes them, and how they run a machine."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from chalicelib.actions.aws.access import allowed
from chalicelib.actions.aws.catalogue import AwsActions
from chalicelib.actions.library import Library
from chalicelib.actions.registry import Registry
from chalicelib.core.engine.state.effects import StartExecution
from chalicelib.core.engine.state.events import Woken
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.states import ERROR, SUCCESS
from chalicelib.errors import Duplicate, Forbidden, InvalidRequest, MeltemiError, NotFound
from chalicelib.service.access.caller import DEFAULT_PROJECT, Caller
from chalicelib.service.definitions.bundled import workflows as packaged
from chalicelib.service.definitions.bundled.store import WithPackaged
from chalicelib.service.definitions.content import workflows_in
from chalicelib.service.definitions.workflows import Definitions
from tests.unit.core.engine.table import Table
from tests.unit.service.definitions.test_workflows import FixedClock, MemoryStore, text

CREATE, DELETE, WAIT = "create_instance", "delete_instance", "std.wait_for_instance"
DIGESTS = {
    CREATE: ["78764efaa380"],
    DELETE: ["ac157ded07f9"],
    WAIT: ["6b3fd7c9124f"],
}
BLUE, ADMIN = Caller("blue"), Caller("red", frozenset({"admin"}))
DEFAULT, DEFAULT_ADMIN = Caller(DEFAULT_PROJECT), Caller(DEFAULT_PROJECT, frozenset({"admin"}))
LIBRARY = Library(registry=Registry([AwsActions(allowed(["ec2"]))]))
NAMED = {"name": "web", "image": "ami-1", "flavor": "t3.micro"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def definitions(store: MemoryStore) -> Definitions:
    return Definitions(WithPackaged(store), FixedClock())


def test_texts_once_published_stay() -> None:
    """Executions go on with the text that they began with: add a new one behind it, and its digest here."""
    found = {
        name: [hashlib.sha256(each.encode()).hexdigest()[:12] for each in texts]
        for name, texts in packaged.TEXTS.items()
    }
    assert found == DIGESTS


@pytest.mark.parametrize("name", packaged.TEXTS)
def test_texts_are_valid_and_what_is_shown_of_them_is_what_an_upload_would_show(name: str) -> None:
    (content,) = workflows_in(packaged.TEXTS[name][-1], "", checked=True)
    record = packaged.record(name)
    assert (record.name, record.checksum, record.version) == (content.name, content.checksum, len(packaged.TEXTS[name]))
    assert record.facts == {**content.facts, "system": True}
    found = packaged.of_ref(record.ref)
    assert found is not None
    assert (found.text, found.body) == (content.text, content.body)


@pytest.mark.parametrize("caller", [BLUE, DEFAULT, ADMIN])
def test_every_project_sees_them(definitions: Definitions, caller: Caller) -> None:
    assert sorted(found.name for found in definitions.workflows(caller)) == [CREATE, DELETE, WAIT]
    for name in packaged.TEXTS:
        found = definitions.workflow(caller, name, "")
        assert (found.scope, found.project_id, found.namespace) == ("public", DEFAULT_PROJECT, "")
        assert definitions.workflow(caller, found.id, "") == found
        assert definitions.text(found.ref) == definitions.texts([found.ref])[found.ref] == packaged.TEXTS[name][-1]
        assert definitions.spec(found.ref).name == name
    with pytest.raises(NotFound):
        definitions.workflow(caller, CREATE, "elsewhere")


@pytest.mark.parametrize("alias", packaged.ALIASES)
def test_they_have_names_of_standard_workflows_too(definitions: Definitions, alias: str) -> None:
    assert definitions.find_workflow(BLUE.project_id, alias, "").name == packaged.ALIASES[alias]


def test_they_are_not_read_from_the_table(definitions: Definitions, store: MemoryStore) -> None:
    found = definitions.workflow(BLUE, CREATE, "")
    definitions.text(found.ref)
    definitions.spec(found.ref)
    assert store.reads == 0


def test_a_version_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFound):
        packaged.of_ref("packaged/create_instance/0000")
    assert packaged.of_ref("packaged/other/0000") is None


def test_a_project_may_hide_one_with_its_own(definitions: Definitions) -> None:
    (mine,) = definitions.create_workflows(BLUE, text(CREATE), "", "private")
    assert definitions.workflow(BLUE, CREATE, "") == mine
    assert definitions.workflow(DEFAULT, CREATE, "") == packaged.record(CREATE)
    assert len(definitions.workflows(BLUE)) == 4
    definitions.delete_workflow(BLUE, CREATE, "")
    assert definitions.workflow(BLUE, CREATE, "") == packaged.record(CREATE)


def test_the_project_that_they_belong_to_cannot(definitions: Definitions, store: MemoryStore) -> None:
    with pytest.raises(Duplicate) as caught:
        definitions.create_workflows(DEFAULT, text(CREATE), "", "private")
    unique = "['name', 'namespace', 'project_id']"
    assert caught.value.message == (
        f"Duplicate entry for WorkflowDefinition {unique}: create_instance, , <default-project>"
    )
    assert store.records == []
    definitions.create_workflows(DEFAULT, text(CREATE), "elsewhere", "private")


def test_nor_give_one_of_its_own_such_a_name(definitions: Definitions) -> None:
    (mine,) = definitions.create_workflows(DEFAULT, text("mine"), "", "private")
    with pytest.raises(Duplicate):
        definitions.update_workflow(DEFAULT, mine.id, text(CREATE), "", "private")
    assert definitions.workflow(DEFAULT, "mine", "") == mine


def test_one_that_was_stored_before_there_were_packaged_ones_stays(store: MemoryStore) -> None:
    (mine,) = Definitions(store, FixedClock()).create_workflows(DEFAULT, text(CREATE), "", "private")
    later = Definitions(WithPackaged(store), FixedClock())
    assert later.workflow(DEFAULT, CREATE, "") == mine
    later.update_workflows(DEFAULT, text(CREATE, "std.echo output=1"), "", "private")
    later.delete_workflow(DEFAULT, CREATE, "")
    assert later.workflow(DEFAULT, CREATE, "") == packaged.record(CREATE)


@pytest.mark.parametrize(
    ("caller", "error"),
    [(DEFAULT, InvalidRequest), (DEFAULT_ADMIN, InvalidRequest), (ADMIN, InvalidRequest), (BLUE, Forbidden)],
)
def test_nobody_changes_them(definitions: Definitions, caller: Caller, error: type[MeltemiError]) -> None:
    record = packaged.record(DELETE)
    said = f"Can not modify a system WorkflowDefinition resource, ID: {record.id}"
    for change in (
        lambda: definitions.update_workflows(caller, text(DELETE), "", "public"),
        lambda: definitions.update_workflow(caller, record.id, text("other"), "", "public"),
        lambda: definitions.delete_workflow(caller, DELETE, ""),
    ):
        with pytest.raises(error) as caught:
            change()
        assert error is Forbidden or caught.value.message == said


@pytest.mark.parametrize(
    ("services", "name", "missing"),
    [
        ([], CREATE, "aws.ec2_run_instances"),
        (["s3"], DELETE, "aws.ec2_terminate_instances"),
        (["ec2:RunInstances"], CREATE, "aws.ec2_describe_instances"),
        (["ec2:Run*", "ec2:DescribeInstances"], CREATE, None),
        (["ec2"], DELETE, None),
        ([], None, None),
    ],
)
def test_they_are_refused_where_ec2_is_not_offered(services: list[str], name: str | None, missing: str | None) -> None:
    library = Library(registry=Registry([AwsActions(allowed(services))]))
    ref = packaged.record(name).ref if name else "an-id/a-digest"
    if missing is None:
        packaged.check_needs(ref, library, "p")
        return
    with pytest.raises(InvalidRequest) as caught:
        packaged.check_needs(ref, library, "p")
    assert caught.value.message == (
        f"Workflow {name} needs the action {missing}, which this service does not offer: ec2 has to be among its "
        "AWS_ACTIONS."
    )


def played(name: str, given: dict[str, Any]) -> Table:
    """An execution of one of them that has begun."""
    return Table(packaged.TEXTS[name][-1], given, library=LIBRARY).go()


def given_to(table: Table, task: str) -> Any:
    """What the last action of a task was given, without what was left out."""
    given = table.actions(task)[-1].input
    assert isinstance(given, dict)
    return {member: value for member, value in given.items() if value is not None}


def machine(state: str | None, **members: Any) -> JsonDict:
    """What EC2 tells of a machine; of one that it does not know, if `state` is `None`."""
    found: list[Any] = [{"Instances": [{"State": {"Name": state}, **members}]}]
    return {"Reservations": found if state else []}


def looked(table: Table, *answers: JsonDict) -> Table:
    """Bring one answer after the other, as often as it is looked again."""
    for number, answer in enumerate(answers):
        if number:
            look = table.task("look")
            table.apply(Woken(look.key, look.wakes))
        table.end("look", SUCCESS, answer)
    return table


def test_a_machine_is_run_and_waited_for() -> None:
    options: JsonDict = {"SecurityGroupIds": ["sg-1"]}
    table = played(
        CREATE, {**NAMED, "keypair": "k", "network": "subnet-1", "ssh": {"username": "u"}, "options": options}
    )
    named: JsonDict = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}
    assert given_to(table, "create_vm") == {
        "ImageId": "ami-1",
        "InstanceType": "t3.micro",
        "MinCount": 1,
        "MaxCount": 1,
        "KeyName": "k",
        "SubnetId": "subnet-1",
        "TagSpecifications": [named],
        **options,
    }
    table.end("create_vm", SUCCESS, {"Instances": [{"InstanceId": "i-1"}]})
    (asked,) = table.family
    assert isinstance(asked, StartExecution)
    assert (asked.name, asked.input) == (WAIT, {"instance_id": "i-1", "ssh": {"username": "u"}, "region": None})
    table.end("wait_vm_active", SUCCESS, {"id": "i-1", "status": "running", "address": "192.0.2.1"})
    assert table.output == {"id": "i-1", "name": "web", "status": "running", "address": "192.0.2.1"}


def test_an_image_and_a_network_may_be_named() -> None:
    table = played(CREATE, {**NAMED, "image": "debian-12", "network": "lan", "region": "eu-south-1"})
    assert given_to(table, "get_image") == {
        "Owners": ["self", "amazon"],
        "Filters": [{"Name": "name", "Values": ["debian-12"]}],
        "_region": "eu-south-1",
    }
    images = [("ami-1", "2024"), ("ami-3", "2026"), ("ami-2", "2025")]
    table.end("get_image", SUCCESS, {"Images": [{"ImageId": one, "CreationDate": date} for one, date in images]})
    assert given_to(table, "get_network")["Filters"] == [{"Name": "tag:Name", "Values": ["lan"]}]
    table.end("get_network", SUCCESS, {"Subnets": [{"SubnetId": "subnet-7"}]})
    given = given_to(table, "create_vm")
    assert (given["ImageId"], given["SubnetId"], given["_region"]) == ("ami-3", "subnet-7", "eu-south-1")


@pytest.mark.parametrize(
    ("given", "task", "answer", "info"),
    [
        ({"image": "debian"}, "get_image", {"Images": []}, "There is no image debian of this account or of Amazon's."),
        ({"network": "lan"}, "get_network", {"Subnets": []}, "There is no subnet with the tag Name=lan."),
    ],
)
def test_a_name_that_nothing_has_is_said(given: dict[str, str], task: str, answer: JsonDict, info: str) -> None:
    table = played(CREATE, {**NAMED, **given}).end(task, SUCCESS, answer)
    assert (table.state, table.info) == ("ERROR", info)
    assert "create_vm" not in table.states


def test_a_machine_that_does_not_come_up_is_named_in_the_output() -> None:
    table = played(CREATE, NAMED).end("create_vm", SUCCESS, {"Instances": [{"InstanceId": "i-1"}]})
    table.end("wait_vm_active", ERROR, {"result": "gone"})
    assert table.state == "ERROR"
    assert isinstance(table.output, dict)
    assert (table.output["id"], table.output["name"]) == ("i-1", "web")


@pytest.mark.parametrize(
    ("given", "answers", "output"),
    [
        ({}, [machine("running", PublicIpAddress="192.0.2.1", PrivateIpAddress="10.0.0.1")], ("running", "192.0.2.1")),
        (
            {},
            [machine(None), machine("pending"), machine("running", PrivateIpAddress="10.0.0.1")],
            ("running", "10.0.0.1"),
        ),
        ({"status": "stopped"}, [machine("stopping"), machine("stopped")], ("stopped", None)),
        (
            {"status": "terminated"},
            [machine("running"), machine("shutting-down"), machine("terminated")],
            ("terminated", None),
        ),
        ({"status": "terminated"}, [machine(None)], ("terminated", None)),
    ],
)
def test_a_machine_is_waited_for(
    given: dict[str, Any], answers: list[JsonDict], output: tuple[str, str | None]
) -> None:
    table = looked(played(WAIT, {"instance_id": "i-1", **given}), *answers)
    assert table.state == "SUCCESS", table.info
    assert table.output == {"id": "i-1", "status": output[0], "address": output[1]}
    assert len(table.actions("look")) == len(answers)


@pytest.mark.parametrize(
    ("given", "answers", "info"),
    [
        (
            {},
            [machine("pending"), machine("terminated", StateReason={"Message": "No capacity."})],
            "Machine i-1 is terminated, not running. No capacity.",
        ),
        ({"count": 1}, [machine("pending"), machine("pending")], "Machine i-1 is pending, not running."),
        ({"status": "stopped"}, [machine("shutting-down")], "Machine i-1 is shutting-down, not stopped."),
        ({"status": "terminated", "count": 0}, [machine("running")], "Machine i-1 is running, not terminated."),
    ],
)
def test_waiting_ends_when_it_is_in_vain(given: dict[str, Any], answers: list[JsonDict], info: str) -> None:
    table = looked(played(WAIT, {"instance_id": "i-1", **given}), *answers)
    assert (table.state, table.info) == ("ERROR", info)


@pytest.mark.parametrize("result", [{"code": "UnauthorizedOperation"}, "no answer"])
def test_what_aws_refuses_is_not_asked_again(result: Any) -> None:
    table = played(WAIT, {"instance_id": "i-1"}).end("look", ERROR, result)
    assert (table.state, len(table.actions("look"))) == ("ERROR", 1)


def test_a_login_is_tried_until_it_succeeds() -> None:
    ssh = {"username": "u", "private_key": "k"}
    table = looked(played(WAIT, {"instance_id": "i-1", "ssh": ssh}), machine("running", PrivateIpAddress="10.0.0.1"))
    assert given_to(table, "log_in") == {"host": "10.0.0.1", "cmd": "true", **ssh}
    table.end("log_in", ERROR, "refused")
    task = table.task("log_in")
    table.apply(Woken(task.key, task.wakes)).end("log_in", SUCCESS, "")
    assert table.output == {"id": "i-1", "status": "running", "address": "10.0.0.1"}


def test_a_machine_is_deleted_and_waited_for() -> None:
    table = played(DELETE, {"instance_id": "i-1"})
    assert given_to(table, "delete_vm") == {"InstanceIds": ["i-1"]}
    table.end("delete_vm", SUCCESS, {"TerminatingInstances": []})
    (asked,) = table.family
    assert isinstance(asked, StartExecution)
    assert (asked.name, asked.input) == (WAIT, {"instance_id": "i-1", "status": "terminated", "region": None})
    assert table.end("find_given_vm", SUCCESS, {}).state == "SUCCESS"

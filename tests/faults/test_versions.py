"""A workflow is updated while its executions run, and so is the service: who stays on which version."""

from __future__ import annotations

import pytest

from chalicelib.adapters.dynamo.definitions.items import bound_items, keys
from chalicelib.adapters.dynamo.runs.table import Row, rows_in
from chalicelib.core import ids
from chalicelib.core.engine.state.draft import Limits
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.values import ActionKey
from chalicelib.entry.functions import step
from chalicelib.errors import NewerFormat
from chalicelib.messaging import codec
from chalicelib.messaging.bodies import Continue
from tests.bodies import failed, lambda_event
from tests.faults.process import Adapters, Process
from tests.faults.rig import CALLER, Rig

TEXT = """
version: '2.0'
WORKFLOW:
  output: {own: old, child: <% task(call).result.own %>}
  tasks:
    ask: {action: std.async_noop, on-success: call}
    call: {workflow: WORKFLOW_child}
WORKFLOW_child:
  output: {own: old}
  tasks:
    t: {action: std.noop}
"""


def test_an_execution_stays_on_its_version_and_a_later_sub_execution_takes_the_current_one(adapters: Adapters) -> None:
    rig = Rig(adapters, TEXT)
    rig.start()
    rig.deliver()
    newer = TEXT.replace("own: old", "own: new").replace("WORKFLOW", rig.name)
    rig.process.definitions.update_workflows(CALLER, newer, "", "private")
    rig.complete("ask", {})
    rig.settle()
    assert rig.outcome()["output"] == {"own": "old", "child": "new"}


# --- old and new code side by side ------------------------------------------------------------------------------------

PLAIN = """
version: '2.0'
WORKFLOW:
  tasks:
    ask: {action: std.async_noop, on-success: [after]}
    after: {action: std.noop}
"""
NEWER = 2


def waiting(adapters: Adapters) -> Rig:
    rig = Rig(adapters, PLAIN)
    rig.start()
    rig.deliver()
    return rig


def stored_rows(adapters: Adapters) -> type[Row]:
    settings = adapters.backend.settings
    return rows_in(settings.runs_table, settings.region, settings.endpoint_url)


@pytest.mark.parametrize("place", ["S", "H"])
def test_rows_of_a_newer_version_are_left_alone_and_their_messages_come_again(adapters: Adapters, place: str) -> None:
    """Old code that is still running meets a row that new code wrote."""
    rig = waiting(adapters)
    rows = stored_rows(adapters)
    key = (ids.partition(rig.execution_id), place)
    known = rows.get(*key, consistent_read=True)
    newer = b"q" + bytes(known.d)
    rows(*key).update(actions=[rows.d.set(newer)])
    rig.process = Process(adapters, Limits(), rig.ran)  # with nothing in memory
    body = Continue(execution=rig.execution_id)
    assert rig.hand_over(body) == rig.bury(body) == failed(0)
    with pytest.raises(NewerFormat):
        rig.process.executions.change_state(CALLER, rig.execution_id, "CANCELLED", None, None)
    found = rows.get(*key, consistent_read=True)
    assert (bytes(found.d), found.v) == (newer, known.v)
    rows(*key).update(actions=[rows.d.set(bytes(known.d))])
    rig.complete("ask", {})
    rig.settle()
    assert rig.outcome()["state"] == "SUCCESS"


@pytest.mark.parametrize("what", [{"kind": "continue"}, {"kind": "something new"}, {"event": "something new"}])
def test_a_message_of_a_newer_version_returns_to_its_queue(adapters: Adapters, what: JsonDict) -> None:
    rig = waiting(adapters)
    before = rig.run().head.version
    body: JsonDict = {"execution": rig.execution_id, **what, "format": codec.FORMAT + 1}
    assert rig.hand_over(body) == rig.bury(body) == failed(0)
    assert rig.run().head.version == before


def test_of_an_execution_nothing_overtakes_a_newer_message_and_others_go_on(adapters: Adapters) -> None:
    first, second = waiting(adapters), waiting(adapters)
    go_on, other = Continue(execution=first.execution_id), Continue(execution=second.execution_id)
    news: JsonDict = {"kind": "news", "execution": first.execution_id, "format": codec.FORMAT + 1}
    event = lambda_event(go_on, news, go_on, other)
    event["Records"][3]["attributes"] = {"MessageGroupId": "another"}
    assert step.handle(event, first.process.advance, first.process.removal, lambda: True) == failed(1, 2)


def test_messages_of_the_version_before_are_understood(adapters: Adapters) -> None:
    rig = waiting(adapters)
    part = ids.partition(rig.execution_id)
    action_id = ids.action_id(part, ActionKey(rig.tasks()[0].key, 1))
    result: JsonDict = {"event": "ended", "action": action_id, "state": "SUCCESS", "result": {"value": {}}}
    assert rig.hand_over({"execution": rig.execution_id, **result}) == failed()
    rig.settle()
    assert rig.outcome()["state"] == "SUCCESS"


def test_a_definition_of_a_newer_version_is_left_alone(adapters: Adapters) -> None:
    rig = waiting(adapters)
    kept, settings = adapters.definitions, adapters.backend.settings
    items = bound_items(settings.definitions_table, settings.region, settings.endpoint_url)
    record = kept.by_name("workflow", CALLER.project_id, "", rig.name)
    assert record is not None
    item = items.get(*keys(record)[0])
    item.record = {**item.record, "format": NEWER}
    item.save()
    for act in (
        lambda: kept.by_name("workflow", CALLER.project_id, "", rig.name),
        lambda: rig.process.definitions.update_workflows(CALLER, PLAIN.replace("WORKFLOW", rig.name), "", "private"),
    ):
        with pytest.raises(NewerFormat):
            act()
    assert items.get(*keys(record)[0]).record["format"] == NEWER

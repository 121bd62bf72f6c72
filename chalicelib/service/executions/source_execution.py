"""What an execution was started with, for another one that is to be started from it."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core import ids
from chalicelib.core.engine.state.effects import PARAMETER as NOTIFY
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Run
from chalicelib.core.values import Value
from chalicelib.ports.runs import Runs
from chalicelib.ports.values import Values
from chalicelib.service.outgoing.notifications import SERVICE

_OF_THE_ENGINE = ("root_execution_id", "task_execution_id", "index")
"""Parameters that the engine gives to sub-executions."""


@dataclass(frozen=True, slots=True)
class Former:
    """Input, parameters and environment of an execution; the latter evaluated, and as it is now."""

    input: JsonDict
    params: JsonDict
    env: JsonDict


def former(runs: Runs, values: Values, run: Run) -> Former:
    """What `run` was started with, less what the engine added.

    A sub-execution has the environment of its root, which is the one that its expressions read. Raises `NotFound` if a
    large value is gone.
    """
    start = run.start
    params = _mapping(values, start.params)
    root = runs.run(ids.partition(start.root_execution_id)) if start.root_execution_id is not None else run
    added = {"env", *(_OF_THE_ENGINE if start.origin is not None else ())}
    if params.get("namespace") == start.workflow_namespace:
        added.add("namespace")  # filled in; the new execution may be of another namespace
    own = {name: value for name, value in params.items() if name not in added}
    if isinstance(heard := own.get(NOTIFY), list):
        own[NOTIFY] = [one for one in heard if not _of_the_service(one)]
    return Former(_mapping(values, start.input), own, {} if root is None else _environment(values, root))


def _environment(values: Values, run: Run) -> JsonDict:
    if run.head.env is not None:
        return _mapping(values, run.head.env)
    env = _mapping(values, run.start.params).get("env")
    return env if isinstance(env, dict) else {}


def _of_the_service(listener: Json) -> bool:
    return isinstance(listener, dict) and listener.get("type") == SERVICE


def _mapping(values: Values, value: Value) -> JsonDict:
    plain = values.load(value)
    return plain if isinstance(plain, dict) else {}

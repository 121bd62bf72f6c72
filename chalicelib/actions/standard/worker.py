"""`std.worker`: an action that an external worker carries out.

Workers announce what they offer as ad-hoc actions over this one, so that it is listed and validated like any other.
Nothing runs here: the order goes to the queue of the worker
(`chalicelib/service/outgoing/worker_orders.py`), unless none is set up.
"""

from __future__ import annotations

from typing import NoReturn

from chalicelib import errors
from chalicelib.actions.runtime.action_type import ActionContext, ActionType, Outside
from chalicelib.core.jsontext import JsonDict
from chalicelib.core.language.spec import Parameter
from chalicelib.core.resolved_action import WORKER


def _nobody(given: JsonDict, context: ActionContext, outside: Outside) -> NoReturn:
    raise errors.ActionFailed("External workers are not set up here: TARGET_QUEUE_PREFIX is empty.")


def _check(given: JsonDict) -> str | None:
    for name in ("name", "target"):
        if not isinstance(given[name], str) or not given[name]:
            return f"Parameter '{name}' must be a text."
    return None if isinstance(given.get("input", {}), dict) else "Parameter 'input' must be an object."


ACTIONS = (
    ActionType(
        name=WORKER,
        description="Has an external worker that reads the queue `target` run its action `name` with `input`.",
        class_name="meltemi.actions.worker.WorkerAction",
        run=_nobody,
        parameters=(Parameter("name"), Parameter("target"), Parameter("input", {})),
        is_sync=False,
        check=_check,
    ),
)

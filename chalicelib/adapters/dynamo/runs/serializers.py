"""Serializers: rows of a run to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.dynamo.runs.codec import (
    Plain,
    index_in,
    index_out,
    moment,
    time_in,
    time_out,
    value_in,
    value_out,
    values_in,
    values_out,
)
from chalicelib.core.model import Action, Context, Delay, DelayKind, Head, Origin, Start, Task
from chalicelib.core.progress import Asking, Progress, Work, WorkKind
from chalicelib.core.resolved_action import Base
from chalicelib.core.security import SecurityContext
from chalicelib.core.states import State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.core.with_items import Items


def base_out(base: Base | None) -> list[Any] | None:
    """The action that runs; nothing where there is none."""
    return None if base is None else [base.name, value_out(base.input), list(base.versions)]


def base_in(plain: list[Any] | None) -> Base | None:
    """The action that runs, as it was written."""
    return None if plain is None else Base(plain[0], value_in(plain[1]), tuple(plain[2]))


def items_out(items: Items | None) -> Plain | None:
    """What a task remembers of its items, as it is written."""
    if items is None:
        return None
    plain = {
        "nm": items.name,
        "so": value_out(items.sources),
        "co": items.count,
        "ba": items.base,
        "st": items.started,
        "en": items.ended,
        "fa": items.failed,
        "pa": items.paused,
        "li": items.concurrency,
        "ok": items.tolerated,
        "to": items.timeout,
        "wi": items.wiped,
        "re": items.redone,
        "se": items.seen,
        "do": None if items.done is None else value_out(items.done),
    }
    return {name: value for name, value in plain.items() if value}


def items_in(plain: Plain | None) -> Items | None:
    """What a task remembers of its items, as it was written."""
    if plain is None:
        return None
    return Items(
        name=plain.get("nm", ""),
        sources=value_in(plain["so"]),
        count=plain.get("co", 0),
        base=plain.get("ba", 0),
        started=plain.get("st", 0),
        ended=plain.get("en", 0),
        failed=plain.get("fa", 0),
        paused=plain.get("pa", 0),
        concurrency=plain.get("li", 0),
        tolerated=plain.get("ok", 0),
        timeout=plain.get("to", 0),
        wiped=plain.get("wi", 0),
        redone=plain.get("re", 0),
        seen=plain.get("se", 0),
        done=value_in(plain["do"]) if "do" in plain else None,
    )


def progress_out(progress: Progress) -> Plain:
    """The progress of a run, as it is written."""
    keys = {"en": progress.ends, "fa": progress.failed}
    plain = {
        "se": f"{progress.seen:x}",
        "bu": f"{progress.busy:x}",
        "wa": f"{progress.waiting:x}",
        "in": _counts_out(progress.instances),
        "cr": _counts_out(progress.crowds),
        "fi": {str(place): f"{mask:x}" for place, mask in progress.fired.items()},
        "mi": {str(place): f"{mask:x}" for place, mask in progress.missed.items()},
        "ac": progress.active,
        "pa": progress.paused,
        "cd": progress.created,
        "wo": [_work_out(work) for work in progress.work],
        "bl": [_work_out(work) for work in progress.backlog],
        "as": _asking_out(progress.asking),
        "sy": f"{progress.strays:x}",
        "me": progress.message,
    }
    shown = {name: value for name, value in plain.items() if value and value != "0"}
    return shown | {name: None if found is None else [list(key) for key in found] for name, found in keys.items()}


def progress_in(plain: Plain) -> Progress:
    """The progress of a run, as it was written."""
    return Progress(
        seen=int(plain.get("se", "0"), 16),
        busy=int(plain.get("bu", "0"), 16),
        waiting=int(plain.get("wa", "0"), 16),
        instances=_counts_in(plain.get("in", {})),
        crowds=_counts_in(plain.get("cr", {})),
        fired={int(place): int(mask, 16) for place, mask in plain.get("fi", {}).items()},
        missed={int(place): int(mask, 16) for place, mask in plain.get("mi", {}).items()},
        active=plain.get("ac", 0),
        paused=plain.get("pa", 0),
        created=plain.get("cd", 0),
        ends=_keys_in(plain["en"]),
        failed=_keys_in(plain["fa"]),
        work=tuple(_work_in(work) for work in plain.get("wo", ())),
        backlog=tuple(_work_in(work) for work in plain.get("bl", ())),
        asking=_asking_in(plain.get("as")),
        strays=int(plain.get("sy", "0"), 16),
        message=plain.get("me"),
    )


def _keys_in(plain: list[list[int]] | None) -> tuple[TaskKey, ...] | None:
    return None if plain is None else tuple(TaskKey(*key) for key in plain)


def _counts_out(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(place): count for place, count in counts.items()}


def _counts_in(plain: Mapping[str, int]) -> dict[int, int]:
    return {int(place): count for place, count in plain.items()}


def _work_out(work: Work) -> list[Any]:
    return [str(work.kind), list(work.task) if work.task is not None else None, work.cursor]


def _work_in(plain: list[Any]) -> Work:
    kind, task, cursor = plain
    return Work(WorkKind(kind), TaskKey(*task) if task is not None else None, cursor)


def _asking_out(asking: Asking | None) -> list[Any] | None:
    return None if asking is None else [str(asking.state), *asking.task, asking.number, asking.every]


def _asking_in(plain: list[Any] | None) -> Asking | None:
    if plain is None:
        return None
    state, place, instance, number, *every = plain  # earlier versions did not write `every`
    return Asking(State(state), TaskKey(place, instance), number, bool(every and every[0]))


def start_out(start: Start) -> Plain:
    """An immutable start row."""
    return {
        "id": start.id,
        "pr": start.project_id,
        "wi": start.workflow_id,
        "wn": start.workflow_name,
        "ns": start.workflow_namespace,
        "df": start.definition,
        "in": value_out(start.input),
        "pa": value_out(start.params),
        "va": values_out(start.vars),
        "de": start.description,
        "tg": list(start.tags),
        "ca": time_out(start.created_at),
        "ro": start.root_execution_id,
        "tk": start.task_execution_id,
        "og": _origin_out(start.origin),
        **({"rq": start.request} if start.request else {}),
        **({"tr": start.trace} if start.trace else {}),
        **({"sc": start.security.plain()} if start.security is not None else {}),
    }


def start_in(plain: Plain) -> Start:
    """A start row as it was written."""
    return Start(
        id=plain["id"],
        project_id=plain["pr"],
        workflow_id=plain["wi"],
        workflow_name=plain["wn"],
        workflow_namespace=plain["ns"],
        definition=plain["df"],
        input=value_in(plain["in"]),
        params=value_in(plain["pa"]),
        vars=values_in(plain["va"]) or {},
        description=plain["de"],
        tags=tuple(plain["tg"]),
        created_at=moment(plain["ca"]),
        root_execution_id=plain["ro"],
        task_execution_id=plain["tk"],
        origin=_origin_in(plain.get("og")),
        request=plain.get("rq"),
        trace=plain.get("tr"),
        security=SecurityContext.of(plain.get("sc")),
    )


def head_out(head: Head) -> Plain:
    """A head row, without its version, which is an attribute of its own."""
    return {
        "st": str(head.state),
        "si": head.state_info,
        "ou": value_out(head.output),
        "de": head.description,
        "en": value_out(head.env),
        "gl": index_out(head.globals),
        "pg": progress_out(head.progress),
        "ob": list(head.outbox),
        "he": head.heeded,
        "un": head.unsure,
        "ua": time_out(head.updated_at),
    }


def head_in(plain: Plain, version: int, kept: tuple[Task, ...]) -> Head:
    """A head row as it was written."""
    return Head(
        version=version,
        state=State(plain["st"]),
        state_info=plain["si"],
        output=value_in(plain["ou"]),
        description=plain["de"],
        env=value_in(plain["en"]),
        globals=index_in(plain["gl"]),
        progress=progress_in(plain["pg"]),
        outbox=tuple(plain["ob"]),
        heeded=plain.get("he", 0),
        unsure=plain["un"],
        kept=kept,
        updated_at=moment(plain["ua"]),
    )


def task_out(task: Task) -> Plain:
    """A task row; fields that say nothing are left out."""
    plain = {
        "ky": list(task.key),
        "nm": task.name,
        "or": task.order,
        "st": str(task.state),
        "si": task.state_info,
        "ki": None if task.kind == "ACTION" else task.kind,
        "cx": index_out(task.context.names),
        "cb": task.context.base,
        "pb": values_out(task.published),
        "pg": values_out(task.published_global),
        "mg": values_out(task.merged),
        "ag": task.again,
        "fz": values_out(task.frozen),
        "nx": [list(command) for command in task.next],
        "hn": task.has_next,
        "eh": task.error_handled,
        "pc": task.processed,
        "tb": [[*key, event] for key, event in task.triggered_by],
        "rt": task.runtime,
        "ac": None if task.action is None else action_out(task.action),
        "at": task.attempts,
        "su": task.superseded,
        "it": items_out(task.items),
        "dl": _delay_out(task.delay),
        "rn": task.run,
        "wk": task.wakes,
        "tg": list(task.tags),
        "ca": time_out(task.created_at),
        "ua": time_out(task.updated_at),
        "sa": time_out(task.started_at),
        "fa": time_out(task.finished_at),
    }
    return {name: value for name, value in plain.items() if value or name == "ky"}


def task_in(plain: Plain) -> Task:
    """A task row as it was written."""
    key = TaskKey(*plain["ky"])
    return Task(
        key=key,
        name=plain["nm"],
        order=plain.get("or", 0),
        state=State(plain["st"]),
        state_info=plain.get("si"),
        kind=plain.get("ki", "ACTION"),
        context=Context(index_in(plain.get("cx", {})), plain.get("cb")),
        published=values_in(plain.get("pb")),
        published_global=values_in(plain.get("pg")),
        merged=values_in(plain.get("mg")) or {},
        again=plain.get("ag", False),
        frozen=values_in(plain.get("fz")) or {},
        next=tuple((target, event, params) for target, event, params in plain.get("nx", ())),
        has_next=plain.get("hn", False),
        error_handled=plain.get("eh", False),
        processed=plain.get("pc", False),
        triggered_by=tuple((TaskKey(place, instance), event) for place, instance, event in plain.get("tb", ())),
        runtime=plain.get("rt", {}),
        action=action_in(key, plain["ac"]) if "ac" in plain else None,
        attempts=plain.get("at", 0),
        superseded=plain.get("su", 0),
        items=items_in(plain.get("it")),
        delay=_delay_in(plain.get("dl")),
        run=plain.get("rn", 0),
        wakes=plain.get("wk", 0),
        tags=tuple(plain.get("tg", ())),
        created_at=moment(plain["ca"]),
        updated_at=moment(plain["ua"]),
        started_at=time_in(plain.get("sa")),
        finished_at=time_in(plain.get("fa")),
    )


def action_out(action: Action) -> Plain:
    """An action execution, inside its task's row or in one of its own."""
    rare: Plain = {"ix": action.index, "hd": action.heard, "ba": base_out(action.base)}
    return {name: value for name, value in rare.items() if value} | {
        "no": action.key.number,
        "nm": action.name,
        "st": str(action.state),
        "in": value_out(action.input),
        "ou": value_out(action.output),
        "ok": action.accepted,
        "si": action.state_info,
        "sy": action.is_sync,
        "sr": action.safe_rerun,
        "to": action.timeout,
        "ca": time_out(action.created_at),
        "ua": time_out(action.updated_at),
    }


def action_in(task: TaskKey, plain: Plain) -> Action:
    """An action execution as it was written."""
    return Action(
        key=ActionKey(task, plain["no"]),
        name=plain["nm"],
        state=State(plain["st"]),
        input=value_in(plain["in"]),
        output=value_in(plain["ou"]),
        accepted=plain["ok"],
        state_info=plain["si"],
        is_sync=plain["sy"],
        safe_rerun=plain["sr"],
        timeout=plain["to"],
        index=plain.get("ix", 0),
        heard=plain.get("hd", 0),
        base=base_in(plain.get("ba")),
        created_at=moment(plain["ca"]),
        updated_at=moment(plain["ua"]),
    )


def _origin_out(origin: Origin | None) -> list[Any] | None:
    if origin is None:
        return None
    return [origin.execution_id, origin.number, time_out(origin.created_at)]


def _origin_in(plain: list[Any] | None) -> Origin | None:
    if plain is None:
        return None
    execution_id, number, *created = plain  # earlier versions did not write the time
    return Origin(execution_id, number, time_in(created[0]) if created else None)


def _delay_out(delay: Delay | None) -> list[Any] | None:
    return None if delay is None else [str(delay.kind), str(delay.state), delay.state_info]


def _delay_in(plain: list[Any] | None) -> Delay | None:
    return None if plain is None else Delay(DelayKind(plain[0]), State(plain[1]), plain[2])

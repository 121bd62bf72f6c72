"""The data that expressions see: layers of variables, the first that has a name wins (engine rules §3.1).

Nothing is loaded until an expression asks for it by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.core import ids, security
from chalicelib.core.engine.data import context
from chalicelib.core.engine.state.draft import Draft
from chalicelib.core.jsontext import Json, JsonDict
from chalicelib.core.model import Context, Run, Source, SourceKind, Task
from chalicelib.core.security import SecurityContext
from chalicelib.core.values import TaskKey, Value

FINAL = TaskKey(-1, -1)
"""Stands for the task where all ends of a run meet: values merged there are in no row."""


class Branch(Mapping[str, Json]):
    """The variables of a branch context, each looked up where it was published; `merged` are those of `FINAL`."""

    def __init__(self, draft: Draft, inbound: Context, merged: Mapping[str, Value] | None = None) -> None:
        self._draft = draft
        self._names: Mapping[str, Source] = context.names(draft, inbound)
        self._merged = merged or {}

    def __getitem__(self, name: str) -> Json:
        source = self._names[name]
        if source.kind is SourceKind.MERGED and source.task == FINAL:
            return self._draft.load(self._merged[name])
        return context.value_of(self._draft, name, source)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Stored(Mapping[str, Json]):
    """Variables of which some are kept outside the rows."""

    def __init__(self, draft: Draft, values: Mapping[str, Value]) -> None:
        self._draft = draft
        self._values = values

    def __getitem__(self, name: str) -> Json:
        return self._draft.load(self._values[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Whole(Mapping[str, Json]):
    """A mapping that is kept as one value and loaded when it is first needed."""

    def __init__(self, draft: Draft, value: Value) -> None:
        self._draft = draft
        self._value = value

    def _loaded(self) -> JsonDict:
        value = self._draft.load(self._value)
        return value if isinstance(value, dict) else {}

    def __getitem__(self, name: str) -> Json:
        return self._loaded()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._loaded()

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())


class Environment(Mapping[str, Json]):
    """The environment as the single name `__env`, looked up when it is first needed."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __getitem__(self, name: str) -> Json:
        if name != "__env":
            raise KeyError(name)
        return environment(self._draft)

    def __contains__(self, name: object) -> bool:
        return name == "__env"

    def __iter__(self) -> Iterator[str]:
        return iter(("__env",))

    def __len__(self) -> int:
        return 1


class Security(Mapping[str, Json]):
    """Who the run was asked for by as the single name `openstack`, if that is known; looked up when it is first needed.

    Of a sub-execution, that is known of its root.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def _known(self) -> SecurityContext | None:
        start = self._draft.start
        if start.root_execution_id is None:
            return start.security
        root = self._draft.relative(start.root_execution_id)
        return None if root is None else root.start.security

    def __getitem__(self, name: str) -> Json:
        known = self._known() if name == security.VARIABLE else None
        if known is None:
            raise KeyError(name)
        return known.shown(self._draft.start.project_id)

    def __contains__(self, name: object) -> bool:
        return name == security.VARIABLE and self._known() is not None

    def __iter__(self) -> Iterator[str]:
        return iter((security.VARIABLE,) if self._known() is not None else ())

    def __len__(self) -> int:
        return 0 if self._known() is None else 1


class Layers(Mapping[str, Json]):
    """Several layers seen as one; the first that has a name wins."""

    def __init__(self, *layers: Mapping[str, Json]) -> None:
        self._layers = layers

    def __getitem__(self, name: str) -> Json:
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for layer in self._layers for name in layer))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Scopes:
    """The layers of the run at hand, by the place where an expression stands."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def env(self) -> Mapping[str, Json]:
        """The single key `__env`."""
        return Environment(self._draft)

    def workflow(self) -> Layers:
        """Globals, vars and reserved entries, then the input."""
        return Layers(self._declared(), Whole(self._draft, self._draft.start.input))

    def _declared(self) -> Layers:
        draft = self._draft
        reserved: Mapping[str, Json] = {"__execution": {"id": draft.start.id}}
        global_names = Branch(draft, Context(draft.head.globals))
        return Layers(global_names, Stored(draft, draft.start.vars), reserved, Security(draft))

    def opening(self) -> Layers:
        """For `vars`, before the run exists."""
        return Layers(self.env(), self.workflow())

    def before(self, task: Task, items: Mapping[str, Json] | None = None) -> Layers:
        """For input, names and policies of a task. A branch variable beats an item of its name (§12)."""
        return Layers(_current(self._draft, task), self.env(), self._inbound(task), items or {}, self.workflow())

    def target(self, task: Task, given: Mapping[str, Json], items: Mapping[str, Json] | None = None) -> Layers:
        """For the target of a task's action, which is known by its evaluated input."""
        return Layers(given, self._inbound(task), items or {}, self.env(), self.workflow())

    def base(self, task: Task, given: Mapping[str, Json]) -> Layers:
        """For `base-input` of an ad-hoc action: no input of the workflow, no current task (§3.1)."""
        return Layers(given, self._inbound(task), self.env(), self._declared())

    def publication(self, task: Task) -> Layers:
        """For what a task publishes."""
        return Layers(_current(self._draft, task), self._inbound(task), self.env(), self.workflow())

    def transition(self, task: Task, outbound: Context) -> Layers:
        """For guards and parameters of commands."""
        after = Branch(self._draft, outbound)
        return Layers(_current(self._draft, task), after, self.env(), self.workflow())

    def retry(self, task: Task, outbound: Context) -> Layers:
        """For the conditions of `retry`, which see what the task has just published."""
        return Layers(_current(self._draft, task), self.env(), Branch(self._draft, outbound), self.workflow())

    def output(self, final: Mapping[str, Json]) -> Layers:
        """For the output clauses of the workflow."""
        return Layers(final, self.env(), self.workflow())

    def _inbound(self, task: Task) -> Branch:
        return Branch(self._draft, task.context)


def environment(draft: Draft) -> JsonDict:
    """The environment that expressions see: of a sub-execution, that of the root as it is now (engine rules §14)."""
    root_id = draft.start.root_execution_id
    if root_id is None:
        return own_environment(draft)
    root = draft.relative(root_id)
    return {} if root is None else _environment(draft, root)


def own_environment(draft: Draft) -> JsonDict:
    """The environment among the parameters of this run, updates included."""
    return _environment(draft, Run(draft.start, draft.head))


def _environment(draft: Draft, run: Run) -> JsonDict:
    if run.head.env is not None:
        env = draft.load(run.head.env)
    else:
        params = draft.load(run.start.params)
        env = params.get("env") if isinstance(params, dict) else None
    return env if isinstance(env, dict) else {}


def _current(draft: Draft, task: Task) -> Mapping[str, Json]:
    from_id: JsonDict = {"id": task_id(draft, task), "name": task.name}
    return {"__task_execution": from_id}


def task_id(draft: Draft, task: Task) -> str:
    """The id of a task execution of this run."""
    return ids.task_id(draft.part, task.key)

"""How a run begins: input and environment are checked and resolved, then there is a run (engine rules §2).

Whatever fails here fails the request; no run exists then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.core.engine.data import messages, requirements
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes
from chalicelib.core.engine.state.draft import Draft, Limits
from chalicelib.core.engine.state.interfaces import Actions, Rows
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json, JsonDict, deep_merge
from chalicelib.core.language.spec import WorkflowSpec, WorkflowType
from chalicelib.core.model import Origin, Run, Start, opened
from chalicelib.core.security import SecurityContext
from chalicelib.errors import InputError, InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a caller starts a run with; `env` in `params` is a mapping by now."""

    id: str
    project_id: str
    workflow_id: str
    workflow_namespace: str
    definition: str
    input: JsonDict
    params: JsonDict
    description: str | None
    now: datetime
    origin: Origin | None = None
    task_execution_id: str | None = None
    root_execution_id: str | None = None
    evaluated_env: JsonDict = field(default_factory=dict)
    """What `env` is laid over: expressions that were evaluated before are not evaluated twice."""
    request: str | None = None
    trace: str | None = None
    security: SecurityContext | None = None


def open_run(
    spec: WorkflowSpec, opening: Opening, rows: Rows, actions: Actions, limits: Limits | None = None
) -> tuple[Run, Mapping[str, bytes]]:
    """The run as it is right after the request, and the large values it refers to.

    Raises `InputError` for an input that does not fit, `ExpressionError` from `env` or `vars`, `InvalidRequest` for
    parameters of a wrong type, `SizeLimitExceeded`.
    """
    check_input(spec, opening.input)
    requirements.check_target(spec, opening.params.get(requirements.TARGET))
    given = {**opening.input, **{name: value for name, value in spec.defaults.items() if name not in opening.input}}
    draft = Draft(_bare(spec, opening), spec, rows, actions, opening.now, limits)
    messages.check_size(draft, "input", given)
    params = _params(draft, opening)
    messages.check_size(draft, "params", params)
    draft.start = replace(draft.start, input=draft.keep(given), params=draft.keep(params))
    values = evaluate(dict(spec.vars), Scopes(draft).opening(), Answers(draft))
    kept = draft.keep_all(values) if isinstance(values, dict) else {}
    return Run(replace(draft.start, vars=kept), draft.head), draft.blobs


def check_input(spec: WorkflowSpec, given: Mapping[str, Json]) -> None:
    """Raise `InputError` unless `given` has all that is required and nothing that is not declared."""
    declared = {parameter.name for parameter in spec.parameters}
    missing = [p.name for p in spec.parameters if p.required and p.name not in given]
    unexpected = sorted(name for name in given if name not in declared)
    if not missing and not unexpected:
        return
    kind = "ReverseWorkflowSpec" if spec.type is WorkflowType.REVERSE else "DirectWorkflowSpec"
    parts = [f"missing={missing}"] if missing else []
    parts += [f"unexpected={unexpected}"] if unexpected else []
    raise InputError(f"Invalid input [name={spec.name}, class={kind}, {', '.join(parts)}]")


def _bare(spec: WorkflowSpec, opening: Opening) -> Run:
    start = Start(
        id=opening.id,
        project_id=opening.project_id,
        workflow_id=opening.workflow_id,
        workflow_name=spec.name,
        workflow_namespace=opening.workflow_namespace,
        definition=opening.definition,
        input={},
        params={},
        description=opening.description,
        tags=spec.tags,
        created_at=opening.now,
        origin=opening.origin,
        task_execution_id=opening.task_execution_id,
        root_execution_id=opening.root_execution_id,
        request=opening.request,
        trace=opening.trace,
        security=opening.security,
    )
    return Run(start, opened(start))


def _params(draft: Draft, opening: Opening) -> JsonDict:
    """The parameters as stored: `env` evaluated once unless `evaluate_env` is false, `namespace` filled in."""
    params = dict(opening.params)
    params.setdefault("namespace", opening.workflow_namespace)
    env = params.get("env")
    if env is None:
        env = {}
    if not isinstance(env, dict):
        raise InvalidRequest(f"Unexpected value type for environment [env={env}, type={type(env)}]")
    if params.get("evaluate_env", True):
        whole = deep_merge(opening.evaluated_env, env)
        draft.start = replace(draft.start, params={**params, "env": whole})
        evaluated = evaluate(env, {"__env": whole}, Answers(draft))
        env = evaluated if isinstance(evaluated, dict) else {}
    return {**params, "env": deep_merge(opening.evaluated_env, env)}

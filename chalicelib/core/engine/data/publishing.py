"""What a completed task publishes: to its branch, and to everybody (engine rules §3.2, §3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.core.engine.data import messages
from chalicelib.core.engine.data.expression_host import Answers
from chalicelib.core.engine.data.scopes import Scopes
from chalicelib.core.engine.state.draft import SMALL_BYTES, Draft
from chalicelib.core.expressions import evaluate
from chalicelib.core.jsontext import Json, JsonDict, deep_merge
from chalicelib.core.language.spec import Publication, TaskSpec
from chalicelib.core.model import Source, SourceKind, Task
from chalicelib.core.states import ERROR, SKIPPED, SUCCESS
from chalicelib.core.values import Blob, Value


def publish(draft: Draft, task: Task) -> Task:
    """The task with what it publishes in its state. Raises `ExpressionError` and `SizeLimitExceeded`."""
    publication = publication_of(draft.spec_of(task), task)
    if not publication:
        return task
    scope, answers = Scopes(draft).publication(task), Answers(draft, task)
    branch = _evaluated(publication.branch, scope, answers)
    everywhere = _evaluated(publication.everywhere, scope, answers)
    messages.check_size(draft, "published", branch)
    kept, kept_global = draft.keep_all(branch), draft.keep_all(everywhere)
    _publish_global(draft, everywhere)
    return draft.put(replace(task, published=kept or None, published_global=kept_global or None))


def publication_of(spec: TaskSpec, task: Task) -> Publication:
    """What the definition says about publishing in the state of `task`."""
    if task.state is SUCCESS:
        return spec.publish_on_success
    if task.state is ERROR:
        return spec.publish_on_error
    return spec.publish_on_skip if task.state is SKIPPED else Publication()


def _evaluated(values: Mapping[str, Json], scope: Mapping[str, Json], answers: Answers) -> JsonDict:
    value = evaluate(dict(values), scope, answers)
    return value if isinstance(value, dict) else {}


def _publish_global(draft: Draft, values: JsonDict) -> None:
    if not values:
        return
    known = Scopes(draft).workflow()
    sources = dict(draft.head.globals)
    for name, value in values.items():
        old = known[name] if name in sources or name in draft.start.vars else None
        whole = deep_merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        sources[name] = _source(draft.keep(whole, SMALL_BYTES))
    draft.set_head(globals=sources)


def _source(value: Value) -> Source:
    """Globals live in the head: all but small ones as references, so that the head stays small."""
    return Source(SourceKind.BLOB if isinstance(value, Blob) else SourceKind.INLINE, 1, value)

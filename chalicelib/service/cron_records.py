"""The records of cron triggers: how they change when something has happened, and what goes with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.ports import DefinitionChange, DefinitionRecord, DefinitionStore
from chalicelib.service.cron_facts import CronFacts
from chalicelib.service.definitions_kinds import CRON_TWIN


def with_facts(record: DefinitionRecord, facts: CronFacts, updated_at: datetime | None) -> DefinitionRecord:
    """The next version of a record, due when its facts say so."""
    return replace(
        record,
        version=record.version + 1,
        facts={**record.facts, **facts.plain()},
        due=facts.due(record.id),
        updated_at=updated_at,
    )


def removal(store: DefinitionStore, record: DefinitionRecord) -> list[DefinitionChange]:
    """What removes a trigger, together with what reserves its times."""
    named = record.facts.get("twin")
    twin = store.by_name(CRON_TWIN.name, record.project_id, "", str(named)) if named else None
    return [DefinitionChange(record, None), *([DefinitionChange(twin, None)] if twin else [])]

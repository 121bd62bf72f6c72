"""Every route of the REST API."""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.entry.api import (
    action_executions,
    actions,
    code_sources,
    cron_triggers,
    dynamic_actions,
    environments,
    event_triggers,
    executions,
    maintenance,
    members,
    root,
    routing,
    tasks,
    trees,
    validators,
    workbooks,
    workflows,
)

BLUEPRINTS = (
    root.api,
    maintenance.api,
    validators.api,
    workbooks.api,
    workflows.api,
    members.api,
    actions.api,
    environments.api,
    code_sources.api,
    dynamic_actions.api,
    cron_triggers.api,
    event_triggers.api,
    executions.api,
    tasks.api,
    trees.api,
    action_executions.api,
)


def api(name: str) -> Chalice:
    """A Chalice application that knows the routes of the REST API."""
    app = Chalice(app_name=name)
    app.register_middleware(routing.middleware, "http")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app

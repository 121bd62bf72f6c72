"""Every route of the REST API."""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.entry.api import (
    action_executions,
    actions,
    environments,
    executions,
    members,
    root,
    routing,
    tasks,
    validators,
    workbooks,
    workflows,
)

BLUEPRINTS = (
    root.api,
    validators.api,
    workbooks.api,
    workflows.api,
    members.api,
    actions.api,
    environments.api,
    executions.api,
    tasks.api,
    action_executions.api,
)


def api(name: str) -> Chalice:
    """A Chalice application that knows the routes of the REST API."""
    app = Chalice(app_name=name)
    app.register_middleware(routing.middleware, "http")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app

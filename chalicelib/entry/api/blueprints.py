"""Every route of the REST API."""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.entry.api import (
    action_executions,
    actions,
    bulk,
    cors,
    description,
    environments,
    executions,
    manners,
    root,
    tasks,
    validators,
    workbooks,
    workflows,
)
from chalicelib.wiring import services

BLUEPRINTS = (
    root.api,
    description.api,
    validators.api,
    workbooks.api,
    workflows.api,
    actions.api,
    environments.api,
    bulk.api,
    executions.api,
    tasks.api,
    action_executions.api,
)


def api(name: str) -> Chalice:
    """A Chalice application that knows the routes of the REST API."""
    app = Chalice(app_name=name)
    app.register_middleware(manners.middleware, "http")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cors.answer_preflights(app, lambda: services().settings.cors_origins)
    return app

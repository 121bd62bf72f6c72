"""Every route of the REST API."""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.bootstrap.container import services
from chalicelib.entry.api.http import cors, middleware
from chalicelib.entry.api.openapi import description
from chalicelib.entry.api.resources import (
    action_executions,
    actions,
    bulk,
    code_sources,
    cron_triggers,
    dynamic_actions,
    environments,
    event_triggers,
    executions,
    links,
    maintenance,
    members,
    root,
    signals,
    tasks,
    trees,
    validators,
    workbooks,
    worker_reports,
    workflows,
)

BLUEPRINTS = (
    root.api,
    description.api,
    maintenance.api,
    validators.api,
    workbooks.api,
    workflows.api,
    members.api,
    actions.api,
    environments.api,
    bulk.api,
    code_sources.api,
    dynamic_actions.api,
    cron_triggers.api,
    event_triggers.api,
    signals.api,
    links.api,
    executions.api,
    tasks.api,
    trees.api,
    action_executions.api,
    worker_reports.api,
)


def api(name: str) -> Chalice:
    """A Chalice application that knows the routes of the REST API."""
    app = Chalice(app_name=name)
    app.register_middleware(middleware.middleware, "http")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cors.answer_preflights(app, lambda: services().settings.cors_origins)
    return app

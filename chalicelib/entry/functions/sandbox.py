"""The sandbox function: runs code that users wrote, with no rights.

Loaded alone, without `app.py`: neither settings nor services are built here, no table and no queue is known.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.actions.user_code.sandbox_function import carry_out

functions = Blueprint(__name__)


@functions.lambda_function(name="sandbox")
def sandbox(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One class or script; see `chalicelib.actions.user_code.sandbox_function`."""
    return carry_out(event, context.get_remaining_time_in_millis() / 1000)

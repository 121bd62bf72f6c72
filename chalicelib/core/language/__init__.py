"""Workflow Language v2: YAML text to frozen specs.

text ── load ──▶ values ── shapes, check ──▶ body ── build ──▶ spec ── graph ──▶ Definition
                                              stored ── build ──▶ spec          (no checks: a cold start)
"""

from chalicelib.core.language.build import action_spec, workflow_spec
from chalicelib.core.language.parse import check_name, parse_actions, parse_workbook, parse_workflows

__all__ = ["action_spec", "check_name", "parse_actions", "parse_workbook", "parse_workflows", "workflow_spec"]

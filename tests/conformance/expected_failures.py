"""Cases of the corpus that do not pass, by reason. The list only shrinks: a listed case that passes is an error."""

from __future__ import annotations

_BY_REASON = {
    "'workflow' tasks are not supported yet": [
        "control/cancel_child_only",
        "control/cancel_subworkflow_tree",
        "control/pause_in_subworkflow",
        "control/rerun_in_subworkflow",
        "control/skip_in_subworkflow",
        "policies/retry_subworkflow",
        "subworkflows/context_is_not_inherited",
        "subworkflows/dynamic_name",
        "subworkflows/env_is_inherited",
        "subworkflows/error_propagates",
        "subworkflows/inline_parameters",
        "subworkflows/input_and_output",
        "subworkflows/missing_input",
        "subworkflows/parallel_subworkflows_joined",
        "subworkflows/published_in_child_output_only",
        "subworkflows/recursion",
        "subworkflows/unexpected_input",
        "subworkflows/unknown_workflow",
        "yaql/executions_function",
    ],
    "reverse workflows are not supported yet": [
        "reverse/reverse_as_subworkflow",
    ],
    "items of a task cannot be run again one by one yet": [
        "control/rerun_with_items_no_reset_first",
    ],
    "tasks cannot be run again or skipped yet": [
        "control/rerun_calling_task",
    ],
    "std.js is not there yet": [
        "std_actions/js_basic",
        "std_actions/js_error",
    ],
    "ad-hoc actions are stored, but cannot be run yet": [
        "adhoc_actions/async_base",
        "adhoc_actions/base_input_and_defaults",
        "adhoc_actions/chained",
        "adhoc_actions/extra_input",
        "adhoc_actions/jinja_in_adhoc",
        "adhoc_actions/missing_input",
        "adhoc_actions/output_transformation",
        "adhoc_actions/unknown_base",
        "std_actions/run_adhoc",
    ],
    "ad-hoc actions and sub-workflows of workbooks cannot be run yet": [
        "workbooks/global_from_workbook",
        "workbooks/local_names",
        "workbooks/local_wins_over_global",
    ],
}

EXPECTED_FAILURES = {case: reason for reason, cases in _BY_REASON.items() for case in cases}
"""Case to reason."""

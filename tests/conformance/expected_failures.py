"""Cases of the corpus that do not pass, by reason. The list only shrinks: a listed case that passes is an error."""

from __future__ import annotations

_BY_REASON = {
    "'with-items' is not supported yet": [
        "control/rerun_with_items_no_reset_first",
        "control/rerun_with_items_reset",
        "limits/with_items_fifty",
        "reverse/reverse_with_items_and_policy",
        "std_actions/echo_values",
        "std_actions/fail_error_data",
        "std_actions/http_status_range",
        "with_items/action_name_from_item",
        "with_items/all_items_fail",
        "with_items/concurrency_expression",
        "with_items/concurrency_limit",
        "with_items/concurrency_two_of_five",
        "with_items/empty_list",
        "with_items/jinja_collection",
        "with_items/nested_data",
        "with_items/one_item_fails",
        "with_items/over_a_dict",
        "with_items/over_a_string",
        "with_items/publish_from_items",
        "with_items/retry_whole_task",
        "with_items/same_action_async_partial_cancel",
        "with_items/simple_list",
        "with_items/single_item",
    ],
    "running a task of a sub-execution again, or skipping it, does not revive its parents yet": [
        "control/rerun_in_subworkflow",
        "control/skip_in_subworkflow",
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
        "workbooks/local_names",
    ],
}

EXPECTED_FAILURES = {case: reason for reason, cases in _BY_REASON.items() for case in cases}
"""Case to reason."""

"""Errors of PynamoDB as errors of this service."""

from __future__ import annotations

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.adapters.refusals import refusal
from chalicelib.errors import MeltemiError


def failure(told: str, error: PynamoDBException | ClientError) -> MeltemiError:
    """What a call that failed means: `Unavailable` unless DynamoDB will refuse it for ever (see `refusal`)."""
    if isinstance(error, ClientError):
        found = error.response.get("Error", {})
        return refusal(f"{told}: {error}", (found.get("Code"), found.get("Message")))
    problems = [(error.cause_response_code, error.cause_response_message)]
    if isinstance(error, TransactWriteError):
        problems += [(reason.code, reason.message) for reason in error.cancellation_reasons if reason is not None]
    return refusal(f"{told}: {error}", *problems)

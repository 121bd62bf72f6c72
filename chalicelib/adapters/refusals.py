"""What AWS will never accept, however often it is sent, apart from what it only has no time for."""

from __future__ import annotations

from chalicelib.errors import MeltemiError, SizeLimitExceeded, Unavailable

FINAL = frozenset(
    {
        "ValidationException",
        "ValidationError",
        "ItemCollectionSizeLimitExceeded",
        "ItemCollectionSizeLimitExceededException",
        "EntityTooLarge",
        "KeyTooLongError",
        "BatchRequestTooLong",
        "InvalidMessageContents",
        "InvalidParameterValue",
    }
)
"""Codes of DynamoDB, S3 and SQS for requests that are wrong in themselves."""

_SIZE = ("size", "large", "long", "shorter", "exceed")


def refusal(told: str, *problems: tuple[str | None, str | None]) -> MeltemiError:
    """The error for what AWS said, as codes and messages: `Unavailable` unless one of them is final.

    Then it is `SizeLimitExceeded` if something is too large, else a plain `MeltemiError`: no use in sending it again.
    """
    for code, message in problems:
        if (code or "").rpartition(".")[2] in FINAL:
            text = f"{code} {message or ''}"
            if any(word in text.lower() for word in _SIZE):
                return SizeLimitExceeded(
                    "This is too large to be stored: an item holds 400 KB, a key 1 KB, a message 256 KB. Make names, "
                    "descriptions, tags or other parts that are no values of inputs and outputs shorter "
                    f"({told}: {text.strip()})"
                )
            return MeltemiError(f"{told}: {text.strip()}")
    return Unavailable(told)

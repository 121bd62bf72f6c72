"""The whole error tree. Each error knows its HTTP status and whether trying again can help.

    MeltemiError                     500
    ├── InvalidRequest               400   the caller sent something that cannot be accepted
    │   ├── DefinitionError          400   a workflow, workbook or action text breaks a rule of the language
    │   ├── ExpressionError          400   an expression does not parse or cannot be evaluated
    │   ├── InputError               400   declared and given input differ
    │   ├── IllegalTransition        400   the state does not allow what was asked
    │   └── SizeLimitExceeded        400   a field is larger than the engine keeps
    ├── Unauthorized                 401
    ├── Forbidden                    403
    ├── NotFound                     404
    ├── MethodNotAllowed             405
    ├── Duplicate                    409
    ├── PreconditionFailed           412
    ├── BodyTooLarge                 413
    ├── UnsupportedMedia             415
    ├── Locked                       423
    ├── ActionFailed                 500   an action ended in error; `result` is what the task gets
    └── Retryable                    503   trying the same again can help
        ├── LostRace                 503   another writer committed first
        │   └── Overtaken            503   … a definition; the API begins again
        ├── Unavailable              503   a service we depend on refused or timed out
        │   └── Contended            503   another writer is about to; the API begins again
        └── NewerFormat              503   a newer version of this service wrote it; that one can read it

The class docstring is the default message, so every error reads as a sentence. This module imports nothing
of the project and may be imported by every room.
"""

from __future__ import annotations

from typing import ClassVar


class MeltemiError(Exception):
    """Something went wrong inside the service."""

    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message if message is not None else (type(self).__doc__ or ""))

    @property
    def message(self) -> str:
        """The text shown to the caller."""
        return str(self.args[0])


class InvalidRequest(MeltemiError):
    """The request cannot be accepted as it was sent."""

    http_status = 400


class DefinitionError(InvalidRequest):
    """The definition breaks a rule of the language."""


class ExpressionError(InvalidRequest):
    """The expression cannot be evaluated."""

    def __init__(self, message: str | None = None, hint: str = "") -> None:
        """`hint`: what to do about it, for lines of its own below `message`."""
        super().__init__(f"{message}\n{hint}" if hint else message)
        self.hint = hint

    @property
    def brief(self) -> str:
        """The message without the hint, for the middle of another text."""
        return self.message.removesuffix(f"\n{self.hint}") if self.hint else self.message


class InputError(InvalidRequest):
    """The input does not fit what is declared."""


class IllegalTransition(InvalidRequest):
    """The state does not allow this change."""


class SizeLimitExceeded(InvalidRequest):
    """A field is larger than the engine keeps."""


class Unauthorized(MeltemiError):
    """Who asks is not known."""

    http_status = 401


class Forbidden(MeltemiError):
    """This operation is not allowed."""

    http_status = 403


class NotFound(MeltemiError):
    """There is no such object."""

    http_status = 404


class MethodNotAllowed(MeltemiError):
    """The resource does not know this method."""

    http_status = 405


class Duplicate(MeltemiError):
    """An object with this key already exists."""

    http_status = 409


class PreconditionFailed(MeltemiError):
    """The object is not in the version that If-Match names; read it again."""

    http_status = 412


class BodyTooLarge(MeltemiError):
    """The request body is larger than the service accepts."""

    http_status = 413


class UnsupportedMedia(MeltemiError):
    """The content type of the request is not supported."""

    http_status = 415


class KeyReused(MeltemiError):
    """The key of the request stands for another request already."""

    http_status = 422


class Locked(MeltemiError):
    """The service is under maintenance."""

    http_status = 423


class ActionFailed(MeltemiError):
    """The action ended in error."""

    def __init__(self, result: object) -> None:
        super().__init__(str(result))
        self.result = result


class ActionOngoing(MeltemiError):
    """The action has begun; its result comes later, through the API."""


class Retryable(MeltemiError):
    """The service is busy; trying again can help."""

    http_status = 503
    retryable = True


class LostRace(Retryable):
    """Another writer changed the object first."""


class Overtaken(LostRace):
    """Another request changed the definition first."""


class Unavailable(Retryable):
    """A service that this one depends on is too busy or did not answer; send the request again."""


class Contended(Unavailable):
    """Another request is changing the same; whether it will is not known yet."""


class NewerFormat(Retryable):
    """A newer version of the service wrote this; it has to be left to that one."""

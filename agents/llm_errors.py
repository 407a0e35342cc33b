"""Why a language model could not be used, as types and as sentences for the user.

* LanguageModelError (tools/errors.py)
  + KeyInvalid            401, 403
  + ModelUnknown          404
  + ContextTooLong
  + EndpointRefused       the request itself, for a reason that trying again does not mend
  + EndpointUnreachable   no connection, time-outs
  + EndpointFailing       server errors after all retries
  + RateLimited           rate or quota, after all retries
  + AnswerRefused         the model declines
  + AnswerUnusable        empty, cut off or garbled every time
  + ReplayMismatch        a recording does not hold the call that is made
  + SpendingCapReached    tokens, calls or money for the run are used up
"""

from nanosmith.tools.errors import LanguageModelError


class KeyInvalid(LanguageModelError):
    """The endpoint does not take the key."""


class ModelUnknown(LanguageModelError):
    """The endpoint has no such model, or is no Chat Completions endpoint."""


class ContextTooLong(LanguageModelError):
    """The prompt is longer than the model takes."""


class EndpointRefused(LanguageModelError):
    """The endpoint rejects the request as such."""


class EndpointUnreachable(LanguageModelError):
    """Nobody answers there, or not in time."""


class EndpointFailing(LanguageModelError):
    """Server errors, however often it was asked."""


class RateLimited(LanguageModelError):
    """Too many requests, or the quota is used up."""


class AnswerRefused(LanguageModelError):
    """The model declines to answer."""


class AnswerUnusable(LanguageModelError):
    """Answers came back empty, cut off or garbled."""


class ReplayMismatch(LanguageModelError):
    """A recording does not hold the call that is made."""


class SpendingCapReached(LanguageModelError):
    """Tokens, calls or money for the run are used up; whoever asked goes on without an answer."""

"""Where the language model is and what may be spent on one answer: flags, environment, config file, in this order.

The file is `$XDG_CONFIG_HOME/nanosmith/config.toml` (`~/.config/nanosmith/config.toml`):

    [llm]
    base_url = "http://127.0.0.1:11434/v1"
    model = "qwen3-coder"
    [llm.models]                # optional, by role
    coder = "a-larger-one"
    [llm.prices."a-larger-one"] # optional, US dollars for a million tokens
    input = 2.0
    output = 8.0
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError

from nanosmith.agents.brief import Role
from nanosmith.tools.errors import UsageError
from nanosmith.tools.specs.base import Record

OPENAI_URL = "https://api.openai.com/v1"
_ENVIRONMENT = {
    "base_url": ("NANOSMITH_LLM_BASE_URL",),
    "api_key": ("NANOSMITH_LLM_API_KEY",),
    "model": ("NANOSMITH_LLM_MODEL",),
}
_FALLBACK = {"base_url": "OPENAI_BASE_URL", "api_key": "OPENAI_API_KEY", "model": "OPENAI_MODEL"}


class Price(Record):
    """What a million tokens cost, in US dollars."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]


class LlmSettings(Record):
    """One endpoint that speaks OpenAI's Chat Completions, and how patient to be with it."""

    base_url: Annotated[str, Field(min_length=1)] = OPENAI_URL
    api_key: SecretStr | None = None
    """None for local servers that ask for no key."""

    model: Annotated[str, Field(min_length=1)]
    models: dict[Role, str] = Field(default_factory=dict)
    """Other models for single roles."""

    prices: dict[str, Price] = Field(default_factory=dict)
    """By model; the cost of a model that isn't here is unknown."""

    timeout_s: Annotated[float, Field(gt=0)] = 120.0
    """Longest silence of the endpoint; the client then tries again."""

    answer_s: Annotated[float, Field(gt=0)] = 900.0
    """Longest time for one streamed answer."""

    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Of one request, by the client: rate limits, server errors, time-outs, dropped connections."""

    repairs: Annotated[int, Field(ge=0, le=10)] = 3
    """Invalid answers that are sent back, for one brief."""

    calls: Annotated[int, Field(ge=1, le=50)] = 8
    """All requests for one brief together, however they ended."""

    max_output_tokens: Annotated[int, Field(gt=0)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """None: the endpoint's own."""

    streaming: bool = True

    def model_of(self, role: Role) -> str:
        """The model that answers for a role."""
        return self.models.get(role, self.model)


def load_settings(
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    model: str | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> LlmSettings | None:
    """Settings from flags, else `NANOSMITH_LLM_*`, else the config file, else `OPENAI_*`; None where no model is named.

    A key by itself names no model: nobody's account is used unasked.

    Raises:
        UsageError: The config file can't be read, or an endpoint is named without a model.

    """
    environment = os.environ if environment is None else environment
    path = config_path(environment) if config is None else config
    section = _config_section(path)
    values: dict[str, Any] = {key: value for key, value in section.items() if key not in _ENVIRONMENT}
    for key, flag in (("base_url", base_url), ("api_key", api_key), ("model", model)):
        found = flag or _first(environment, _ENVIRONMENT[key]) or section.get(key) or environment.get(_FALLBACK[key])
        if found:
            values[key] = found
    if "model" not in values:
        if base_url or _first(environment, _ENVIRONMENT["base_url"]) or section.get("base_url"):
            raise UsageError("a language model's endpoint is configured but no model: set NANOSMITH_LLM_MODEL")
        return None
    try:
        return LlmSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"language model settings, {where}: {first['msg']} (environment or {path})") from None


def config_path(environment: Mapping[str, str]) -> Path:
    """Where the config file is looked for."""
    folder = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "~")).expanduser() / ".config")
    return Path(folder) / "nanosmith" / "config.toml"


def _config_section(path: Path) -> dict[str, Any]:
    try:
        section = tomllib.loads(path.read_text(encoding="utf-8")).get("llm", {})
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}") from None
    if not isinstance(section, dict):
        raise UsageError(f"{path}: [llm] must be a table")
    return section


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)

"""The types of values in the file: text, numbers, booleans, words of a list.

pydantic gets words as they are written. Each type takes the ones that can be
meant, and raises an error of a kind of :mod:`fc_client.fun.project.problems`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from fc_client._disclosure import shown
from fc_client.fun.project.reader import Word

__all__ = [
    "NOTHING",
    "AnyJson",
    "Boolean",
    "NonEmptyText",
    "Rule",
    "Text",
    "choice",
    "described",
    "integer",
    "misspelt",
    "named",
    "pattern",
    "shape_error",
    "share",
    "suggestion",
    "text",
    "value_error",
]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?[0-9]{0,18}(?:\.[0-9]{1,18})?")
_NUMBER = re.compile(r"[-+]?[0-9.][0-9a-zA-Z_.+-]*")
# No rule has numbers of more digits.
_MAX_DIGITS = 18
_MAX_SHOWN = 80
# How like a word of a list that may lack words another one must be, to be refused.
_MISTAKE = 0.85


# Stands for null where pydantic would take it for a section that the file does not have.
NOTHING = object()


def described(value: object) -> str:
    """Return what a value is, for messages."""
    if value is None or value is NOTHING:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"the text {shown(value, limit=_MAX_SHOWN)!r}"


def suggestion(word: str, known: list[str]) -> str:
    """Return "; did you mean ...", or nothing if no known word is like *word*."""
    folded = {_folded(each): each for each in known}
    wanted = _folded(word)
    near = get_close_matches(wanted, folded, n=1, cutoff=0.7) or [
        each for each in folded if len(wanted) > 2 and each.startswith(wanted)
    ]
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def misspelt(word: str, known: list[str]) -> str:
    """Return the known word that a word is a mistake for, or nothing."""
    if word in known:
        return ""
    folded = {_folded(each): each for each in known}
    near = get_close_matches(_folded(word), folded, n=1, cutoff=_MISTAKE)
    return folded[near[0]] if near else ""


def _folded(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def shape_error(expected: str, value: object) -> PydanticCustomError:
    """Return the error of a value of a wrong type."""
    # Braces in the text of others must not be taken for placeholders.
    return PydanticCustomError("shape", "{text}", {"text": f"{expected}, got {described(value)}"})


def value_error(message: str) -> PydanticCustomError:
    """Return the error of a value of the right type that cannot be used."""
    return PydanticCustomError("value", "{text}", {"text": message})


def text(value: object) -> str:
    """Return a word as text."""
    if not isinstance(value, Word):
        raise shape_error("expected text", value)
    return str(value)


def _nonempty(value: object) -> str:
    found = text(value)
    if not found:
        raise value_error("must not be empty")
    return found


def _integer(value: object) -> int:
    if not isinstance(value, Word):
        raise shape_error("expected a number", value)
    if not _INTEGER.fullmatch(value):
        if _NUMBER.fullmatch(value):
            raise shape_error("expected a whole number in decimal digits", value)
        raise shape_error("expected a number", value)
    if not value.is_plain:
        raise shape_error("expected a number, without quotes", value)
    # Only its size counts, and Python refuses to read very long ones.
    return int(value[: _MAX_DIGITS + 1])


def _boolean(value: object) -> bool:
    if isinstance(value, Word) and value.is_plain and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise shape_error("expected true or false, without quotes", value)


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_json(each) for each in value]
    return value.meaning if isinstance(value, Word) else value


# Words such as 007 or yes are text as well, which other readers of YAML take for something else.
_TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class Rule:
    """What makes a value of a word, as metadata of ``Annotated``.

    Attributes:
        read: Returns the value, or raises an error of shape or value.
        schema: What editors know of it, in JSON Schema.
    """

    read: Callable[[Any], Any]
    schema: dict[str, Any] = field(hash=False)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return how pydantic validates a value."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema of the value."""
        return dict(self.schema)


Text = Annotated[str, Rule(text, _TEXT_SCHEMA)]
NonEmptyText = Annotated[str, Rule(_nonempty, {**_TEXT_SCHEMA, "minLength": 1})]
Boolean = Annotated[bool, Rule(_boolean, {"type": "boolean"})]
AnyJson = Annotated[Any, Rule(_json, {})]


def integer(low: int, high: int, *, step: int = 1, unit: str) -> Rule:
    """Return the rule of a number from *low* to *high* that is a multiple of *step*."""
    rule = f"must be {low} to {high} {unit}"
    rule += f" and a multiple of {step}" if step > 1 else ""

    def read(word: object) -> int:
        value = _integer(word)
        if not low <= value <= high or value % step:
            raise value_error(f"{rule}, got {shown(word, limit=_MAX_SHOWN)}")
        return value

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Rule(read, {**schema, "multipleOf": step} if step > 1 else schema)


def share() -> Rule:
    """Return the rule of a number between 0 and 1."""

    def read(word: object) -> float:
        if not isinstance(word, Word) or not _DECIMAL.fullmatch(word):
            raise shape_error("expected a number such as 0.1", word)
        if not word.is_plain:
            raise shape_error("expected a number, without quotes", word)
        value = float(word)
        if not 0 < value < 1:
            got = shown(word, limit=_MAX_SHOWN)
            raise value_error(f"must be more than 0 and less than 1, such as 0.1, got {got}")
        return value

    schema = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    return Rule(read, schema)


def pattern(expression: str, rule: str, *, may_be_number: bool = False) -> Rule:
    """Return the rule of a text that matches *expression* as a whole.

    Args:
        expression: A regular expression of Python and of JavaScript.
        rule: What it says: ``must be ...``.
        may_be_number: Whether other readers of YAML may take it for a number.
    """
    compiled = re.compile(expression)

    def read(word: object) -> str:
        value = text(word)
        if not compiled.fullmatch(value):
            raise value_error(f"{rule}, got {shown(value, limit=_MAX_SHOWN)!r}")
        return value

    types = ["string", "integer"] if may_be_number else "string"
    return Rule(read, {"type": types, "pattern": f"^(?:{expression})$"})


def named(longest: int) -> Rule:
    """Return the rule of the name of a service, function or trigger."""
    return pattern(
        rf"[A-Za-z_][A-Za-z0-9_\-]{{0,{longest - 1}}}",
        f"must have letters, digits, _ and -, begin with a letter or _, and be at most {longest} "
        "characters long",
    )


def choice(*words: str) -> Rule:
    """Return the rule of one of *words*, in any case; the value is as *words* have it."""
    folded = {word.lower(): word for word in words}

    def read(word: object) -> str:
        value = text(word)
        if value.lower() not in folded:
            hint = suggestion(value, list(words))
            got = shown(value, limit=_MAX_SHOWN)
            known = ", ".join(filter(None, words))
            raise value_error(f"must be one of {known}, got {got!r}{hint}")
        return folded[value.lower()]

    return Rule(read, {"type": "string", "enum": list(words)})

"""Single values of catalogue files, held to what the database takes; what is unfit says what to do."""

from typing import Any

from django.core.exceptions import ValidationError

from readinglist.catalog import identifiers
from readinglist.catalog.models import EntryLink


class UnfitError(ValueError):
    """A value in a file that cannot be loaded; its message says what to do."""


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise UnfitError("has to be text in quotes")
    if any(ord(character) < 32 and character not in "\n\t" for character in value):
        raise UnfitError("holds control characters; take them out")
    return value.strip()


def texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise UnfitError("has to be a list in brackets")
    found = [text(item) for item in value]
    if "" in found:
        raise UnfitError("holds an empty text; take it out")
    if doubled := {item for item in found if found.count(item) > 1}:
        raise UnfitError(f"names {', '.join(sorted(doubled))} twice; leave one")
    return found


def web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise UnfitError(f"holds {value[:80]!r}; write an address that starts with https:// or http://")
    cleaned(EntryLink._meta.get_field("url"), value)
    return value


def identifier(value: str) -> None:
    """Holds an identifier to its normal form."""
    try:
        key = identifiers.key_of(value)
    except identifiers.NotAnIdentifier as error:
        raise UnfitError(f"holds no identifier: {error}") from error
    if key != value:
        raise UnfitError(f"holds {value!r}; write {key!r}")


def cleaned(column: Any, value: Any) -> Any:
    try:
        return column.clean(value, None)
    except ValidationError as error:
        said = " ".join(error.messages)
        if choices := [str(choice) for choice, _label in column.flatchoices]:
            said = f"{said} Write one of {', '.join(choices)}."
        raise UnfitError(f"is refused: {said}") from error

"""What is never repeated: the URL of a Redis server, wherever somebody wrote it, for it holds a password."""

import re

SCHEME = r"\b(rediss?|valkeys?|unix)(?:[+-]\w+)?:/++"  # redis+sentinel://, too; a path is shown with one stroke only
GIVEN = re.compile(SCHEME + ".*", re.IGNORECASE | re.DOTALL)
QUOTED = re.compile(SCHEME + "(?!, rediss:| or unix:| URL|…|$).*", re.IGNORECASE)  # "a redis:// URL" is our own
LOGIN = re.compile(r"(\w+://)\S*@")


def masked(message: str) -> str:
    """The message without a word of such a URL, which may go on to the line's end, and without any other's login."""
    return LOGIN.sub(r"\1…@", QUOTED.sub(r"\1://…", message))


def masked_argument(text: str) -> str:
    """The same for what somebody wrote, whose URL goes on to the end, whatever is in it."""
    return GIVEN.sub(r"\1://…", text)


def holds_url(text: str) -> bool:
    """Whether somebody wrote such a URL there."""
    return GIVEN.search(text) is not None

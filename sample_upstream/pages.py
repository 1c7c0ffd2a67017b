"""Answers in full: a status, headers, a body, and the pages Django shows for errors."""

from dataclasses import dataclass
from http import HTTPStatus

from sample_upstream.world import encode_json

_API_HEADERS = (("Vary", "Accept"), ("Allow", "GET, HEAD, OPTIONS"))
_PAGE = """
<!doctype html>
<html lang="en">
<head>
  <title>{title}</title>
</head>
<body>
  <h1>{title}</h1><p>{text}</p>
</body>
</html>
"""
_TEXTS = {404: "The requested resource was not found on this server."}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that is sent as HTTP wants it."""

    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def reply_json(body: bytes, *, status: int = 200) -> Reply:
    """Return an answer of the REST framework around an encoded body."""
    return Reply(status=status, headers=_API_HEADERS, body=body)


def refuse(detail: str, *, status: int, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Return an error as the REST framework words it."""
    body = encode_json({"detail": detail})
    return Reply(status=status, headers=(*_API_HEADERS, *headers), body=body)


def reply_page(status: int, *, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Return the HTML page that Django shows for `status`."""
    phrase = describe_status(status)
    title = "Server Error (500)" if status == 500 else phrase
    body = _PAGE.format(title=title, text=_TEXTS.get(status, "")).encode()
    return Reply(status=status, content_type="text/html; charset=utf-8", headers=headers, body=body)


def redirect(location: str, *, status: int) -> Reply:
    """Return an empty answer that points to `location`."""
    return Reply(
        status=status,
        content_type="text/html; charset=utf-8",
        headers=(("Location", location),),
    )


def describe_status(status: int) -> str:
    """Return the reason phrase of a status; an invented one gets an invented phrase."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Status Code"

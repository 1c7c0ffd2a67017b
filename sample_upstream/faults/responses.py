"""Faults that are sound HTTP: error pages, waiting, redirects."""

from sample_upstream.faults.call import Call, fault
from sample_upstream.pages import Reply, redirect, reply_json, reply_page
from sample_upstream.world import API_PATH

_OTHER_ORIGIN = f"http://other-origin.invalid{API_PATH}"


@fault("status-<code>")
def send_status(call: Call) -> Reply:
    """Answer with an error page; `retry_after` (seconds or a date) sets Retry-After."""
    return _make_error(call, code=call.parts[0])


@fault("flaky-<n>-<code>")
def send_flaky(call: Call) -> Reply:
    """Answer the first n requests per `key` with an error page, then well."""
    number, code = call.parts
    name = f"flaky-{number}-{code}"
    calls = call.state.count_flaky_call(name=name, key=call.query.get("key", ""))
    if calls <= int(number):
        return _make_error(call, code=code)
    return reply_json(call.state.make_body())


@fault("delay")
def send_late(call: Call) -> Reply | None:
    """Answer well after `seconds` (5)."""
    if not call.wire.stay(call.read_number("seconds", default=5)):
        return None
    return reply_json(call.state.make_body())


@fault("redirect-same")
def redirect_to_same_origin(call: Call) -> Reply:
    """Point to the good path of this server."""
    return _make_redirect(call, location=API_PATH)


@fault("redirect-loop")
def redirect_to_itself(call: Call) -> Reply:
    """Point to this very path, for ever."""
    return _make_redirect(call, location=call.path)


@fault("redirect-other")
def redirect_to_other_origin(call: Call) -> Reply:
    """Point to the origin given by `to`."""
    return _make_redirect(call, location=call.query.get("to", _OTHER_ORIGIN))


@fault("redirect-scheme")
def redirect_to_other_scheme(call: Call) -> Reply:
    """Point to an ftp address."""
    return _make_redirect(call, location=f"ftp://127.0.0.1{API_PATH}")


def _make_error(call: Call, *, code: str) -> Reply:
    retry_after = call.query.get("retry_after")
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return reply_page(int(code), headers=headers)


def _make_redirect(call: Call, *, location: str) -> Reply:
    return redirect(location, status=int(call.read_number("code", default=302)))

"""Addresses as people write them and servers name them, and as they are asked for."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from msgspec import Struct

_PORTS = {"http": 80, "https": 443}
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_HOST = re.compile(r"(?:[^\x00-\x20\x7f/?#@:\\%\[\].]{1,63}(?:\.|$))+")


class Address(Struct, frozen=True, kw_only=True):
    """An absolute http(s) address in ASCII, without fragment; ``host`` is as in a URL.

    ``credentials`` are the userinfo, percent-decoded, and stand in no ``url``.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str
    credentials: str
    has_fragment: bool

    @property
    def origin(self) -> str:
        """Scheme, host and port, the latter where it is not the scheme's own."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def url(self) -> str:
        """What is asked for."""
        return f"{self.origin}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def is_base(self) -> bool:
        """Whether paths can be put behind it."""
        return not (self.query or self.has_fragment)


def read_address(text: str) -> Address:
    """Return the address that ``text`` is, a host of other letters in its ``xn--`` form.

    Raises ValueError where it is no absolute http(s) address, or holds what cannot be seen.
    """
    if not text.isprintable() or " " in text:
        raise ValueError("blanks or control characters")
    parts = urlsplit(text)
    port = parts.port  # which raises ValueError
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or "\\" in parts.netloc:
        raise ValueError("not an absolute http(s) address")
    return Address(
        scheme=parts.scheme,
        host=_read_host(parts.hostname),
        port=port or _PORTS[parts.scheme],
        path=_quote(parts.path) or "/",
        query=_quote(parts.query),
        credentials=unquote(parts.netloc.rpartition("@")[0]),
        has_fragment=bool(parts.fragment),
    )


def read_location(value: str, *, base: Address) -> Address:
    """Return the address of a Location header on the way from ``base``, read as curl does.

    ``value`` is in Latin-1, as headers are, though its bytes may be UTF-8. Blanks around it do not
    count, those within are quoted; up to three slashes may follow the scheme. Raises ValueError.
    """
    text = value.strip(" \t").encode("latin-1").decode("utf-8", "surrogateescape")
    if not text or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("no address")
    text = re.sub(r"^(https?):/{1,3}(?!/)", r"\1://", text, flags=re.IGNORECASE)
    authority, path, query = re.findall(r"^((?:[a-z]+:)?//[^/?#]*)?([^?]*)(.*)", text, re.I)[0]
    target = authority + _quote(path) + _quote(query, blank="+")
    is_absolute = re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE)
    return read_address(target if is_absolute else urljoin(base.url, target))


def _read_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    name = unquote(host)
    if not _HOST.fullmatch(name):
        raise ValueError("no host")
    if name.isascii():
        return name.lower()
    import idna  # not at the top: most hosts are in ASCII

    return idna.encode(name, uts46=True).decode()


def _quote(text: str, *, blank: str = "%20") -> str:
    quoted = quote(text, safe=_VISIBLE + " ", errors="surrogateescape")
    return quoted.replace(" ", blank)

"""Whether a file of certificate authorities can be used."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG


def find_flaw(path: str) -> str:
    """Return what keeps the file at ``path`` from being used, empty if nothing does."""
    import ssl  # not at the top: most runs from a file need none

    try:
        if not S_ISREG(Path(path).stat().st_mode):  # opening a FIFO would wait for its writer
            return "파일이 아닙니다."
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(path)
    except ssl.SSLError:
        return "PEM 형식의 인증서가 없거나 손상되었습니다."
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "파일이 없습니다."
    except OSError:
        return "파일을 읽을 수 없습니다."
    return "" if context.cert_store_stats()["x509"] else "PEM 형식의 인증서가 없습니다."

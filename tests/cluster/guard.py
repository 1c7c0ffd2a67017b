"""Replace this process by a command that the kernel ends together with its parent.

Run as ``python -I guard.py PARENT_PID COMMAND…``. A test session ended by SIGKILL runs no clean-up;
PR_SET_PDEATHSIG (prctl(2)) still ends what it started. It is set here and not in a ``preexec_fn``
because that is unsafe once the session has threads. Other systems than Linux have no such guard.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the guard was set
        sys.exit(1)
    os.execv(command[0], command)

"""
Runs a command on a terminal of its own, with a person who types:

    terminal.py [WAIT_FOR TYPE]... -- COMMAND ARG...

TYPE is typed when WAIT_FOR has been shown since the last time; both may hold
\\r, \\x03 and the like. What was shown goes to stdout, with plain line ends.
Exit code: the command's, 128 + n for signal n, 99 if it takes longer than two
minutes, 98 if it leaves a terminal without echo.
"""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

LIMIT_S = 120
NO_ECHO = 98
TOO_LONG = 99


def plain(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def start(command, slave):
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.execvp(command[0], command)
    return child


def lines(shown):
    return shown.replace(b"\r\n", b"\n")


def keys(text, shown):
    if not text.startswith("!"):
        return plain(text)
    typed = subprocess.check_output(text[1:], shell=True, input=lines(shown))
    return typed + b"\r"


def talk(master, child, typing):
    """Everything that was shown, and the exit code."""
    end = time.monotonic() + LIMIT_S
    shown, seen, status = b"", 0, None
    while True:
        if select.select([master], [], [], 0.02)[0]:
            shown += os.read(master, 65536)
        elif status is not None:
            return shown, os.waitstatus_to_exitcode(status)
        elif time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            return shown, TOO_LONG
        else:
            done, code = os.waitpid(child, os.WNOHANG)
            status = code if done else None
        if typing and plain(typing[0]) in shown[seen:]:
            seen = len(shown)
            os.write(master, keys(typing[1], shown))
            typing = typing[2:]


def main():
    split = sys.argv.index("--")
    master, slave = pty.openpty()
    child = start(sys.argv[split + 1 :], slave)
    shown, code = talk(master, child, sys.argv[1:split])
    sys.stdout.buffer.write(lines(shown))
    if not termios.tcgetattr(slave)[3] & termios.ECHO:
        code = NO_ECHO
    sys.exit(code if code >= 0 else 128 - code)


main()

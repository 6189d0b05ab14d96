"""Runs a program in a pseudo-terminal: `pseudo_terminal.py COLUMNS ROWS PROGRAM ARGUMENTS...`.

What the program writes goes to stdout as it is. Lines on stdin are orders: `keys HEX`, `size COLUMNS ROWS`, `end`.
At the end one line of JSON on stderr: the exit status, and whether the terminal's modes are as they were.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def set_size(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def obey(order, master, child):
    words = order.split()
    if words[0] == "keys":
        os.write(master, bytes.fromhex(words[1]))
    elif words[0] == "size":
        set_size(master, int(words[1]), int(words[2]))
        os.kill(child, signal.SIGWINCH)
    elif words[0] == "end":
        os.kill(child, signal.SIGTERM)


def main():
    columns, rows, program, *arguments = sys.argv[1:]
    master, slave = pty.openpty()
    set_size(slave, int(columns), int(rows))
    before = termios.tcgetattr(slave)
    child = os.fork()
    if child == 0:
        os.close(master)
        os.login_tty(slave)
        os.execvp(program, [program, *arguments])
    status = relay(master, child)
    after = termios.tcgetattr(slave)
    facts = {"exit": os.waitstatus_to_exitcode(status), "modesRestored": before == after}
    sys.stderr.write(json.dumps(facts) + "\n")


def relay(master, child):
    """Until the program has ended and all that it wrote is passed on."""
    waiting = b""
    sources = [0, master]
    status = None
    while True:
        ready, _, _ = select.select(sources, [], [], 0.05)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                sources.remove(0)
                if status is None:
                    os.kill(child, signal.SIGKILL)
            waiting += data
            *orders, waiting = waiting.split(b"\n")
            for order in orders:
                if status is None:
                    obey(order.decode(), master, child)
        if master in ready:
            os.write(1, os.read(master, 65536))
        elif status is not None:
            return status
        if status is None:
            ended, found = os.waitpid(child, os.WNOHANG)
            status = found if ended else None


main()

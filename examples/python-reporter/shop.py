"""Asks a database again and again and goes on with what it saw last: the article's actioner, in thirty lines.

    PRUNELLA_HEALER=http://127.0.0.1:7766 PRUNELLA_TOKEN_FILE=prunella-data/tokens/reporter \
        python3 shop.py 127.0.0.1 6379
"""
import socket, sys, time

from prunella_reporter import Reporter

host, port = sys.argv[1], int(sys.argv[2])
every_s = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
reporter = Reporter("shop", sick_s=min(5.0, every_s * 5), ok_s=min(30.0, every_s * 10))


def ask_redis(words):
    with socket.create_connection((host, port), timeout=2) as connection:
        connection.sendall(f"{words}\r\n".encode())
        answer = connection.recv(1_024).decode()
    if answer.startswith("-"):
        raise ConnectionError(answer.strip())
    return answer.strip()


def ping():
    ask_redis("PING")


seen = None
try:
    while True:
        try:
            with reporter.guard("redis/cache", ping=ping):
                seen = ask_redis("INCR visits")
            print(f"visits {seen}", flush=True)
        except OSError as error:
            print(f"cache only, last seen {seen}: {error}", flush=True)
        time.sleep(every_s)
except KeyboardInterrupt:
    reporter.goodbye()

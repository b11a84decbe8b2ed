"""`heliograph serve` that counts its statements: a line in is answered by a line with how many there were so far.

    python -m tests.bench.send_counted PORT

A statement counts once however many rows it is carried out for, since that is how often it has to be built and sent.
"""

import itertools
import os
import sys
import threading
from typing import Any

from rich.console import Console
from sqlalchemy import Engine, event

from gateway import logging
from gateway.cli.common import run
from gateway.listening import bind
from gateway.serve import serve
from gateway.settings import Settings


def main() -> None:
    counter = itertools.count()

    @event.listens_for(Engine, "before_cursor_execute")
    def _count(*_: Any) -> None:
        next(counter)

    def answer() -> None:
        for _ in sys.stdin:
            print(f'{{"statements": {next(counter)}}}', flush=True)  # noqa: T201  for `send`

    settings = Settings.from_environ(os.environ)
    logging.configure(settings.log_format, settings.log_level)
    threading.Thread(target=answer, daemon=True).start()
    run(serve(settings, bind("127.0.0.1", int(sys.argv[1])), Console(quiet=True)))


if __name__ == "__main__":
    main()

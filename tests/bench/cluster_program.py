"""heliograph, of which a process has so many texts of one destination under way at once.

    python -m tests.bench.cluster_program TEXTS worker --port PORT

One destination has half of the places of a process, see `gateway.pipeline.outbox`.
"""

import sys

from gateway.__main__ import main
from gateway.pipeline import outbox

if __name__ == "__main__":
    outbox.AT_ONCE = 2 * int(sys.argv.pop(1))
    main()

"""`python -m gateway` is `heliograph`."""

from gateway.cli import main

main()

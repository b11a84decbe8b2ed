"""Very many rows, each made of one that was told: with another id, at another time, of another person."""

from datetime import datetime

from gateway.storage.engine import Store


async def multiply(store: Store, rows: int, now: datetime) -> None:
    """As many of each as there are to be."""

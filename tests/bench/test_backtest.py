"""The benchmark of backtests runs, and counts what it makes."""

from pathlib import Path

from rich.console import Console

from tests.bench import backtest


async def test_it_tries_what_it_let_come(tmp_path: Path) -> None:
    table = await backtest.measured(tmp_path, 20, Console(quiet=True))

    assert [list(column.cells)[:2] for column in table.columns[:2]] == [["20", "0"], ["20", "0"]]

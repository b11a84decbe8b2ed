"""Loads the whole program, in the one process that forks of it begin from (`forks.py`)."""

import gc

import uvicorn
import uvloop

import destinations.twilio_engage.simulator
import gateway.cli
import gateway.scenario
import gateway.serve
import gateway.stand_in

__all__ = ["destinations", "gateway", "uvicorn", "uvloop"]

gc.collect()
gc.freeze()  # what the collector never looks through stays shared by all forks

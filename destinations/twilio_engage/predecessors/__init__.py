"""The destinations of Segment whose place this one takes."""

from destinations.twilio_engage.predecessors.classic import classic
from destinations.twilio_engage.predecessors.engage import engage
from destinations.twilio_engage.predecessors.messaging import messaging

__all__ = ["classic", "engage", "messaging"]

"""More than one machine's worth of heliograph on one: what `heliograph cluster` and `heliograph demo --cluster` start."""

from gateway.cluster.local import Cluster, running
from gateway.cluster.parts import Part

__all__ = ["Cluster", "Part", "running"]

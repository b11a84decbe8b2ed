"""Moving in: what another system had configured, first as a plan, then made."""

"""The /v1 API: what any Segment SDK posts is on disk before it is answered."""

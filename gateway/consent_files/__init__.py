"""Files of consent: which export one is, which column says what, and what each row says. What is unclear is a bad row, and never a yes."""

from gateway.consent_files.exports import COLUMNS, PLAIN, exports
from gateway.consent_files.reading import GIVEN, Asked, HeaderError, Reading, reading
from gateway.consent_files.rows import LONGEST_CELL, LONGEST_RECORD
from gateway.consent_files.words import Page, Problem, Reader, Word, row

__all__ = [
    "COLUMNS",
    "GIVEN",
    "LONGEST_CELL",
    "LONGEST_RECORD",
    "PLAIN",
    "Asked",
    "HeaderError",
    "Page",
    "Problem",
    "Reader",
    "Reading",
    "Word",
    "exports",
    "reading",
    "row",
]

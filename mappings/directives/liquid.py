"""`@liquid`: a Liquid template over the payload. `{"@liquid": "{{ properties.total | times: 1.2 | round: 2 }}"}`

A smaller Liquid than that of message texts: up to 1000 characters, no loops, no `case`, and no filters of lists.
"""

from typing import Any

from mappings import event_paths
from mappings.check import Checker
from mappings.errors import TemplateError
from mappings.template import directive_template
from mappings.template_reads import filter_doubts, template_reads
from mappings.writer import Result, Writer

name = "@liquid"


def check(value: object, path: str, checker: Checker) -> None:
    """The value is a template; one that cannot be read is refused, before an event comes."""
    checker.text(value, path)
    if isinstance(value, str):
        try:
            directive_template(value)
        except TemplateError as error:
            checker.refuse(path, str(error))
        for said in filter_doubts(value):
            checker.doubt(path, said)
        for keys in template_reads(value).paths if checker.of_event else ():
            doubt = event_paths.liquid_doubt(keys)
            if doubt is not None:
                checker.doubt(path, doubt)


def emit(value: Any, writer: Writer) -> Result:
    """A call of the template that was read here."""
    return writer.call(directive_template(value), "payload", "work")

"""The mapping language: from an event to the values an action needs. Pure: it reads and writes nothing.

    compile_fields(fields)(event)         # the values of a mapping's fields, or UNDEFINED
    validate_fields(fields)               # everything that is wrong with them
    compile_trigger(text).matches(event)  # whether an event concerns a mapping
    impossible(compile_trigger(text))     # why no event could, or None
    Template(text).render(scope)          # the text of a message
    rendered(value, scope)                # what a mapped value says: a template where the mapping wrote it, else itself

The language is described, with examples, in README.md beside this file.
"""

from mappings.compile import (
    ROOT_DIRECTIVE,
    compile_batch,
    compile_fields,
    doubtful_fields,
    failing_field,
    misspelt_words,
    validate_fields,
)
from mappings.errors import MappingError, Problem, TemplateError, TriggerError
from mappings.exchange import Exchanged, exchanged
from mappings.fql.compile import Trigger, compile_trigger
from mappings.fql.failures import Failure
from mappings.fql.impossible import idle_branches, impossible, may_both_match
from mappings.fql.index import TriggerIndex
from mappings.fql.named_events import NamedEvent, named_events
from mappings.literals import Literal, literals
from mappings.payload_paths import by_rank, paths_of
from mappings.template import Template
from mappings.template_problems import template_problems, written_templates
from mappings.template_reads import filter_doubts, template_reads
from mappings.values import UNDEFINED
from mappings.written import Written, plain, rendered

__all__ = [
    "ROOT_DIRECTIVE",
    "UNDEFINED",
    "Exchanged",
    "Failure",
    "Literal",
    "MappingError",
    "NamedEvent",
    "Problem",
    "Template",
    "TemplateError",
    "Trigger",
    "TriggerError",
    "TriggerIndex",
    "Written",
    "by_rank",
    "compile_batch",
    "compile_fields",
    "compile_trigger",
    "doubtful_fields",
    "exchanged",
    "failing_field",
    "filter_doubts",
    "idle_branches",
    "impossible",
    "literals",
    "may_both_match",
    "misspelt_words",
    "named_events",
    "paths_of",
    "plain",
    "rendered",
    "template_problems",
    "template_reads",
    "validate_fields",
    "written_templates",
]

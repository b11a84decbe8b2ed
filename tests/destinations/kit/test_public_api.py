from destinations import kit


def test_exports_what_it_lists_in_order() -> None:
    assert list(kit.__all__) == sorted(
        kit.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert [name for name in kit.__all__ if not hasattr(kit, name)] == []


def test_lists_everything_it_imports() -> None:
    modules = {
        "configured",
        "context",
        "definition",
        "enums",
        "errors",
        "fields",
        "form",
        "http",
        "numbering",
        "outcome",
        "outgoing",
        "owned",
        "pasting",
        "payload",
        "phones",
    }
    modules |= {
        "consent_exports",
        "shown",
        "consent_words",
        "plan",
        "policy",
        "ports",
        "predecessors",
        "registry",
        "signals",
        "testing",
    }
    public = {name for name in vars(kit) if not name.startswith("_")}

    assert public - modules == set(kit.__all__)

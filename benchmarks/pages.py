"""Update the tables of numbers in the pages of docs/."""


def with_tables(document: str, tables: str, *, begin: str, end: str) -> str:
    """Return the document with new tables between its marks. Raise ``ValueError`` if the marks are missing."""
    before, begin_found, rest = document.partition(begin)
    _, end_found, after = rest.partition(end)
    if not (begin_found and end_found):
        raise ValueError(f"there is no {begin.strip()} ... {end.strip()}")
    return f"{before}{begin}\n{tables}\n{end}{after}"

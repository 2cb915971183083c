"""Replace the tables of numbers in the pages of docs/."""


def with_tables(document: str, tables: str, *, begin: str, end: str) -> str:
    """Return the document with new tables between its marks. Raise ``ValueError`` if a mark is missing."""
    before, begin_found, rest = document.partition(begin)
    _, end_found, after = rest.partition(end)
    if not (begin_found and end_found):
        raise ValueError(f"the document lacks the marks {begin.strip()} ... {end.strip()}; put them around the tables")
    return f"{before}{begin}\n{tables}\n{end}{after}"

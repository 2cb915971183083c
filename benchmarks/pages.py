"""The pages of docs/ that have tables of numbers in them."""


def with_tables(document: str, tables: str, *, begin: str, end: str) -> str:
    """The document with the tables between its marks made anew. Raises ``ValueError`` where the marks are missing."""
    before, begin_found, rest = document.partition(begin)
    _, end_found, after = rest.partition(end)
    if not (begin_found and end_found):
        raise ValueError(f"there is no {begin.strip()} ... {end.strip()}")
    return f"{before}{begin}\n{tables}\n{end}{after}"

"""Keys of one group are found among many."""

from imagesearch_ops.keys.twins import Twins


def find(pairs: list[tuple[str, str]]) -> tuple[int, list[list[str]]]:
    with Twins() as twins:
        for group, key in pairs:
            twins.add(group, key)
        found = twins.find()
    return found.count, found.examples


def test_keys_of_one_group_are_twins() -> None:
    assert find([("a", "1"), ("b", "2"), ("a", "3")]) == (1, [["1", "3"]])


def test_the_same_key_twice_is_no_twin() -> None:
    assert find([("a", "1"), ("a", "1")]) == (0, [])
    assert find([("a", "1"), ("a", "2"), ("a", "2"), ("a", "1")]) == (1, [["1", "2"]])


def test_no_keys_have_no_twins() -> None:
    assert find([]) == (0, [])


def test_every_key_but_the_first_of_a_group_counts() -> None:
    count, examples = find([(str(number % 10), str(number)) for number in range(1000)])
    assert count == 990
    assert len(examples) == 3
    assert all(len({int(key) % 10 for key in group}) == 1 for group in examples)


def test_hostile_names_are_kept_apart() -> None:
    names = ["a\nb", "a\\nb", "a\0b", '"', "é", "e\u0301", ""]
    assert find([(name, name) for name in names]) == (0, [])

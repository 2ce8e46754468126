"""The seeds of a scenario's replications."""

BLOCK = 100_000  # seeds that belong to one seed; more than anybody asks for


def seeds_of(seed: int, count: int, start: int = 0) -> list[int]:
    """The seeds of `count` replications from number `start` on: the first is the seed itself, the others its own block.

    No two seeds up to 10^13 share any of the others. Each is a seed that a scenario may have.
    """
    return [((seed + 1) * BLOCK + number) % 2**63 if number else seed for number in range(start, start + count)]

"""Where everything stands on the drawings of the request cycle, whatever the step: spots on a canvas of 160 × 90."""

from functools import cache
from itertools import product

from ..cycles import ASYNC, SYNC
from ..path import CONSTANT_HOPS
from .steps import APPLICATION, APPLICATION_2, CLOUD, COMPUTER, FRAMES, OUTSIDE, ROUTER, WORKER, drawings

Spot = tuple[float, float, float, float]  # of a station: its middle's x and y, its width and height
Frame = tuple[float, float, float, float]  # of a dashed box: left, bottom, width and height
Edges = tuple[float, float, float, float]  # left, bottom, right, top

CANVAS = (160, 90)
SPOTS: dict[str, Spot] = {
    COMPUTER: (9.4, 47, 17, 13),
    ROUTER: (39.5, 51.5, 12, 31),  # in the cloud's wall; the arrows pass through it
    "web_server": (59, 47, 16.8, 31),
    "middleware": (84, 47, 20, 11),
    "routes": (92, 65, 18, 10),
    "controller": (110.5, 47, 21.5, 11),
    "model": (116.5, 65, 17, 10),
    "database": (141.5, 65, 18, 14),
    "queue": (110.5, 18.8, 18, 12),
    WORKER: (138, 18.8, 21, 14.6),
    OUTSIDE: (138, 0, 4, 2),
}
FRAME_SPOTS: dict[str, Frame] = {
    CLOUD: (39.5, 8, 116, 70.5),
    APPLICATION: (71.2, 33.8, 57, 39.7),
    APPLICATION_2: (122.6, 9.8, 30.9, 22),
}
LABEL_SPOTS = {
    (COMPUTER, "web_server"): (25.7, 51),
    ("web_server", COMPUTER): (25.7, 43),
    (WORKER, OUTSIDE): (136, 4),
}
LINES_SPOTS: dict[str, Frame] = {SYNC.name: (56, 11, 96, 18.7), ASYNC.name: (42, 10.5, 57.5, 18.5)}
PILL = (13.4, 4.8)  # a thread, or a worker: width and height
THREADS_AT = ((59, 48), (59, 41.6), (59, 35.2))  # at home, in the web server
WORKER_AT = (138, 15.2)
USUAL = (18.0, 10.0)  # the size of a station that has no spot of its own
APART = 1.5  # at least, between two stations


@cache
def spot_of(station: str) -> Spot:
    """Where a station stands: on its own spot, or on a free one in its dashed box, near those it is asked by."""
    return SPOTS[station] if station in SPOTS else _free_spot(station)


def _free_spot(station: str) -> Spot:
    x, y = _middle_of_neighbours(station)
    free = [spot for spot in _grid(FRAMES.get(station, CLOUD)) if _is_free(spot, station)]
    return min(free, key=lambda spot: (spot[0] - x) ** 2 + (spot[1] - y) ** 2)


def _middle_of_neighbours(station: str) -> tuple[float, float]:
    legs = [(arrow.start, arrow.end) for shown in drawings() for arrow in shown.arrows]
    near = {name for leg in legs if station in leg for name in leg} & SPOTS.keys()
    return sum(SPOTS[name][0] for name in near) / len(near), sum(SPOTS[name][1] for name in near) / len(near)


def _grid(frame: str) -> list[Spot]:
    left, bottom, width, height = FRAME_SPOTS[frame]
    places = product(range(int(left), int(left + width)), range(int(bottom), int(bottom + height)))
    inside = (left + APART, bottom + APART, left + width - APART, bottom + height - APART)
    return [spot for x, y in places if _within(_edges(spot := (float(x), float(y), *USUAL)), inside)]


def _edges(spot: Spot) -> Edges:
    x, y, width, height = spot
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _is_free(spot: Spot, station: str) -> bool:
    taken = [_edges(other) for other in (*SPOTS.values(), *map(spot_of, _placed_before(station)))]
    if station not in FRAMES:  # it stands in the cloud, but in none of the applications
        taken += [(x, y, x + width, y + height) for name, (x, y, width, height) in FRAME_SPOTS.items() if name != CLOUD]
    return not any(_overlap(_edges(spot), other) for other in taken)


def _placed_before(station: str) -> list[str]:
    unplaced = [hop.name for hop in CONSTANT_HOPS if hop.name not in SPOTS]
    return unplaced[: unplaced.index(station)]


def _within(inner: Edges, outer: Edges) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _overlap(a: Edges, b: Edges) -> bool:
    return a[0] < b[2] + APART and b[0] < a[2] + APART and a[1] < b[3] + APART and b[1] < a[3] + APART

"""The slide as data: which hops there are, in which order, and where they stand."""

from sim import path
from sim.path import CONSTANT_HOPS, EXTERNAL, INBOUND, LOOKUP, OUTBOUND


def names(hops: tuple[path.Hop, ...]) -> list[str]:
    return [hop.name for hop in hops]


def test_the_way_in_is_the_slides_first_five_pictures() -> None:
    assert names(INBOUND) == ["web_server", "middleware", "routes", "controller"]


def test_the_model_is_passed_on_the_way_to_the_database_and_back() -> None:
    assert names(LOOKUP) == ["model", "database", "model"]


def test_the_way_out_does_not_pass_the_routes_again() -> None:
    assert names(OUTBOUND) == ["controller", "middleware", "web_server"]


def test_every_hop_but_the_external_call_takes_a_constant_time_that_the_scenario_can_change() -> None:
    every = {value for value in vars(path).values() if isinstance(value, path.Hop)}
    assert every == {*CONSTANT_HOPS, EXTERNAL}
    assert EXTERNAL.visit_time is None
    assert all(hop.visit_time is not None and hop.visit_time >= 0 for hop in CONSTANT_HOPS)
    assert sum(hop.visit_time or 0 for hop in INBOUND) > 0


def test_a_hops_field_is_its_name_and_time() -> None:
    assert [hop.field for hop in CONSTANT_HOPS][:2] == ["web_server_time", "middleware_time"]


def test_the_boxes_of_the_slide_hold_what_the_slide_draws_in_them() -> None:
    places = {hop.label: hop.place for hop in (*CONSTANT_HOPS, EXTERNAL)}
    assert places == {
        "Web Server": "cloud",
        "Middleware": "application",
        "routes.rb": "application",
        "controller.rb": "application",
        "model.rb": "application",
        "Database": "cloud",
        "Queue": "cloud",
        "HTTP Request": "outside",
    }

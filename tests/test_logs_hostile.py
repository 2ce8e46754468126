"""Logs as they are found in the world: dirty, hostile, private. Counted and said, never a traceback, never told on."""

import gzip
import io
import json
import random
import re
import sys
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_logs import ALL, JOBS, SLIDES, lines, log_format, run, written

from sim.cli import main
from sim.logs import cloudfront, heroku, lograge, nginx, rails
from sim.logs.importing import Imported, import_logs
from sim.logs.paths import HEALTH_CODE, STATIC_CODE, Groups
from sim.logs.reading import FORMATS
from sim.logs.rows import MAYBE, OWN_ANSWER, REFUSED, UPGRADED
from sim.logs.streams import LONGEST_LINE
from sim.logs.telling import log_of

SHORT = SLIDES.replace(duration=60.0)
RUNS = {cycle: run(SHORT, cycle) for cycle in ("sync", "async")}


def told(name: str) -> list[bytes]:
    return list(log_of(RUNS["async" if name in JOBS else "sync"], ALL[name]))


def imported(log: str, **how: object) -> Imported:
    return import_logs(log, **({"reports": "/reports/*", "threads": 5} | how))  # type: ignore[arg-type]


def module(name: str):
    return FORMATS[name.split()[0].split("-")[0]]


@dataclass
class Done:
    returncode: int
    stdout: bytes
    stderr: bytes


def command(*arguments: str, stdin: bytes = b"") -> Done:
    """What a command prints, run in this process: starting Python takes longer than all of it."""
    streams = {name: io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for name in ("stdout", "stderr")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))  # type: ignore[arg-type]
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        for stream in streams.values():
            stream.flush()
    return Done(status, *(stream.buffer.getvalue() for stream in streams.values()))  # type: ignore[attr-defined]


def said(found: Imported) -> str:
    return "\n".join(found.said)


each = pytest.mark.parametrize("name", ALL)


@each
def test_a_line_cut_short_is_the_same_row_or_none(name: str):
    """Rotation and crashes cut lines anywhere: a shorter number must not be taken for the number."""
    whole = [line for line in told(name) if isinstance(module(name).reader(log_format(name))(line), tuple)]
    if name == "rails":
        whole = [line for line in told(name) if b"Completed" in line]
    for line in [*whole[:3], *[line for line in whole if b"H12" in line or b" 504 " in line][:1]]:
        begun = [other for other in told(name) if b"Started" in other and other.split()[0] == line.split()[0]]
        for length in range(len(line)):
            parse = module(name).reader(log_format(name))
            for other in begun:
                assert parse(other) == ""
            row = parse(line[:length])
            if isinstance(row, tuple):
                full = module(name).reader(log_format(name))
                for other in begun:
                    full(other)
                expected = full(line)
                assert isinstance(expected, tuple)
                assert abs(row[0] - expected[0]) <= 100  # µs: lograge's second decimal
                assert abs(row[1] - expected[1]) <= 100
                assert row[2:4] == expected[2:4]
                assert expected[4].startswith(row[4])
            else:  # nor for a reason that is none
                assert row not in (REFUSED, UPGRADED, OWN_ANSWER)


@each
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_line_whatever_makes_a_reader_fail(name: str, data: st.DataObject):
    line = bytearray(data.draw(st.sampled_from(told(name))))
    for _ in range(data.draw(st.integers(0, 8))):
        place = data.draw(st.integers(0, len(line) - 1))
        line[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        line = line or bytearray(b" ")
    for other in FORMATS.values():
        try:
            row = other.reader()(bytes(line))
        except ValueError:
            continue
        assert row is None or isinstance(row, str | tuple)


@pytest.mark.parametrize("line", [b"a" * LONGEST_LINE, b'"' * LONGEST_LINE, b"\\" * LONGEST_LINE, b"[a] " * (1 << 14)])
@each
def test_a_line_made_to_be_slow_is_read_in_linear_time(name: str, line: bytes):
    """With a pattern that looks back again and again this test would not end."""
    sample = told(name)[0]
    for start in (0, len(sample) // 4, len(sample) // 2, len(sample) - 1):
        for hostile in (sample[:start] + line, sample[:start] + line + sample[start:]):
            try:
                module(name).reader(log_format(name))(hostile)
            except ValueError:
                continue
    Groups(["/a*b*c*d*e*f*g"], shapes=True)[b"GET /" + line]


@each
def test_lines_of_other_programs_between_change_nothing_and_are_counted(name: str, tmp_path: Path):
    clean = told(name)
    noise = [b"", b"{}", b"null", b"kernel: oops", b"\x00\xff\xfe", b"a=b c=d", b"[x] hello", b'{"a": [1, 2', b"\t\t"]
    dirty = [line for place, one in enumerate(clean) for line in (one, noise[place % len(noise)])]
    one = imported(lines(tmp_path / "clean", clean), log_format=log_format(name))
    other = imported(lines(tmp_path / "dirty", dirty), log_format=log_format(name))
    assert (one.workload.arrived_at == other.workload.arrived_at).all()
    assert (one.workload.external_time == other.workload.external_time).all()
    assert "lines of other programs" in said(other)


@each
@pytest.mark.parametrize("place", [0.1, 0.47, 0.83])
def test_a_log_rotated_in_the_middle_of_a_line_loses_that_line_only(name: str, place: float, tmp_path: Path):
    content = b"\n".join(told(name)) + b"\n"
    cut = int(place * len(content))
    (tmp_path / "1").write_bytes(content[:cut])
    (tmp_path / "2").write_bytes(content[cut:])
    found = import_logs(
        [str(tmp_path / "1"), str(tmp_path / "2")], threads=5, log_format=log_format(name), reports="/reports/*"
    )
    (tmp_path / "whole").write_bytes(content)
    whole = imported(str(tmp_path / "whole"), log_format=log_format(name))
    lost = len(whole.workload) - len(found.workload)
    assert 0 <= lost <= (60 if name == "rails" else 1)  # Rails' two lines may be in one file each


@each
@pytest.mark.parametrize(
    "encode",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.decode().encode("utf-16"),
        lambda content: gzip.compress(content),
        lambda content: content.removesuffix(b"\n"),
    ],
    ids=["CRLF", "byte order mark", "UTF-16", "gzip", "no last line end"],
)
def test_a_log_may_be_written_in_any_of_the_usual_ways(name: str, encode, tmp_path: Path):
    content = b"\n".join(told(name)) + b"\n"
    (tmp_path / "plain").write_bytes(content)
    (tmp_path / "other").write_bytes(encode(content))
    one, other = (imported(str(tmp_path / file), log_format=log_format(name)).workload for file in ("plain", "other"))
    assert (one.arrived_at == other.arrived_at).all()
    assert (one.web_time == other.web_time).all()


def test_what_stands_in_two_files_that_overlap_is_one_request(tmp_path: Path):
    whole = list(log_of(RUNS["sync"], heroku.tell, lograge.tell))
    early, late = lines(tmp_path / "1", whole[:150]), lines(tmp_path / "2", [*whole[100:], whole[-1]])
    found = import_logs([early, late], reports="/reports/*")
    once = imported(lines(tmp_path / "whole", whole), threads=None)
    assert (found.workload.arrived_at == once.workload.arrived_at).all()
    assert (found.workload.external_time == once.workload.external_time).all()
    assert "51 rows that are there twice" in said(found)
    assert "twice" not in said(once)


def test_two_requests_of_one_instant_and_one_time_are_two_if_their_ids_differ_or_are_not_known(tmp_path: Path):
    one = told("heroku")[0]
    another, unknown = one.replace(b"-5eed", b"-5eee"), re.sub(rb"request_id=\S+", b"request_id=", one)
    for written_lines, requests in (([one, another, another], 2), ([one, unknown, unknown], 3)):
        assert len(imported(lines(tmp_path / "log", written_lines)).workload) == requests


def test_a_file_given_twice_is_refused(tmp_path: Path):
    log = lines(tmp_path / "log", told("nginx"))
    with pytest.raises(ValueError, match="log: given twice; allowed: each log once"):
        import_logs([log, log], threads=5)


def test_a_path_in_another_encoding_matches_its_glob(tmp_path: Path):
    log = lines(tmp_path / "log", [line.replace(b"/reports/", b"/reports/caf\xe9/") for line in told("heroku")])
    assert imported(log).workload.is_report.sum() == RUNS["sync"].records.is_report.sum()


def test_a_compressed_log_that_ends_too_early_is_read_as_far_as_it_goes(tmp_path: Path):
    content = gzip.compress(b"\n".join(log_of(run(), heroku.tell)))
    (tmp_path / "log.gz").write_bytes(content[: 2 * len(content) // 3])
    found = imported(str(tmp_path / "log.gz"))
    assert 600 < len(found.workload) < 1800
    assert "1 compressed files that end too early or are damaged" in said(found)


def test_a_line_of_a_million_characters_is_counted_and_not_kept(tmp_path: Path):
    whole = told("heroku")
    log = lines(tmp_path / "log", [*whole[:9], b"x" * 1_000_000, b"y" * 3_000_000, *whole[9:], b"z" * 70_000])
    found = imported(log)
    assert len(found.workload) == len(whole)
    assert "3 lines too long to be a request's" in said(found)


NEGATIVES = {
    "heroku": (b"connect=0ms service=", b"connect=0ms service=-"),
    "alb": (b"10.0.0.1:80 0.000 ", b"10.0.0.1:80 0.000 -1"),
    "nginx": (b'"curl/8.5" ', b'"curl/8.5" -'),
    "cloudfront": (b"https\t811\t", b"https\t811\t-"),
    "lograge": (b" duration=", b" duration=-"),
}


@pytest.mark.parametrize("name", NEGATIVES)
def test_negative_durations_are_counted_and_left_out(name: str, tmp_path: Path):
    whole = told(name)
    changed = [line.replace(*NEGATIVES[name]) if place < 5 else line for place, line in enumerate(whole)]
    assert changed != whole
    found = imported(lines(tmp_path / "log", changed))
    assert len(found.workload) == len(whole) - 5
    assert "5 " in said(found)
    assert "Not usable: 5 negative durations" in said(found) or name == "alb"


EMPTY = {
    "heroku": (b" service=", b" service= x="),
    "nginx": (b'"curl/8.5" ', b'"curl/8.5" - '),
    "cloudfront": (b"https\t811\t", b"https\t811\t-\t"),
    "lograge": (b" duration=", b" duration= x="),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_dash_or_nothing_in_the_place_of_a_duration_is_counted(name: str, tmp_path: Path):
    whole = told(name)
    changed = [line.replace(*EMPTY[name]) if place < 5 else line for place, line in enumerate(whole)]
    found = imported(lines(tmp_path / "log", changed), log_format=log_format(name))
    assert len(found.workload) == len(whole) - 5
    assert "Not usable: 5 " in said(found)


def test_a_clock_set_back_is_said(tmp_path: Path):
    whole = told("heroku")
    later = [line.replace(b"T10:", b"T09:") for line in whole[100:]]
    found = imported(lines(tmp_path / "log", [*whole[:100], *later]))
    assert "The time goes back once within a log, by 3,600 s at most" in said(found)
    assert "goes back" not in said(imported(lines(tmp_path / "log", whole)))


def test_the_end_of_summer_time_changes_nothing_where_the_zone_is_written(tmp_path: Path):
    whole = told("nginx")
    winter = [line.replace(b":10:0", b":11:0").replace(b"+0000", b"+0100") for line in whole[100:]]
    one, other = imported(lines(tmp_path / "1", whole)), imported(lines(tmp_path / "2", [*whole[:100], *winter]))
    assert (one.workload.arrived_at == other.workload.arrived_at).all()
    assert "goes back" not in said(other)


def test_a_long_time_with_nothing_in_it_is_said(tmp_path: Path):
    whole = told("heroku")
    found = imported(lines(tmp_path / "log", [*whole[:100], *(line.replace(b"T10:", b"T15:") for line in whole[100:])]))
    assert re.search("Nothing comes for 17,9.. s after", said(found))


def test_static_files_and_health_checks_are_left_out_by_default_with_the_count(tmp_path: Path):
    whole = told("heroku")
    changed = [
        line.replace(b"/pages/1?", b"/assets/app-3f2a.js?").replace(b"/pages/2?", b"/healthz?") for line in whole
    ]
    log = lines(tmp_path / "log", changed)
    found, everything = imported(log), imported(log, everything=True)
    assert len(everything.workload) == len(whole)
    assert f"{sum(b'/assets/' in line for line in changed)} static files" in said(found)
    assert f"{sum(b'/healthz' in line for line in changed)} health checks" in said(found)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (b"/app.css", STATIC_CODE),
        (b"/assets/x", STATIC_CODE),
        (b"/favicon.ico?v=1", STATIC_CODE),
        (b"/up", HEALTH_CODE),
        (b"/api/health", HEALTH_CODE),
        (b"/upper", 0),
        (b"/healthy-food", 0),
        (b"/reports/a.pdf", 1),
        (b"/reports/a.css", 1),
        (b"https://app.example.com:443/reports/7?x=1", 1),
    ],
)
def test_what_is_a_static_file_a_health_check_or_a_report(path: bytes, code: int):
    assert Groups(["/reports/*"])[b"GET " + path + b" HTTP/1.1"] == code


def test_a_glob_may_name_the_method(tmp_path: Path):
    groups = Groups(["POST /reports*"], ["/reports*"])
    assert (groups[b"POST /reports/1"], groups[b"GET /reports/1"]) == (1, 2)


def test_requests_refused_before_any_thread_are_left_out_and_counted(tmp_path: Path):
    whole = told("heroku")
    refused = (
        whole[0]
        .replace(b"at=info", b'at=error code=H11 desc="Backlog too deep"')
        .replace(b" status=200", b" status=503")
    )
    before, _, rest = refused.partition(b"connect=")
    refused = before + b"connect= service= " + rest.partition(b"ms status")[2].replace(b"=503", b"status=503", 1)
    found = imported(lines(tmp_path / "log", [refused, *whole]))
    assert len(found.workload) == len(whole)
    assert "1 requests refused by the router" in said(found)


def test_websockets_hold_no_thread(tmp_path: Path):
    whole = told("heroku")
    found = imported(lines(tmp_path / "log", [*whole, whole[0].replace(b"status=200", b"status=101")]))
    assert len(found.workload) == len(whole)
    assert "1 connections that became websockets" in said(found)


def test_what_nginx_answers_itself_is_left_out(tmp_path: Path):
    whole = told("nginx-msec")
    changed = [line.rpartition(b" ")[0] + b" -" if place < 4 else line for place, line in enumerate(whole)]
    found = imported(lines(tmp_path / "log", changed), log_format=nginx.WITH_MSEC)
    assert len(found.workload) == len(whole) - 4
    assert "4 requests answered on the way to the application" in said(found)


@pytest.mark.parametrize(
    ("upstream", "seconds"), [("0.500", 0.5), ("0.250, 0.250", 0.5), ("0.250 : 0.125", 0.375), ("-, 0.500", 0.5)]
)
def test_several_servers_tried_are_one_request(upstream: str, seconds: float):
    row = nginx.reader(nginx.WITH_MSEC)(f'1767607200.000 id "GET / HTTP/1.1" 200 0.750 {upstream}'.encode())
    assert row == (1767607199250000, round(seconds * 1e6), 0, b"GET / HTTP/1.1", b"id")


def test_combined_alone_has_no_duration_and_that_is_said(tmp_path: Path):
    content = [line.partition(b'"curl/8.5"')[0] + b'"curl/8.5"' for line in told("nginx")]
    with pytest.raises(ValueError, match=f"{len(content)} lines without a duration"):
        imported(lines(tmp_path / "log", content))


@pytest.mark.parametrize("lacking", ['$msec "$request" $status', "$request_time $msec", '"$request" $request_time'])
def test_a_log_format_that_lacks_what_is_needed_is_refused(lacking: str):
    with pytest.raises(ValueError, match=r"log_format = .* it lacks \$"):
        nginx.reader(lacking)


def test_a_log_format_may_name_a_variable_twice():
    parse = nginx.reader('$time_iso8601 $msec $time_iso8601 "$request" $request_time $request_time')
    line = b'2026-01-05T10:00:31+00:00 1767607231.250 2026-01-05T10:00:31+00:00 "GET / HTTP/1.1" 1.500 1.500'
    assert parse(line) == (1767607229750000, 1500000, MAYBE, b"GET / HTTP/1.1", b"")


def test_without_a_status_what_lasted_the_timeout_was_timed_out_and_nothing_else(tmp_path: Path):
    times = [("1.500", 2), ("30.000", 40), ("0.100", 60)]
    content = [f'{1767607200 + end}.000 "GET / HTTP/1.1" {time}'.encode() for time, end in times]
    found = imported(lines(tmp_path / "log", content), log_format='$msec "$request" $request_time')
    assert found.timed_out.tolist() == [False, True, False]
    assert found.lower_bounds == 1


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [
        ("heroku", b" bytes=412", b' sent="412" bytes=412'),
        ("alb", b'"curl/8.5"', b'"curl \\"8.5\\""'),
        ("lograge", b" controller", b" by=me controller"),
        ("sidekiq 7", b" elapsed", b" queue=default elapsed"),
        ("sidekiq 8", b" elapsed", b" queue=default elapsed"),
        ("sidekiq json", b'"elapsed"', b'"tags":{"a":1},"elapsed"'),
    ],
)
def test_what_is_added_to_a_line_does_not_change_what_is_read(name: str, usual: bytes, other: bytes):
    parse = module(name).reader()
    for line in told(name)[:50]:
        assert parse(line.replace(usual, other)) == parse(line) != None  # noqa: E711


def test_a_log_format_may_be_json(tmp_path: Path):
    log_format = '{"t":"$time_iso8601","m":"$request_method","u":"$request_uri","s":$status,"d":"$request_time"}'
    row = nginx.reader(log_format)(
        b'{"t":"2026-01-05T10:00:31+00:00","m":"POST","u":"/reports?a=\\"b","s":200,"d":"1.500"}'
    )
    assert row == (1767607229500000, 1500000, 8, b'POST /reports?a=\\"b', b"")


def test_the_keys_of_heroku_s_lines_may_stand_in_any_order_quoted_or_not():
    first, second = told("heroku")[:2]
    head, keys = first.split(b"]: ")
    shuffled = keys.split(b" ")
    random.Random(1).shuffle(shuffled)
    changed = head + b"]: " + b" ".join(shuffled).replace(b"service=", b'service="').replace(b"ms", b'ms"', 2)
    changed = changed.replace(b'connect=0ms"', b"connect=0ms")
    parse = heroku.reader()
    assert parse(head + b"]: " + b" ".join(shuffled)) == parse(first) != parse(second)
    assert parse(b"338 <158>1 " + first.replace(b"heroku[router]:", b"host heroku router -")) == parse(first)


def test_a_value_in_a_quoted_path_is_no_key():
    line = told("heroku")[0].replace(b"?q=a", b"? service=99999ms status=200 q=a")
    row, expected = heroku.reader()(line), heroku.reader()(told("heroku")[0])
    assert isinstance(row, tuple)
    assert isinstance(expected, tuple)
    assert row[:3] == expected[:3]


@pytest.mark.parametrize(
    "line",
    [
        b'{"method":"GET","path":"/a","status":200,"duration":58.33,"@timestamp":"2026-01-05T10:00:31.402Z"}',
        b"I, [2026-01-05T10:00:31.402117 #4]  INFO -- : [0f3c] method=GET path=/a format=- status=200 duration=58.33",
        b"2026-01-05T10:00:31.402+00:00 app[web.1]: method=GET path=/a format=- controller=A status=200 duration=58.33",
        b"Jan  5 host app 2026-01-05T10:00:31.402Z status=200 method=GET duration=58.33 path=/a format=html",
    ],
)
def test_lograge_comes_in_several_dresses(line: bytes):
    row = lograge.reader()(line)
    assert isinstance(row, tuple)
    assert row[1:4] == (58330, 32, b"GET /a")
    assert abs(row[0] - (1767607231402000 - 58330)) < 1000


def test_lograge_without_a_carrier_s_time_is_no_row():
    assert lograge.reader()(b"method=GET path=/a format=html status=200 duration=58.33") == "lines without a time"


def test_rails_lines_without_tags_are_used_only_where_they_cannot_be_mixed_up(tmp_path: Path):
    start, end = b'Started GET "/a" for 192.0.2.7 at 2026-01-05 10:00:19 +0000', b"Completed 200 OK in 100ms"
    parse = rails.reader()
    assert [type(parse(line)).__name__ for line in (start, end, start, start, end, start, end, end, start, end)] == [
        *("str", "tuple", "str", "str", "str", "str", "str", "str", "str", "tuple")
    ]


def test_rails_requests_that_never_completed_are_counted(tmp_path: Path):
    whole = [line for line in told("rails") if not line.endswith(b"3.1ms)") or b"[00000003-" not in line]
    found = imported(lines(tmp_path / "log", whole))
    assert "1 requests that began and did not complete" in said(found)


def test_cloudfront_s_header_says_where_the_columns_are():
    parse = cloudfront.reader()
    names = list(cloudfront.STANDARD)
    line = dict(zip(names, told("cloudfront")[0].split(b"\t"), strict=True))
    expected = parse(told("cloudfront")[0])
    names.reverse()
    assert parse(b"#Version: 1.0") == ""
    assert parse(b"#Fields: " + b" ".join(names)) == ""
    assert parse(b"\t".join(line[name] for name in names)) == expected


SECRETS = ["192.0.2.7", "curl", "secret", "5eed", "dyno", "app.example.com", "q=", "jid", "1dc94p", "10.0.0.1"]


@each
@pytest.mark.parametrize("how", [{}, {"slower_than": "1s"}], ids=["globs", "guessed"])
def test_no_address_agent_query_or_id_leaves_the_log(name: str, how: dict[str, str], tmp_path: Path):
    log = lines(tmp_path / "a.log", told(name))
    out = tmp_path / "w.csv"
    arguments = ["--slower-than", "1s"] if how else ["--report", "/reports/*"]
    formats = ["--log-format", log_format(name)] if log_format(name) else []
    done = command("import", log, "--threads", "5", "--out", str(out), *arguments, *formats)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode() + done.stderr.decode() + out.read_text()
    assert [secret for secret in SECRETS if secret in text] == []
    assert not any(f"/{number}" in text for number in range(90))


def test_names_of_people_in_paths_are_not_shown(tmp_path: Path):
    whole = told("heroku")
    names = [
        a + b for a in ("anna", "bert", "carl", "dora", "emil") for b in ("meier", "huber", "gruber", "bauer", "wolf")
    ]
    changed = [
        line.replace(b"/reports/", f"/people/{names[place % 25]}/report/".encode()) for place, line in enumerate(whole)
    ]
    found = imported(lines(tmp_path / "log", changed), slower_than="1s", reports=())
    assert "/people/*/report/*" in said(found)
    assert not any(name in said(found) for name in names)


def test_a_guess_says_the_paths_it_found_and_their_share(tmp_path: Path):
    found = imported(lines(tmp_path / "log", told("heroku")), slower_than="1s", reports=())
    assert found.workload.is_report.sum() == RUNS["sync"].records.is_report.sum()
    reports = int(found.workload.is_report.sum())
    share = f"{100 * reports / len(found.workload):.1f} %"
    assert f"  /reports/*: {reports} requests ({share})" in said(found)


@pytest.mark.parametrize("esc", [b"\x1b[31m", b"\x1b]0;title\x07", b"\x9b31m", b"\r\x08\x08"])
def test_control_characters_of_a_log_never_reach_the_terminal(esc: bytes, tmp_path: Path):
    changed = [
        line.replace(b"/reports/", b"/re" + esc + b"ports/").replace(b"/pages/", b"/" + esc) for line in told("heroku")
    ]
    for arguments in (["--slower-than", "1s"], ["--report", "/re*"], ["--format", "rails"]):
        done = command(
            "import", lines(tmp_path / "log", changed), "--threads", "5", *arguments, "--out", str(tmp_path / "w")
        )
        for text in (done.stdout, done.stderr):
            assert all(letter.isprintable() or letter == "\n" for letter in text.decode()), text
        assert done.returncode in (0, 2)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "no lines"),
        (b"\n\n\n", "in 3 lines: no lines"),
        (b"hello\nworld\n", "2 lines of other programs"),
        (bytes(range(256)) * 100, "lines of other programs"),
        (b"\x1f\x8b broken", "1 compressed files that end too early or are damaged"),
        (b"x" * 200_000, "1 lines too long"),
        (told("heroku")[0][:-60], "1 lines cut short or damaged"),
    ],
    ids=["empty", "blank", "words", "binary", "broken gzip", "one long line", "one half line"],
)
def test_a_log_with_nothing_usable_is_refused_with_what_was_found(content: bytes, found: str, tmp_path: Path):
    (tmp_path / "log").write_bytes(content)
    done = command("import", str(tmp_path / "log"), "--threads", "5")
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ")
    assert found in line
    assert "allowed: heroku, nginx, rails, lograge, alb, cloudfront, sidekiq" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such.log"], "no-such.log: No such file or directory"),
        (["."], ".: Is a directory"),
        (["-", "-"], "-: given twice"),
        (["-", "--format", "herocu"], "did you mean heroku?"),
        (["-", "--log-format", "$foo"], "it lacks $msec"),
        (["-", "--format", "rails", "--log-format", '$msec $request_time "$request"'], "it is nginx's"),
        (["-", "--threads", "0"], "--threads = 0; allowed: a whole number from 1"),
        (["-", "--slower-than", "fast"], "--slower-than = 'fast'; allowed"),
        (["-", "--web-time", "-1"], "--web-time"),
        (["-", "--report", ""], "--report = ''; allowed: a glob"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments: list[str], words: str):
    done = command("import", *arguments, stdin=told("heroku")[0])
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert words in line


def test_a_log_comes_from_stdin_and_its_workload_goes_to_stdout(tmp_path: Path):
    done = command("import", "-", "--threads", "5", "--report", "/reports/*", stdin=b"\n".join(told("heroku")))
    rows = done.stdout.decode().splitlines()
    assert rows[0].startswith("arrived_at,kind,web_time,external_time")
    assert len(rows) == 1 + len(told("heroku"))
    assert "reports" in done.stderr.decode()


def test_an_imported_file_is_a_workload_for_compare(tmp_path: Path):
    result = run()
    log, out = written(tmp_path / "log", result, heroku.tell, lograge.tell), tmp_path / "w.csv"
    assert command("import", log, "--report", "/reports/*", "--out", str(out)).returncode == 0
    done = command("compare", "--set", "threads=5", "--workload", str(out), "--json", "--engine", "exact")
    assert json.loads(done.stdout)["cycles"]["sync"]["timed_out"] == result.summary.timed_out


@pytest.mark.slow
@pytest.mark.parametrize("log_format", [nginx.WITH_MSEC, nginx.WITH_MSEC.replace("$msec", "$time_iso8601")])
def test_what_is_kept_of_a_request_is_at_most_a_hundred_bytes(log_format: str, tmp_path: Path):
    """The memory grows with the rows only: the difference between a longer and a shorter log, row by row."""
    peaks, sizes = [], []
    request = '"GET /pages/1 HTTP/1.1" 200 0.050 0.050'
    start = datetime(2026, 1, 5, 10, tzinfo=UTC)
    for number in (30_000, 60_000):
        whole = [start + timedelta(seconds=n / 4) for n in range(number)]
        at = [f"{when.timestamp():.3f}" if "$msec" in log_format else f"{when:%Y-%m-%dT%H:%M:%SZ}" for when in whole]
        log = lines(tmp_path / "log", (f"{when} {n:08x} {request}".encode() for n, when in enumerate(at)))
        tracemalloc.start()
        found = imported(log, log_format=log_format)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(len(found.workload))
    assert np.diff(peaks)[0] / np.diff(sizes)[0] <= 100


@pytest.mark.slow
def test_a_large_log_streams_through_in_bounded_memory(tmp_path: Path):
    """Lines that are not kept cost nothing, however many there are."""
    noise = b"another program says something that is no request at all\n" * 1000
    peaks = []
    for many in (60, 240):
        with (tmp_path / "log").open("wb") as stream:
            stream.write(b"\n".join(told("heroku")) + b"\n")
            for _ in range(many):
                stream.write(noise)
        tracemalloc.start()
        imported(str(tmp_path / "log"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= 1.5 * peaks[0]

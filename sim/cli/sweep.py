"""The commands about many runs: `replicate`, `sweep` and `size`."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import write
from .common import (
    add_command,
    add_scenario,
    beside,
    check_plot,
    check_writable,
    load_run,
    load_scenario,
    progress_bar,
    tried,
)
from .says import DONE

if TYPE_CHECKING:
    import pandas as pd

    from ..scenario import Scenario
    from ..studies.sweeps import Progress
    from ..workload import Workload

SHOWN = ["timeout_fraction", "response_time.mean", "page_response_time.p95", "completion_time.p95"]


def add_parsers(commands: Any) -> None:
    """Declare `replicate`, `sweep` and `size`."""
    replicate = add_command(commands, "replicate", _sweep, "one scenario's figures over many seeds, with intervals")
    sweep = add_command(commands, "sweep", _sweep, "the figures as knobs are turned, with intervals")
    size = add_command(commands, "size", _size, "the smallest number of threads or workers that meets a goal")
    replicate.set_defaults(vary=[], plot=None)
    for parser in (replicate, sweep, size):
        add_scenario(parser)
        parser.add_argument(
            "--replications", type=int, default=20, metavar="N", help="runs of each point, the first with the seed (20)"
        )
    sweep.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="FIELD=VALUES",
        help="values 2,4,8 or from:to:step; may be given again",
    )
    for parser in (replicate, sweep):
        parser.add_argument(
            "--statistic", action="append", metavar="NAME", help="show this figure, such as waiting_time.mean"
        )
        parser.add_argument(
            "--theory", action="store_true", help="what a formula says beside each figure, also in the files"
        )
    sweep.add_argument(
        "--plot", metavar="FILE", help="draw the first figure shown: curves, or a map of two fields (png, svg or pdf)"
    )
    sweep.add_argument("--map", choices=("sync", "async", "difference"), default="sync", help="what a map is of (sync)")
    size.add_argument(
        "--goal", action="append", required=True, metavar="GOAL", help='such as "timeout_fraction < 0.01"'
    )
    size.add_argument("--over", choices=("threads", "workers"), default="threads", help="what to count (threads)")
    size.add_argument("--cycle", choices=("sync", "async"), help="sync for threads, async for workers")
    size.add_argument("--most", type=int, metavar="N", help="try no more than so many")
    for parser in (replicate, sweep, size):
        parser.add_argument(
            "--block", metavar="TIME", help="of a workload file: the length of the pieces of replications (60s)"
        )
        parser.add_argument("--csv", metavar="FILE", help="write all figures as CSV")
        parser.add_argument("--parquet", metavar="FILE", help="write all figures as Parquet")
        parser.add_argument("--json", action="store_true", help="print all figures as one JSON object")
        parser.add_argument("--jobs", type=int, default=1, metavar="N", help="use so many processes (1)")
        parser.add_argument("--dask", metavar="ADDRESS", help="run on this Dask cluster")
        parser.add_argument("--quiet", action="store_true", help="no progress")


def _sweep(args: argparse.Namespace) -> int:
    from ..studies.beside import refuse_without_theory, with_theory
    from ..studies.estimates import check_statistics_of
    from ..studies.executors import chosen
    from ..studies.ranges import varied
    from ..studies.sweeps import sweep

    vary, shown, (scenario, log) = varied(args.vary), _statistics(args.statistic), _load(args)
    _check_outputs(args, len(vary))
    check_statistics_of(scenario, shown, "--statistic")
    if args.theory:
        if log is not None:
            raise ValueError("--theory beside --workload: no formula is about a file; allowed: one of the two")
        refuse_without_theory(scenario, vary, shown)
    how: dict[str, Any] = {"replications": args.replications, "progress": _progress(args), "workload": log}
    how["block"] = block = _block(args)
    with chosen(args.jobs, args.dask) as executor:
        frame = sweep(scenario, vary, executor=executor, **how)
    if args.theory:
        frame = with_theory(frame, scenario, vary)
    _write(frame, args)
    if args.plot:
        _plot(frame, scenario, vary, shown[0], args, log)
    if args.json:
        print(_json(frame, scenario, {"vary": list(vary)}, log, block))
    else:
        from ..studies.tables import sweep_table

        print(sweep_table(frame, list(vary), shown), file=beside(args.csv, args.parquet))
        _say_of(log, block, args)
    return DONE


def _size(args: argparse.Namespace) -> int:
    from ..studies.executors import chosen
    from ..studies.sizing import size

    (scenario, log), block = _load(args), _block(args)
    _check_outputs(args, 1)
    with chosen(args.jobs, args.dask) as executor:
        sizing = size(
            scenario,
            args.goal,
            over=args.over,
            cycle=args.cycle,
            most=args.most,
            replications=args.replications,
            workload=log,
            block=block,
            executor=executor,
            progress=_progress(args),
        )
    _write(sizing.tried, args)
    if args.json:
        print(_json(sizing.tried, scenario, sizing.to_json(), log, block))
    else:
        from ..studies.tables import sizing_text

        print(sizing_text(sizing, scenario.title or "A scenario"), file=beside(args.csv, args.parquet))
        _say_of(log, block, args)
    return DONE


def _load(args: argparse.Namespace) -> "tuple[Scenario, Workload | None]":
    """The scenario, and a file's requests if one is named: of these the seed chooses the pieces of replications."""
    if args.workload is None:
        return load_scenario(args), None
    seed, args.seed = args.seed, None
    scenario, log = load_run(args)
    return scenario.model_copy(update={"seed": scenario.seed if seed is None else seed}), log


def _block(args: argparse.Namespace) -> float:
    """The length of the pieces that replications of a file are put together of (s)."""
    from ..bootstrap import BLOCK, length_of

    if args.block is not None and args.workload is None:
        raise ValueError("block without --workload: only a file is cut into pieces; allowed: beside --workload")
    return length_of(BLOCK if args.block is None else args.block)


def _say_of(log: "Workload | None", block: float, args: argparse.Namespace) -> None:
    if log is not None:
        from ..bootstrap import told

        print(told(log, block), file=beside(args.csv, args.parquet))


def _statistics(names: list[str] | None) -> list[str]:
    from ..studies.estimates import check_statistic

    for name in names or []:
        check_statistic(name, "--statistic")
    return list(dict.fromkeys(names or SHOWN))


def _check_outputs(args: argparse.Namespace, fields: int) -> None:
    """Find out before the runs what could not be written after them."""
    if getattr(args, "plot", None) is not None:
        check_plot(args.plot)
        if fields > 2:
            raise ValueError(f"--plot with {fields} varied fields; allowed: one (curves) or two (a map)")
    if args.parquet:
        from ..studies.executors import needs

        needs("pyarrow", "parquet")
    for flag in ("csv", "parquet"):
        if getattr(args, flag, None):
            check_writable(f"--{flag}", Path(getattr(args, flag)))


def _progress(args: argparse.Namespace) -> "Progress":
    return iter if args.quiet else progress_bar(args.command, "runs") or iter


def _write(frame: "pd.DataFrame", args: argparse.Namespace) -> None:
    if args.csv:
        tried("--csv", lambda: write(args.csv, frame.to_csv(index=False, lineterminator="\n").encode()))
    if args.parquet:
        tried("--parquet", lambda: write(args.parquet, frame.to_parquet(index=False)))


def _json(
    frame: "pd.DataFrame", scenario: "Scenario", more: dict[str, Any], log: "Workload | None", block: float
) -> str:
    from ..scenario import GENERATOR_FIELDS
    from ..studies.tables import json_rows

    scenario_data = scenario.to_json()
    if log is not None:
        scenario_data |= dict.fromkeys(GENERATOR_FIELDS - {"seed"})
        more = {**more, "block": block}
    return json.dumps({"schema": 1, "scenario": scenario_data, **more, "rows": json_rows(frame)}, allow_nan=False)


def _plot(
    frame: "pd.DataFrame",
    scenario: "Scenario",
    vary: dict[str, list[float]],
    statistic: str,
    args: argparse.Namespace,
    log: "Workload | None",
) -> None:
    from ..plots import save, sweep_figure
    from ..studies.beside import curves

    theory = curves(scenario, vary, statistic) if len(vary) == 1 and log is None else None
    picture = sweep_figure(frame, list(vary), statistic, cycle=args.map, theory=theory)
    tried("--plot", lambda: save(picture, args.plot))

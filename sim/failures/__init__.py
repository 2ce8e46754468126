"""The SimPy engine for scenarios in which something goes wrong: rules R11 to R19 of `docs/model.md`.

Reading order: `instants` (what one instant does when), `door` (the bounded backlog, the rows of requests), `ways` (a
request's legs), `calls` (which of them fail), `clients` (who tries again, who asks whether it is ready), `cores`
(threads that compute), `jobs`, `retry_set` (failed jobs and their poller), `application` (the workers: queues, runs,
stops, who is run again), `run` (the story of `des`, and what goes wrong in it), `books` (the turns and accounts of a
run). A rule that is off takes no part in an instant.
"""

KNOWS = frozenset(  # the fields that ask for these rules: whatever else is asked for is refused
    {"backlog_limit", "client_retries", "service_timeout", "cores", "result", "outages", "failure_fraction"}
    | {"worker_stops", "queues"}
)

"""Your own logs: lines become rows (a module per format), rows a workload (joined or unqueued), then an answer.

The reading order: `streams` (files to lines), `stamps` and `rows` (what a line is made of, and becomes), a module for
each of the FORMATS, `paths` (which requests are alike), `reading` (whose lines they are), `ordering`, `working` and
`unqueueing` (when each came, and how long it worked), `twice` (who stands in two logs), `slow` (what is a report),
`saying` (what must be said of it), `importing` (all of that), `whatif` (the answer); `telling` and `sample` write the
logs that ship.

A format is a module with NAME; SOURCE ("router", "application" or "jobs"); `reader(log_format)`, which gives a function
of a line that returns a row, or what else the line is: a text for the tally, None for a line that is not this format's
(`rows.Parsed`); and `tell(told)`, which writes a request's lines, for tests and samples. TAKES_LOG_FORMAT stands in the
one whose lines are as `--log-format` says.
"""

FORMATS = ("heroku", "nginx", "rails", "lograge", "alb", "cloudfront", "sidekiq")  # where several fit, the first

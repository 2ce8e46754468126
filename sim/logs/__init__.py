"""Your own logs: lines become rows (a module per format), rows a workload (joined or unqueued), then an answer."""

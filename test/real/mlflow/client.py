"""MLflow's own client: client.py URI COMMAND ARGUMENT…. Prints {"ids", "spans", "text"} or {"error"}."""
import json
import sys

import mlflow
from mlflow import MlflowClient

uri, command, *rest = sys.argv[1:]
mlflow.set_tracking_uri(uri)


def told(traces):
    text = json.dumps([json.loads(trace.to_json()) for trace in traces])
    return {"ids": [t.info.trace_id for t in traces], "spans": sum(len(t.data.spans) for t in traces), "text": text}


def answer():
    if command == "get":
        return told([mlflow.get_trace(rest[0])])
    if command == "search":
        experiment, most, condition = rest
        found = mlflow.search_traces(locations=[experiment], max_results=int(most), filter_string=condition or None, return_type="list")
        return told(found)
    if command == "list":
        experiment, order = rest
        page = MlflowClient().search_traces(locations=[experiment], max_results=100, include_spans=False, order_by=[order])
        return told(page)
    if command == "experiments":
        return {"ids": [e.experiment_id for e in mlflow.search_experiments()], "spans": 0, "text": ""}
    if command == "log":
        mlflow.set_experiment(experiment_id=rest[0])
        with mlflow.start_span(name="through the door") as span:
            span.set_inputs({"question": "is it open?"})
        mlflow.flush_trace_async_logging()
        return {"ids": [span.trace_id], "spans": 1, "text": ""}
    raise SystemExit(f"no such command: {command}")


try:
    print(json.dumps(answer()))
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))

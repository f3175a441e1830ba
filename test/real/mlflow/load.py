"""Loads traces into an MLflow server: load.py URI EXPERIMENT FILE. Prints the experiment and the trace ids."""
import json
import os
import sys

# Spans go one by one: a client that gets no word of the server's version in time stores them as files instead.
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow

uri, name, file = sys.argv[1:4]
mlflow.set_tracking_uri(uri)
experiment = mlflow.set_experiment(name)
ids = []
for trace in json.load(open(file)):
    with mlflow.start_span(name="agent", span_type="AGENT") as root:
        root.set_inputs({"question": trace["input"]})
        for step in trace["steps"]:
            with mlflow.start_span(name="think", span_type="CHAT_MODEL") as span:
                span.set_inputs({"messages": [{"role": "system", "content": trace["system"]}, {"role": "user", "content": trace["input"]}]})
                call = {"function": {"name": "act", "arguments": json.dumps({"call": step["action"]})}}
                message = {"role": "assistant", "reasoning_content": step["thought"], "content": "", "tool_calls": [call]}
                span.set_outputs({"model": trace["model"], "choices": [{"message": message}]})
            with mlflow.start_span(name="act", span_type="TOOL") as span:
                span.set_inputs({"call": step["action"]})
                span.set_outputs({"observation": step["observation"]})
        root.set_outputs({"answer": trace["output"]})
        mlflow.update_current_trace(tags={"note": trace["input"]}, metadata={"agent.note": trace["output"]})
    ids.append(root.trace_id)
places = {mlflow.MlflowClient().get_trace(id).info.tags.get("mlflow.trace.spansLocation") for id in ids}
if places != {"TRACKING_STORE"}:
    raise SystemExit(f"spans are stored in {places}")
print(json.dumps({"experiment": experiment.experiment_id, "ids": ids}))

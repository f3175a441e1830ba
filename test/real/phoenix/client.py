"""Phoenix's own client: client.py URL KEY COMMAND ARGUMENT…. Prints {"ids", "rows", "text"} or {"error"}."""
import json
import sys

import httpx
from phoenix.client import Client
from phoenix.client.types.spans import SpanQuery

url, key, command, *rest = sys.argv[1:]
client = Client(base_url=url, api_key=key)


def framed(frame):
    column = "context.trace_id" if "context.trace_id" in frame.columns else None
    ids = sorted(set(frame[column])) if column else []
    return {"ids": ids, "rows": len(frame), "text": frame.to_json(default_handler=str)}


def answer():
    if command == "spans":
        project, *ids = rest
        spans = client.spans.get_spans(project_identifier=project, trace_ids=ids or None, limit=100)
        return {"ids": sorted({s["context"]["trace_id"] for s in spans}), "rows": len(spans), "text": json.dumps(spans)}
    if command == "frame":
        project, condition, *columns = rest
        query = SpanQuery()
        if condition:
            query = query.where(condition)
        if columns:
            query = query.select(*columns)
        frame = client.spans.get_spans_dataframe(project_identifier=project, query=query, limit=1000)
        return framed(frame)
    if command == "graphql":
        response = httpx.post(f"{url}/graphql", json={"query": rest[0]}, headers={"authorization": f"Bearer {key}"}, timeout=20)
        response.raise_for_status()
        return {"ids": [], "rows": 0, "text": response.text}
    if command == "projects":
        found = client.projects.list()
        return {"ids": [p["name"] for p in found], "rows": len(found), "text": ""}
    raise SystemExit(f"no such command: {command}")


try:
    print(json.dumps(answer()))
except httpx.HTTPStatusError as error:
    print(json.dumps({"error": f"{error.response.status_code} {error.response.text[:600]}"}))
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))

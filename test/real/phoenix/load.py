"""Loads traces into a Phoenix server: load.py URL PROJECT FILE. Prints the trace ids."""
import json
import sys

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

url, project, file = sys.argv[1:4]
headers = {"authorization": f"Bearer {sys.argv[4]}"} if len(sys.argv) > 4 else None
provider = TracerProvider(resource=Resource({"openinference.project.name": project}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces", headers=headers)))
tracer = provider.get_tracer("load")
ids = []
for trace in json.load(open(file)):
    with tracer.start_as_current_span("agent") as root:
        root.set_attributes({
            "openinference.span.kind": "AGENT",
            "session.id": f"s{len(ids) % 3}",
            "input.value": trace["input"],
            "output.value": json.dumps({"answer": trace["output"]}),
            "output.mime_type": "application/json",
            "metadata": json.dumps({"note": trace["input"]}),
        })
        for step in trace["steps"]:
            with tracer.start_as_current_span("think") as span:
                span.set_attributes({
                    "openinference.span.kind": "LLM",
                    "llm.model_name": trace["model"],
                    "llm.input_messages.0.message.role": "system",
                    "llm.input_messages.0.message.content": trace["system"],
                    "llm.input_messages.1.message.role": "user",
                    "llm.input_messages.1.message.content": trace["input"],
                    "llm.output_messages.0.message.role": "assistant",
                    "llm.output_messages.0.message.contents.0.message_content.text": step["thought"],
                    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "act",
                    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": json.dumps({"call": step["action"]}),
                    "llm.token_count.total": 40 + len(step["thought"]),
                })
                span.add_event("observed", {"observation": step["observation"]})
        ids.append(format(root.get_span_context().trace_id, "032x"))
provider.shutdown()
print(json.dumps({"ids": ids}))

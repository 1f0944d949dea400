"""Checks the spans of a program after a collector has received them and passed them on.

Usage: collector.py PROGRAM
"""

import collections
import gzip
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import rotel
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

# The path of the collector in the package `rotel`.
AGENT = pathlib.Path(rotel.__file__).parent / "rotel-agent"

spans = []
resources = []


class Backend(http.server.BaseHTTPRequestHandler):
    """Receives what the collector passes on."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            resources.append(resource.resource)
            for scope in resource.scope_spans:
                spans.extend(scope.spans)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(condition, what):
    until = time.monotonic() + 20
    while not condition():
        if time.monotonic() > until:
            sys.exit(f"collector: {what}")
        time.sleep(0.05)


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def start_collector(backend, directory):
    port = free_port()
    command = [AGENT, "start", "--otlp-http-endpoint", f"127.0.0.1:{port}"]
    command += ["--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}", "--batch-timeout", "100ms"]
    command += ["--exporter", "otlp", "--otlp-exporter-protocol", "http"]
    command += ["--otlp-exporter-endpoint", f"http://127.0.0.1:{backend}"]
    log = open(directory / "rotel.log", "w")
    agent = subprocess.Popen(command, stdout=log, stderr=log)
    wait_for(lambda: is_open(port), f"rotel does not listen; see {log.name}")
    return agent, port


def run(program, port, directory):
    """Runs the program. Returns how many calls each kind has, by the exporter of the table."""
    table = directory / "table.json"
    environment = os.environ | {
        "EVENT_EXPORT": f"otlp,summary={table}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_SERVICE_NAME": "jit",
    }
    subprocess.run([program], env=environment, check=True, stdout=subprocess.DEVNULL)
    calls = collections.Counter()
    for row in json.loads(table.read_text())["rows"]:
        calls[row["kind"]] += row["calls"]
    return calls


def attribute(of, key):
    values = [pair.value for pair in of.attributes if pair.key == key]
    assert len(values) == 1, f"{len(values)} attributes {key}"
    return values[0].string_value


def check(calls):
    by_id = {span.span_id: span for span in spans}
    assert len(by_id) == len(spans), "the ids of spans differ"
    kinds = collections.Counter(attribute(span, "event.kind") for span in spans)
    assert kinds == calls, f"counts differ: {kinds} and {calls}"
    roots = 0
    for span in spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        if not span.parent_span_id:
            roots += 1
            continue
        parent = by_id[span.parent_span_id]
        assert parent.trace_id == span.trace_id, "a parent is in the same trace"
        assert parent.start_time_unix_nano <= span.start_time_unix_nano
    assert {attribute(resource, "service.name") for resource in resources} == {"jit"}
    traces = len({span.trace_id for span in spans})
    assert traces == roots, f"{traces} traces and {roots} roots"
    print(f"collector: {len(spans)} spans in {traces} traces, as the table counts them")


def main(program):
    backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        agent, port = start_collector(backend.server_address[1], directory)
        try:
            calls = run(program, port, directory)
            count = sum(calls.values())
            wait_for(lambda: len(spans) >= count, f"{len(spans)} of {count} spans arrived")
            time.sleep(0.5)  # no more may arrive
        finally:
            agent.terminate()
            agent.wait()
    check(calls)


main(sys.argv[1])

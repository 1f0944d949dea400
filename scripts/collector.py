"""Checks the spans of programs after a collector has received them and passed them on.

Usage: collector.py JIT SERVER

Both programs send by HTTP, and then by gRPC. The server is two processes, whose spans form one
trace for each request.
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

from servers import free_port, wait_for

# The path of the collector in the package `rotel`.
AGENT = pathlib.Path(rotel.__file__).parent / "rotel-agent"

# The clocks of two processes differ by less than this, in nanoseconds.
CLOCKS = 1_000_000

spans = []
# The name of the service of each span, by its id.
services = {}


class Backend(http.server.BaseHTTPRequestHandler):
    """Receives what the collector passes on."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            service = attribute(resource.resource, "service.name")
            for scope in resource.scope_spans:
                services.update({span.span_id: service for span in scope.spans})
                spans.extend(scope.spans)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def start_collector(backend, directory):
    """Starts the collector. Returns it, and its endpoint for each protocol."""
    ports = {"http/protobuf": free_port(), "grpc": free_port()}
    command = [AGENT, "start", "--otlp-http-endpoint", f"127.0.0.1:{ports['http/protobuf']}"]
    command += ["--otlp-grpc-endpoint", f"127.0.0.1:{ports['grpc']}", "--batch-timeout", "100ms"]
    command += ["--exporter", "otlp", "--otlp-exporter-protocol", "http"]
    command += ["--otlp-exporter-endpoint", f"http://127.0.0.1:{backend}"]
    log = open(directory / "rotel.log", "w")
    agent = subprocess.Popen(command, stdout=log, stderr=log)
    for port in ports.values():
        wait_for(lambda: is_open(port), f"rotel does not listen; see {log.name}")
    return agent, {protocol: f"http://127.0.0.1:{port}" for protocol, port in ports.items()}


def run(command, protocol, endpoint, directory):
    """Runs a program. Returns how many calls each kind has, by the exporter of the table."""
    environment = os.environ | {
        "EVENT_EXPORT": f"otlp,summary={directory}/table-%p.json",
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_SERVICE_NAME": command[0].name,
    }
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert "spans were not exported" not in output.stderr, output.stderr
    calls = collections.Counter()
    for table in directory.glob("table-*.json"):
        for row in json.loads(table.read_text())["rows"]:
            calls[row["kind"]] += row["calls"]
        table.unlink()
    return calls


def attribute(of, key):
    values = [pair.value for pair in of.attributes if pair.key == key]
    assert len(values) == 1, f"{len(values)} attributes {key}"
    return values[0].string_value


def check(calls, expected_services):
    by_id = {span.span_id: span for span in spans}
    assert len(by_id) == len(spans), "the ids of spans differ"
    kinds = collections.Counter(attribute(span, "event.kind") for span in spans)
    assert kinds == calls, f"counts differ: {kinds} and {calls}"
    roots = 0
    for span in spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        assert {pair.key for pair in span.attributes} >= {"event.kind", "thread.id"}
        if not span.parent_span_id:
            roots += 1
            continue
        parent = by_id[span.parent_span_id]
        assert parent.trace_id == span.trace_id, "a parent is in the same trace"
        is_remote = services[parent.span_id] != services[span.span_id]
        earliest = parent.start_time_unix_nano - (CLOCKS if is_remote else 0)
        assert earliest <= span.start_time_unix_nano, "a span starts after its parent"
    traces = collections.defaultdict(set)
    for span in spans:
        traces[span.trace_id].add(services[span.span_id])
    assert len(traces) == roots, f"{len(traces)} traces and {roots} roots"
    assert set(services.values()) == expected_services
    return traces


def check_requests(traces, requests):
    """Checks that each request of the server is one trace in both of its processes."""
    clients = [span for span in spans if attribute(span, "event.kind") == "load:get"]
    assert len(clients) == requests
    assert all(traces[span.trace_id] == {"server", "front"} for span in clients)
    kinds = {span.name: span.kind for span in spans}
    assert 2 in kinds.values() and 3 in kinds.values(), "there are servers and clients"


def main(jit, server):
    requests = 40
    backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        agent, endpoints = start_collector(backend.server_address[1], directory)
        try:
            for protocol, endpoint in endpoints.items():
                for command, names in [
                    ([pathlib.Path(jit)], {"jit"}),
                    ([pathlib.Path(server), str(requests)], {"server", "front"}),
                ]:
                    spans.clear()
                    services.clear()
                    calls = run(command, protocol, endpoint, directory)
                    count = sum(calls.values())
                    wait_for(lambda: len(spans) >= count, f"{len(spans)} of {count} spans arrived")
                    time.sleep(0.5)  # no more may arrive
                    traces = check(calls, names)
                    if len(command) > 1:
                        check_requests(traces, requests)
                    name = command[0].name
                    print(f"collector: {name}, {protocol}: {count} spans in {len(traces)} traces")
        finally:
            agent.terminate()
            agent.wait()


main(*sys.argv[1:])

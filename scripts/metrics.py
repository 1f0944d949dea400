"""Scrapes the two processes of a server with Prometheus, and checks the answers to queries.

Usage: metrics.py SERVER
"""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from servers import free_port, wait_for

# The bodies of requests of OTLP.
received = []


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps the spans as they are."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        received.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read().decode()


class Prometheus:
    """A Prometheus that scrapes the ports each second."""

    def __init__(self, name, directory, ports, features):
        self.port = free_port()
        self.directory = directory / name
        self.directory.mkdir()
        config = self.directory / "prometheus.yml"
        targets = [f"127.0.0.1:{port}" for port in ports]
        job = {"job_name": "server", "scrape_interval": "1s", "static_configs": [{"targets": targets}]}
        config.write_text(json.dumps({"scrape_configs": [job]}))  # JSON is YAML
        self.command = [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={self.directory}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            f"--enable-feature={features}",
        ]

    def running(self):
        log = open(self.directory / "log", "w")
        return running(self.command, stdout=log, stderr=log)

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        answer = json.loads(get(f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, query):
        """Returns the values of the series by their labels."""
        series = self.ask("query", query=query)["result"]
        values = {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in series}
        return {labels: value for labels, value in values.items() if value == value}  # not NaN

    def exemplars(self, query):
        now = time.time()
        series = self.ask("query_exemplars", query=query, start=now - 600, end=now + 600)
        return [exemplar for one in series for exemplar in one["exemplars"]]


def check_text(port):
    text = get(f"http://127.0.0.1:{port}/metrics")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0 and not checked.stderr, checked
    return text.count("\n")


def check_exemplars(prometheus, metric):
    """Checks that the collector has the spans of exemplars. Returns how many there are."""

    def is_span(labels):
        ids = bytes.fromhex(labels["trace_id"]), bytes.fromhex(labels["span_id"])
        return any(all(id in body for id in ids) for body in list(received))

    def are_spans():
        # The spans of later ones may still wait for the next request.
        before = time.time() - 4
        exemplars = [one for one in prometheus.exemplars(metric) if one["timestamp"] < before]
        return len(exemplars) if len(exemplars) >= 3 and all(is_span(one["labels"]) for one in exemplars[-10:]) else 0

    return wait_for(are_spans, f"no exemplars of {metric}, or they are not spans")


def check(native, classic, ports):
    both = wait_for(
        lambda: len(found := native.query("count by (instance) (event_calls_total)")) == 2 and found,
        "Prometheus does not have both processes",
    )
    lines = sum(check_text(port) for port in ports)

    of_native = "histogram_quantile(0.5, sum by (kind, function) (rate(event_duration_seconds[20s])))"
    of_classic = "histogram_quantile(0.5, sum by (kind, function, le) (rate(event_duration_seconds_bucket[20s])))"
    query = wait_for(lambda: native.query(of_native), "no quantile of a native histogram")
    wait_for(lambda: classic.query(of_classic), "no quantile of a classic histogram")
    time.sleep(5)  # more scrapes
    # The native buckets are 9 % wide. A quantile of classic buckets is somewhere in its bucket.
    query = native.query(of_native)
    classic_values = classic.query(of_classic)
    assert query.keys() == classic_values.keys(), (query, classic_values)
    bounds = [0] + [float(dict(le)["le"]) for le in classic.query("count by (le) (event_duration_seconds_bucket)")]
    bounds.sort()
    for labels, value in query.items():
        position = next(at for at, bound in enumerate(bounds) if classic_values[labels] <= bound)
        # The two were scraped at different times, so the next bucket is right, too.
        low, high = bounds[max(position - 2, 0)], bounds[min(position + 1, len(bounds) - 1)]
        assert low <= value <= high, (labels, value, classic_values[labels])
    difference = "histogram_count(event_duration_seconds) - sum without (outcome) (event_calls_total)"
    counts = native.query(difference)
    assert counts and set(counts.values()) == {0}, counts
    assert not native.query("event_duration_seconds_bucket"), "the format was not protobuf"

    exemplars = [
        check_exemplars(prometheus, metric)
        for prometheus, metric in [
            (native, "event_duration_seconds"),
            (native, "event_calls_total"),
            (classic, "event_duration_seconds_bucket"),
            (classic, "event_calls_total"),
        ]
    ]
    for labels, value in sorted(query.items()):
        print(f"metrics: half of the calls of {dict(labels)['function']} took at most {value * 1e6:.1f} us")
    print(f"metrics: {len(both)} processes, {lines} lines of text, {exemplars} exemplars that are spans")


def main(server):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("metrics: terminated"))  # ends the children
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    shop, front = free_port(), free_port()
    environment = os.environ | {
        "EVENT_EXPORT": f"otlp,metrics=127.0.0.1:{shop}",
        "FRONT_EVENT_EXPORT": f"metrics=127.0.0.1:{front},otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.01",
    }
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        directory = pathlib.Path(directory)
        log = open(directory / "server.log", "w")
        stack.enter_context(running([server, "100000000"], env=environment, stdout=log, stderr=log))
        native = Prometheus("native", directory, [shop, front], "native-histograms,exemplar-storage")
        classic = Prometheus("classic", directory, [shop, front], "exemplar-storage")
        stack.enter_context(native.running())
        stack.enter_context(classic.running())
        check(native, classic, [shop, front])


main(sys.argv[1])

# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus on the host, with our alert rules, that scrapes one node through its forwarded port."""
import json
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

from .machine import free_port
from .processes import run, spawn
from .waiting import wait

RULES = Path(__file__).resolve().parents[3] / "metrics/rules/kdumpd.rules.yaml"


class Prometheus:
    def __init__(self, directory, node, port):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.node, self.target_port = node, port
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = None

    def __enter__(self):
        config = self.directory / "prometheus.yaml"
        config.write_text(f"""global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{RULES}]
scrape_configs:
  - job_name: kdumpd
    static_configs:
      - targets: ['127.0.0.1:{self.target_port}']
        labels: {{node: {self.node.name}}}
""", encoding="utf-8")
        run("promtool", "check", "config", config)
        self.process = spawn(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.directory / 'data'}",
                              f"--web.listen-address={self.url[7:]}"], self.directory / "prometheus.log")
        wait("Prometheus to be ready", self._ready, 60)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory / "data", ignore_errors=True)

    def _get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def _ready(self):
        try:
            return "Ready" in self._get("/-/ready")
        except OSError:
            return False

    def query(self, expression):
        """The samples of an instant query: labels and value."""
        answer = json.loads(self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["data"]["result"]]

    def value(self, expression):
        """Of the one sample; None when there is none."""
        samples = self.query(expression)
        return samples[0][1] if len(samples) == 1 else None

    def alerts(self):
        """The names of the alerts that fire."""
        answer = json.loads(self._get("/api/v1/alerts"))
        return {alert["labels"]["alertname"] for alert in answer["data"]["alerts"] if alert["state"] == "firing"}

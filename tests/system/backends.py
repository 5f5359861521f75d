"""nginx in a backend's namespace, with its own configuration and temporary folders."""

import hashlib
import os
import pathlib
import signal
import subprocess

from lab import BACKENDS, PREFIX, LabError, inside, run, wait_until

NGINX_CONF = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 16m;
  keepalive_timeout 0;
  server {{
    listen 80 backlog=511;
    add_header X-Backend {name} always;
    location / {{ return 200 "{name}\\n"; }}
    location /files/ {{ alias {folder}/files/; }}
  }}
}}
"""


class Nginx:
    """One backend's web server. Every answer bears its name in X-Backend."""

    def __init__(self, name, folder):
        self.name = name
        self.namespace = PREFIX + name
        self.address = BACKENDS[name]
        self.folder = pathlib.Path(folder, name)
        (self.folder / "files").mkdir(parents=True)
        self.folder.chmod(0o755)
        self.config = self.folder / "nginx.conf"
        self.config.write_text(NGINX_CONF.format(folder=self.folder, name=name))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            inside(self.namespace, "nginx", "-e", str(self.folder / "error.log"),
                   "-c", str(self.config)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        wait_until(f"nginx on {self.name}", self._answers, 15)

    def _answers(self):
        if self.process.poll() is not None:
            raise LabError(f"nginx on {self.name} ended: {self._log()}")
        listening = run(*inside(self.namespace, "ss", "-Hltn", "sport", "=", ":80"))
        return "LISTEN" in listening

    def _log(self):
        log = self.folder / "error.log"
        return log.read_text().strip()[-400:] if log.exists() else "no log"

    def kill(self):
        """As a crash: master and worker at once, no goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def put_file(self, name, size_bytes):
        """A file of pseudo-random bytes under /files/; returns its SHA-256."""
        stretch = hashlib.shake_256(f"{name} {size_bytes}".encode()).digest(size_bytes)
        (self.folder / "files" / name).write_bytes(stretch)
        return hashlib.sha256(stretch).hexdigest()



#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A real S3 server: OpenStack Swift with its s3api, on free loopback ports, in a temporary directory.

swift_server.py [--most-parts N]

Prints, once it answers: its address ("127.0.0.1:PORT"); that of a back door that speaks Swift's own API
and asks nobody who they are (account AUTH_test); that of the first with TLS; the file of the certificate
that this one shows. Ends, with all that it started and made, when
its standard input ends or it is told to (SIGTERM), and its servers end also when it is killed.
Access key "test:tester", secret "testing"; also "test:node", with NODE_SECRET. Needs root, for Swift runs as user swift.
"""
import argparse
import ctypes
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

NODE_SECRET = "n0-other-text-says-this"
SERVERS = ("account", "container", "object", "proxy", "back", "tls")
KINDS = {"back": "proxy", "tls": "proxy"}
TLS = "cert_file = {etc}/cert.pem\nkey_file = {etc}/key.pem\n"
PIPELINE = ("catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo "
            "dlo versioned_writes symlink proxy-server")
FILTERS = {
    "tempauth": "user_test_tester = testing .admin\nuser_test_node = {node_secret} .admin",
    "s3api": "location = us-east-1\nmax_upload_part_num = {most_parts}\n"
             "dns_compliant_bucket_names = true\ns3_acl = false",
    # No memcached: each question is asked of the disk.
    "cache": "memcache_servers = 127.0.0.1:1",
    "catch_errors": "", "gatekeeper": "", "healthcheck": "", "listing_formats": "", "bulk": "",
    "slo": "", "dlo": "", "copy": "", "symlink": "",
    "versioned_writes": "allow_versioned_writes = true\nallow_object_versioning = true",
}


def free_ports(count):
    """All held at once, so that they differ; closed just before the servers bind them."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def rings(etc, ports):
    sys.path.insert(0, "/usr/lib/python3/dist-packages")
    from swift.common.ring import RingBuilder  # of Debian's python3-swift
    for server in ("account", "container", "object"):
        builder = RingBuilder(4, 1, 0)
        builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": ports[server],
                         "device": "d1", "weight": 1, "replication_ip": "127.0.0.1",
                         "replication_port": ports[server], "meta": ""})
        builder.rebalance()
        builder.get_ring().save(str(etc / f"{server}.ring.gz"))


def configure(top, ports, most_parts):
    etc = top / "etc"
    etc.mkdir()
    (top / "srv/d1").mkdir(parents=True)
    (etc / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = test\n"
                                    "swift_hash_path_prefix = test\n")
    rings(etc, ports)
    for server in SERVERS:
        kind = KINDS.get(server, server)
        pipeline = {"proxy": PIPELINE, "tls": PIPELINE, "back": PIPELINE.replace("s3api tempauth", "")}
        text = (f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {ports[server]}\nuser = swift\n"
                f"swift_dir = {etc}\ndevices = {top}/srv\nmount_check = false\nworkers = 0\n"
                f"log_level = WARNING\n{TLS.format(etc=etc) if server == 'tls' else ''}[pipeline:main]\n"
                f"pipeline = {pipeline.get(server, kind + '-server')}\n"
                f"[app:{kind}-server]\nuse = egg:swift#{kind}\n")
        # Under load half a second to connect is too short: 503, or a listing that comes later.
        text += "conn_timeout = 30\nnode_timeout = 60\ncontainer_update_timeout = 60\n"
        if kind == "proxy":
            text += ("account_autocreate = true\nrecoverable_node_timeout = 60\n"
                     "error_suppression_limit = 1000000\n")
            for name, options in FILTERS.items():
                egg = {"cache": "memcache"}.get(name, name)
                text += f"[filter:{name}]\nuse = egg:swift#{egg}\n{options}\n"
        (etc / f"{server}-server.conf").write_text(text.replace("{most_parts}", str(most_parts))
                                                   .replace("{node_secret}", NODE_SECRET))
    subprocess.run(["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=swift", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", etc / "key.pem", "-out", etc / "cert.pem"], check=True, capture_output=True)
    subprocess.run(["chown", "-R", "swift:swift", top], check=True)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def start(top, server):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    log = open(top / f"{server}.log", "wb")
    # Setting the user clears what prctl said, so the servers also end with our end of a pipe: below.
    return subprocess.Popen(["/usr/bin/python3", "-B", __file__, "--serve", server,
                             str(top / "etc" / f"{server}-server.conf")],
                            stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment,
                            preexec_fn=die_with_parent)


def serve(server, conf):
    """One server as this process; it ends when the pipe at its standard input does."""
    import threading
    pipe = os.dup(0)

    def watch():
        while os.read(pipe, 1):
            pass
        os._exit(0)
    server = KINDS.get(server, server)
    sys.argv = [f"swift-{server}-server", conf, "-v"]
    threading.Thread(target=watch, daemon=True).start()
    exec(compile(pathlib.Path(f"/usr/bin/swift-{server}-server").read_text(), server, "exec"),
         {"__name__": "__main__"})


def answers(scheme, port):
    context = ssl._create_unverified_context()
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        return opener.open(f"{scheme}://127.0.0.1:{port}/healthcheck", timeout=2).status == 200
    except OSError:
        return False


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return True
    except OSError:
        return False


def told_to_end(patience=0.2):
    if signal.SIGTERM in signal.sigpending():
        return True
    ready = select.select([sys.stdin], [], [], patience)[0]
    return bool(ready) and not os.read(0, 4096)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--most-parts", type=int, default=10000)
    arguments = parser.parse_args()
    top = pathlib.Path(tempfile.mkdtemp(prefix="kdumpd-swift."))
    os.chmod(top, 0o755)
    servers = []
    # Asked for where it can be heard: in the middle of tidying up it would leave the rest.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        ports = dict(zip(SERVERS, free_ports(len(SERVERS))))
        configure(top, ports, arguments.most_parts)
        servers = [start(top, server) for server in SERVERS]
        end = time.monotonic() + 60
        while not (answers("http", ports["proxy"]) and answers("http", ports["back"])
                   and answers("https", ports["tls"])
                   and all(listens(ports[server]) for server in ("account", "container", "object"))):
            if time.monotonic() > end or any(server.poll() is not None for server in servers):
                for server in SERVERS:
                    sys.stderr.write((top / f"{server}.log").read_text())
                return 1
            if told_to_end(0.05):
                return 1
        for server in ("proxy", "back", "tls"):
            print(f"127.0.0.1:{ports[server]}")
        print(top / "etc/cert.pem", flush=True)
        while not told_to_end():
            pass
    finally:
        for server in servers:
            server.kill()
            server.wait()
        shutil.rmtree(top, ignore_errors=True)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], sys.argv[3])
    else:
        sys.exit(main())

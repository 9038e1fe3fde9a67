"""The server of the live page: what it refuses, what it survives, and how it ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress

import pytest
from explore_server import Server, is_running, running

pytest.importorskip("uvicorn", reason="comes with steppe[explore]")
pytestmark = [
    # starts servers that import Mesa and simulate a thousand members: 20 seconds
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
QUESTION = {"scenario": "russian-retreat"}


@pytest.fixture(scope="module")
def server():
    with running("--port", 0) as found:
        yield found


def wait_until(holds, steps=600):
    for _ in range(steps):
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_the_page_and_its_parts_load_nothing_from_elsewhere(server):
    status, headers, text = server.get("/")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "http" not in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "http:" not in text and "https:" not in text and "onclick" not in text
    for part in ("page.css", "page.js", "live.js", "chart.js"):
        assert server.get(f"/{part}")[0] == 200, part


REFUSED = {
    "another host": (421, {"Host": "evil.example"}),
    "another host with the port": (421, {"Host": "evil.example:8437"}),
    "no host": (421, {"Host": ""}),
    "another port": (421, {"Host": "127.0.0.1:1"}),
    "another origin": (403, {"Origin": "https://evil.example"}),
    "an origin of the same name": (403, {"Origin": "http://127.0.0.1:1"}),
    "a null origin": (403, {"Origin": "null"}),
    "no token": (403, {"X_Steppe_Token": None}),
    "a wrong token": (403, {"X_Steppe_Token": "x" * 32}),
    "a form": (415, {"Content_Type": "application/x-www-form-urlencoded"}),
    "text": (415, {"Content_Type": "text/plain"}),
    "no type": (415, {"Content_Type": None}),
    "a length that is none": (400, {"Content_Length": "many"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses(server, case):
    status, headers = REFUSED[case]
    found, _, text = server.post("/ask", QUESTION, **headers)
    assert found == status, text
    assert "shares" not in text
    assert len(text) < 200


@pytest.mark.parametrize("case", [name for name, (status, _) in REFUSED.items() if status == 421])
def test_it_gives_its_page_to_no_other_host(server, case):
    status, headers = REFUSED[case]
    assert server.get("/", **headers)[0] == status
    assert server.token not in server.get("/", **headers)[2]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_it_knows_two_methods(server, method):
    assert server.send(method, "/ask", X_Steppe_Token=server.token)[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/..%2f..%2fpyproject.toml",
        "/page.css/../server.py",
        "/server.py",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/page.html",
        "/page.js%00.py",
    ],
)
def test_paths_lead_nowhere_else(server, path):
    assert server.get(path)[0] == 404


def test_long_bodies_are_refused_announced_or_not(server):
    with suppress(BrokenPipeError, ConnectionResetError):  # it hung up before all was sent
        assert server.post("/ask", b"[" * 10_000_000)[0] == 413
    assert server.post("/ask", b"", Content_Length="10000000")[0] == 413
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Content-Type": "application/json",
        "X-Steppe-Token": server.token,
    }
    try:
        connection.request(
            "POST", "/ask", (b"x" * 1000 for _ in range(10_000)), headers, encode_chunked=True
        )
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):  # it hung up before all was sent
        pass
    finally:
        connection.close()
    assert server.get("/")[0] == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "a question is an object"),
        (b'{"scenario": "a", "path": "/etc/passwd"}', "unknown key 'path'"),
        (b'{"levers": {"depth": NaN}}', "finite number"),
    ],
)
def test_bodies_that_are_no_question_are_refused_in_words(server, body, words):
    status, _, text = server.post("/ask", body)
    assert status == 400
    assert words in text


def test_scenarios_are_names_and_never_paths(server):
    for name in ("/etc/passwd", "../baseline", "scenarios/baseline.yaml", "history.yaml"):
        (answer,) = server.ask(scenario=name)
        assert "unknown scenario" in answer["mistakes"][0]["message"]


def test_five_hundred_events_are_answered_or_refused_in_words(server):
    def text(count):
        rows = "".join(
            f"  e{i}: {{when: {2020 + i % 20}, what: Event {i}, effects: "
            "[{shock: effort, power: China, republic: all, channel: economic, intensity: 0.01}]}\n"
            for i in range(count)
        )
        return f"title: Many\nextends: baseline\nevents:\n{rows}"

    answers = server.ask(text=text(500))
    assert [answer.get("kind") for answer in answers][:2] == ["first", "whole"], answers[0]
    assert len(answers[0]["scenario"]["events"]) == 500


def test_markup_in_a_scenario_stays_text(server):
    answer = server.ask(text="title: <script>alert(1)</script>\nextends: baseline\n")[0]
    assert answer["scenario"]["title"] == "<script>alert(1)</script>"
    assert "<script>alert" not in server.get("/")[2]


def test_a_slow_reader_keeps_nobody_waiting(server):
    body = json.dumps({"scenario": "russian-retreat", "levers": {"depth": 0.31}}).encode()
    head = (
        f"POST /ask HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        f"X-Steppe-Token: {server.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slow.sendall(head + body)
        assert slow.recv(1)
        assert [a["kind"] for a in server.ask(scenario="baseline") if "kind" in a][-1] == "whole"


def test_fifty_open_connections_keep_nobody_waiting(server):
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for place, one in enumerate(idle):
        one.sendall(b"POST /ask HTTP/1.1\r\n"[: place % 20])
    try:
        assert server.get("/")[0] == 200
        assert server.ask(scenario="baseline")[-1]
    finally:
        for one in idle:
            one.close()
    assert server.get("/")[0] == 200


def test_a_killed_worker_is_replaced_and_nothing_is_lost(server):
    (worker,) = server.children()
    os.kill(worker, signal.SIGKILL)
    answers = server.ask(**QUESTION, levers={"depth": 0.77})
    assert [answer["kind"] for answer in answers if "kind" in answer] == ["first", "whole"]
    assert server.children() != [worker]


def test_a_worker_killed_in_the_middle_of_an_answer_is_replaced_as_well(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"Content-Type": "application/json", "X-Steppe-Token": server.token}
    connection.request("POST", "/ask", json.dumps({**QUESTION, "factors": {"phi": 0.8}}), headers)
    reply = connection.getresponse()
    first = json.loads(reply.readline())  # the whole answer takes another second
    (worker,) = server.children()
    os.kill(worker, signal.SIGKILL)
    answers = [first, *map(json.loads, reply.read().splitlines())]
    connection.close()
    kinds = [answer["kind"] for answer in answers if "kind" in answer]
    assert kinds == ["first", "first", "whole"]
    assert answers[0]["shares"] == answers[1]["shares"]


def test_what_nobody_waits_for_any_more_is_dropped(server):
    def hang_up():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {"Content-Type": "application/json", "X-Steppe-Token": server.token}
        body = json.dumps({**QUESTION, "factors": {"phi": 0.9}})
        connection.request("POST", "/ask", body, headers)
        connection.close()

    for _ in range(20):
        hang_up()
    kinds = [answer.get("kind") for answer in server.ask(scenario="baseline")]
    assert kinds[-1] == "whole" or "whole" in kinds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_its_worker_and_without_a_trace(number):
    server = Server("--port", 0)
    (worker,) = server.children()
    code, errors = server.stop(number)
    assert (code, errors) == (0, "")
    assert wait_until(lambda: not is_running(worker))


def test_the_worker_does_not_outlive_a_killed_server():
    server = Server("--port", 0)
    (worker,) = server.children()
    server.stop(signal.SIGKILL)
    assert wait_until(lambda: not is_running(worker))


def test_a_port_that_is_taken_is_an_error_unless_it_is_the_default(server):
    with pytest.raises(RuntimeError, match=f"port {server.port} is taken"):
        Server("--port", server.port)
    with running() as one, running() as other:
        assert one.port != other.port
        assert min(one.port, other.port) >= 8437

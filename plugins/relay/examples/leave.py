#!/usr/bin/env python3
"""A leave form for the relay plugin: RELAY_SECRET=... python3 leave.py [PORT]

It keeps nothing: what it has to know comes back in `state`.
"""
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["RELAY_SECRET"].encode()


def answer(q):
    """One turn of the conversation: a request as it came, the answer as it goes."""
    state = q.get("state") or {}
    turn = q.get("turn", 0)
    if turn == 0:
        return {"text": "你好", "ask": {"prompt": "请几天？", "kind": "int", "min": 1, "max": 15}}
    if turn == 1:
        return {"state": {"days": q["answer"]}, "ask": {"prompt": "哪种假？", "kind": "choice", "choices": ["年假", "病假"]}}
    if turn == 2:
        state["kind"] = q["answer"]
        return {"state": state, "ask": {"prompt": "%s %d 天，提交吗？" % (state["kind"], state["days"]), "kind": "yesno"}}
    if not q["answer"]:
        return {"text": "没有提交。"}
    return {"text": "已提交：%s %s %d 天" % (q["user"], state["kind"], state["days"])}


def genuine(headers, body):
    stamp = headers.get("X-Wecombot-Timestamp", "")
    want = "v1=" + hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(want.encode(), headers.get("X-Wecombot-Signature", "").encode()):
        return False
    # An old request that somebody kept is as bad as a forged one. The variable is for tests, whose time stands still.
    return "RELAY_ANY_TIME" in os.environ or abs(time.time() - int(stamp)) < 300


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not genuine(self.headers, body):
            self.send_error(403)
            return
        out = json.dumps(answer(json.loads(body))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Handler)
    print("listening on port", server.server_port, flush=True)
    server.serve_forever()

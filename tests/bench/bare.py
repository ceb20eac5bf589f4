"""The least that any LINE bot does: FastAPI and line-bot-sdk verify and parse, nothing is kept."""

import os
import socket

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError

from tests.bench.webhooks import ADDRESS

app = FastAPI()
parser = WebhookParser(os.environ["BENCH_SECRET"])


@app.post(ADDRESS)
async def webhook(request: Request) -> str:
    body = await request.body()
    try:
        parser.parse(body.decode(), request.headers["x-line-signature"])
    except InvalidSignatureError:
        raise HTTPException(401) from None
    return "OK"


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=128) as door:
        print(f"ready http://127.0.0.1:{door.getsockname()[1]}", flush=True)  # noqa: T201 - the bench waits for it
        uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="error")).run(sockets=[door])

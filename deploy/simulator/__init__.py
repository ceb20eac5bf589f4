"""The LINE simulator: the other side of the wire.

A separate program that plays the LINE Platform and the people who write to the account. It serves the Messaging API
endpoints a bot calls (both hosts on one base), signs and delivers webhooks, and shows the talks on a web page. It
imports nothing of the product, so that both sides meet over HTTP only, as they do in production.

Limits, times and error texts follow the Messaging API reference and the published OpenAPI description of LINE.
"""

"""What the OpenAPI document says of each route: one table per resource, put together by `document`.

Summaries are the docstrings of the handlers, members and filters those of the views; a table says the rest.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import errors
from chalicelib.actions.aws import json_values, service_models
from chalicelib.core.jsontext import Json


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"ResponseMetadata": {"RequestId": "x"}, "A": 1}, {"A": 1}),
        (
            {"At": datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=3)))},
            {"At": "2026-01-02T00:00:00+00:00"},
        ),
        ({"At": [datetime(2026, 1, 2, tzinfo=UTC)]}, {"At": ["2026-01-02T00:00:00+00:00"]}),
        ({"Body": io.BytesIO("γειά".encode())}, {"Body": "γειά"}),
        ({"Body": io.BytesIO(b"\xff\x00")}, {"Body": {"base64": "/wA="}}),
        ({"Blob": b"\xff"}, {"Blob": {"base64": "/w=="}}),
    ],
)
def test_answers_become_json(answer: dict[str, Any], shown: Json) -> None:
    assert json_values.answered(answer) == shown


@pytest.mark.parametrize("answer", [{"Body": io.BytesIO(b"x" * 101)}, {"List": ["x"] * 40}])
def test_a_large_answer_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(json_values.TooLarge, match=r"The answer of AWS is too large \(limit=100 bytes\)\."):
        json_values.answered(answer, 100)


class Endless(io.BytesIO):
    """A body that always has what it is asked for."""

    asked: int | None = 0

    def read(self, size: int | None = -1) -> bytes:
        self.asked = size
        return b"x" * (size or 0)


def test_no_more_is_read_than_needed_to_see_that_it_is_too_much() -> None:
    body = Endless()
    with pytest.raises(json_values.TooLarge):
        json_values.answered({"Body": body}, 10)
    assert body.asked == 11
    assert body.closed


@given(st.binary(max_size=64))
def test_bytes_that_were_read_can_be_sent_again(data: bytes) -> None:
    shape = service_models.service("s3").operations["put_object"].input_shape
    shown = json_values.answered({"Body": io.BytesIO(data)})
    again = json_values.sent({**shown, "Bucket": "b", "Key": "k"}, shape)["Body"]  # type: ignore[dict-item]
    assert (again.encode() if isinstance(again, str) else again) == data


def test_a_mapping_that_is_meant_as_such_stays_one() -> None:
    shape = service_models.service("s3").operations["put_object"].input_shape
    assert json_values.sent({"Metadata": {"base64": "x"}}, shape) == {"Metadata": {"base64": "x"}}


@pytest.mark.parametrize("text", ["?", 5, None])
def test_what_is_no_base64_is_refused(text: Json) -> None:
    shape = service_models.service("s3").operations["put_object"].input_shape
    with pytest.raises(errors.InvalidRequest, match="no base64 text"):
        json_values.sent({"Body": {"base64": text}}, shape)


def test_the_model_tells_what_is_secret() -> None:
    shape = service_models.service("secretsmanager").operations["create_secret"].input_shape
    assert set(json_values.secrets({"Name": "n", "SecretString": "hush"}, shape)) == {"hush"}

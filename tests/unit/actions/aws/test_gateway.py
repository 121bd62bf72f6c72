from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib import errors
from chalicelib.actions.aws.access import AwsAccess
from chalicelib.actions.aws.clients import Clients, Kind, Lending
from chalicelib.actions.aws.gateway import AwsDoor, CallFailed
from chalicelib.actions.runtime.gateways import AwsCall, Overdue
from chalicelib.core.jsontext import JsonDict

OWN = AwsAccess(own_role=True, ours=frozenset({"meltemi-runs"}))
RUN: JsonDict = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}


@dataclass
class Aws:
    """A client of any service: raises or answers what it was told to, one after the other."""

    says: list[Exception | dict[str, Any]]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    made: list[Kind] = field(default_factory=list)
    now: float = 0.0

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        def answer(**given: Any) -> dict[str, Any]:
            self.asked.append((method, given))
            said = self.says.pop(0)
            if isinstance(said, Exception):
                raise said
            return said

        return answer

    def door(self, access: AwsAccess = OWN) -> AwsDoor:
        clients = Clients(self._make, Lending(lambda _: {}, lambda: datetime.now(UTC)))
        return AwsDoor(access, clients, sleep=self._sleep, clock=self._clock)

    def _make(self, kind: Kind) -> Aws:
        self.made.append(kind)
        return self

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def _clock(self) -> float:
        return self.now


def refusal(code: str, status: int = 400, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": _meta(status)}, "X")


def _meta(status: int) -> Any:
    return {"HTTPStatusCode": status}


def a_call(**changes: Any) -> AwsCall:
    return AwsCall(**{"service": "ec2", "method": "run_instances", "input": RUN, "project_id": "p", **changes})


TIMEOUT = ReadTimeoutError(endpoint_url="x")
NO_WAY = EndpointConnectionError(endpoint_url="x")


@pytest.mark.parametrize(
    ("first", "repeatable", "tries"),
    [
        (refusal("RequestLimitExceeded", 503), False, 2),
        (refusal("ThrottlingException"), False, 2),
        (NO_WAY, False, 2),  # never sent
        (TIMEOUT, False, 1),  # it may have arrived
        (refusal("InternalError", 500), False, 1),
        (refusal("InvalidInstanceID.NotFound"), True, 1),
        (refusal("InternalError", 500), True, 2),
        (TIMEOUT, True, 2),
    ],
)
def test_what_may_have_arrived_is_sent_again_only_if_that_does_no_harm(
    first: Exception, repeatable: bool, tries: int
) -> None:
    aws = Aws([first, {"Done": 1}])
    try:
        assert aws.door()(a_call(repeatable=repeatable), 60) == {"Done": 1}
    except (errors.ActionFailed, CallFailed):
        assert tries == 1
    assert len(aws.asked) == tries


def test_it_gives_up_after_a_few_tries() -> None:
    aws = Aws([refusal("Throttling")] * 9)
    with pytest.raises(errors.ActionFailed):
        aws.door()(a_call(), 60)
    assert (len(aws.asked), aws.slept) == (4, [0.5, 1.5, 4.0])


def test_it_does_not_go_on_when_the_time_is_over() -> None:
    aws = Aws([refusal("Throttling")] * 9)
    with pytest.raises(Overdue, match="Timeout after 1 seconds"):
        aws.door()(a_call(), 1)
    assert aws.slept == [0.5, 0.5]


def test_an_error_shows_the_code_and_text_of_aws() -> None:
    aws = Aws([refusal("InvalidAMIID.NotFound", 400, "The image id '[ami-1]' does not exist")])
    with pytest.raises(errors.ActionFailed) as caught:
        aws.door()(a_call(), 60)
    assert caught.value.result == {
        "service": "ec2",
        "operation": "RunInstances",
        "code": "InvalidAMIID.NotFound",
        "message": "The image id '[ami-1]' does not exist",
        "status": 400,
    }


@pytest.mark.parametrize(
    "message",
    [
        "got hush",
        "key AKIAIOSFODNN7EXAMPLE is wrong",
        "see https://b.s3.amazonaws.com/k?X-Amz-Signature=feed&X-Amz-Security-Token=beef",
    ],
)
def test_an_error_shows_no_secret(message: str) -> None:
    aws = Aws([refusal("X", 400, message)])
    wanted = a_call(service="secretsmanager", method="create_secret", input={"Name": "n", "SecretString": "hush"})
    with pytest.raises(errors.ActionFailed) as caught:
        aws.door()(wanted, 60)
    assert not re.search("hush|AKIA|feed|beef", str(caught.value.result))
    assert "***" in str(caught.value.result)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"input": {**RUN, "MinCount": "x"}}, "Parameter validation failed: Invalid type for parameter MinCount"),
        ({"input": {**RUN, "Placement": {"Zone": 1}}}, "Unknown parameter in Placement"),
        ({"region": "evil.example/"}, "There is no region 'evil.example/'"),
        ({"region": "us-east-1.evil.example#"}, "There is no region"),
        ({"input": {**RUN, "UserData": "meltemi-runs"}}, "may not touch what belongs to the service itself"),
        ({"input": {**RUN, "UserData": "meltemi%2Druns"}}, "may not touch what belongs to the service itself"),
    ],
)
def test_what_is_wrong_is_never_sent(changes: dict[str, Any], text: str) -> None:
    aws = Aws([])
    with pytest.raises(errors.MeltemiError, match=text):
        aws.door()(a_call(**changes), 60)
    assert (aws.asked, aws.made) == ([], [])


def test_a_wrong_value_that_is_secret_is_not_quoted() -> None:
    wanted = a_call(service="secretsmanager", method="create_secret", input={"Name": "n", "SecretString": ["hush"]})
    with pytest.raises(CallFailed) as caught:
        Aws([]).door()(wanted, 60)
    assert "hush" not in str(caught.value)


def test_a_repeated_request_is_known_by_the_action_execution() -> None:
    aws = Aws([{}, {}, {}, {}])
    door = aws.door()
    for wanted in (
        a_call(token="a-1"),
        a_call(token="a-1"),
        a_call(token="a-2"),
        a_call(token="a-1", input={**RUN, "ClientToken": "mine"}),
    ):
        door(wanted, 60)
    first, again, other, mine = (given["ClientToken"] for _, given in aws.asked)
    assert first == again != other
    assert mine == "mine"


def test_a_client_serves_the_next_call_of_the_same_rights_and_place() -> None:
    aws = Aws([{}] * 4)
    door = aws.door()
    for seconds, region in ((60.0, None), (60.9, None), (60.0, "eu-south-1"), (5.0, None)):
        door(a_call(region=region), seconds)
    assert [(kind.region, kind.seconds) for kind in aws.made] == [
        ("us-east-1", 60),
        ("eu-south-1", 60),
        ("us-east-1", 5),
    ]


def test_without_rights_nothing_is_sent() -> None:
    aws = Aws([])
    with pytest.raises(errors.Forbidden, match="set AWS_ACTIONS_ROLE"):
        aws.door(AwsAccess())(a_call(), 60)
    assert aws.made == []


PAGES: list[dict[str, Any]] = [{"QueueUrls": ["a"], "NextToken": "t"}, {"QueueUrls": ["b"]}]
LIST = a_call(service="sqs", method="list_queues", input={}, all_pages=True, repeatable=True)


def test_pages_are_gathered_and_each_may_be_asked_for_again() -> None:
    aws = Aws([PAGES[0], refusal("Throttling"), PAGES[1]])
    assert aws.door()(LIST, 60) == {"QueueUrls": ["a", "b"]}
    assert [given.get("NextToken") for _, given in aws.asked] == [None, "t", "t"]


def test_pages_without_end_are_given_up_when_the_time_is_over() -> None:
    class Slow(Aws):
        def _clock(self) -> float:
            self.now += 1
            return self.now

    aws = Slow([{"QueueUrls": ["a"], "NextToken": str(number)} for number in range(99)])
    with pytest.raises(Overdue):
        aws.door()(LIST, 10)
    assert len(aws.asked) < 12


def test_more_items_than_can_be_gathered_are_told() -> None:
    aws = Aws([{"QueueUrls": ["a"] * 9000, "NextToken": "t"}, {"QueueUrls": ["b"] * 9000}])
    with pytest.raises(CallFailed, match="more than 10000 items"):
        aws.door()(LIST, 60)

from __future__ import annotations

import pytest

from chalicelib import errors
from chalicelib.actions.registry import STANDARD, Registry, signature

find = Registry().find

HTTP = (
    'url, method="GET", params=null, body=null, json=null, headers=null, cookies=null, auth=null, timeout=null, '
    "allow_redirects=null, proxies=null, verify=null"
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("std.noop", ""),
        ("std.async_noop", ""),
        ("std.echo", "output, delay=0"),
        ("std.fail", "error_data=null"),
        ("std.sleep", "seconds=1"),
        ("std.test_dict", 'size=0, key_prefix="", val=""'),
        ("std.http", HTTP),
        ("std.mistral_http", HTTP),
        (
            "std.email",
            "from_addr, to_addrs, smtp_server, reply_to=null, cc_addrs=null, bcc_addrs=null, smtp_password=null, "
            "subject=null, body=null, html_body=null",
        ),
        (
            "std.ssh",
            'cmd, host, username, password="", private_key_filename=null, private_key=null, '
            "return_result_on_error=false, port=22",
        ),
        (
            "std.ssh_proxied",
            "cmd, host, username, private_key_filename, gateway_host, gateway_username=null, password=null, "
            "proxy_command=null, private_key=null, port=22, gateway_port=22",
        ),
        ("std.javascript", "script, context=null"),
        ("std.js", "script, context=null"),
        ("std.wait_signal", "key"),
        ("std.signal_link", 'key, text="", expires=604800'),
    ],
)
def test_signature(name: str, shown: str) -> None:
    assert signature(find(name)) == shown


@pytest.mark.parametrize(
    ("namespace", "text"),
    [
        (None, "Failed to find action [action_name=no.such]"),
        ("", "Failed to find action [action_name=no.such, namespace=]"),
        ("n", "Failed to find action [action_name=no.such, namespace=n]"),
    ],
)
def test_unknown(namespace: str | None, text: str) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        find("no.such", namespace)
    assert caught.value.message == text


def test_every_row_is_complete() -> None:
    for name, action in STANDARD.items():
        assert name == action.name
        assert action.description
        assert action.class_name

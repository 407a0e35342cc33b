import candidate_sources as networks
import pytest

from nanosmith.tools.training.source_check import source_findings


def test_a_good_source_has_no_findings() -> None:
    assert source_findings(networks.GOOD) == ()


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("def build_model(:", "does not parse in line 1"),
        ("x = 1", "defines no function build_model"),
        ("import os\n" + networks.GOOD, "imports os"),
        ("import keras, subprocess\n" + networks.GOOD, "imports subprocess"),
        ("from socket import socket\n" + networks.GOOD, "imports socket"),
        ("from . import secrets\n" + networks.GOOD, "imports ."),
        (networks.GOOD.replace("(input_shape, classes)", "(input_shape)", 1), "two positional"),
        (networks.GOOD.replace("(input_shape, classes)", "(input_shape, classes, width)", 1), "two positional"),
        ("x = 1\0", "does not parse"),
    ],
)
def test_each_fault_is_named(source: str, finding: str) -> None:
    assert any(finding in sentence for sentence in source_findings(source))


def test_more_parameters_are_fine_where_they_have_defaults() -> None:
    source = networks.GOOD.replace("(input_shape, classes)", "(input_shape, classes, width=8, *, deep=False)", 1)
    assert source_findings(source) == ()

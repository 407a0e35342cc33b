"""The table of measured costs: whole, sensible, and what the coder's prompt carries."""

from typing import get_args

import pytest

from nanosmith.tools.compiler import SUPPORTED_OPERATORS
from nanosmith.tools.compiler.operator_cost import operator_costs
from nanosmith.tools.specs.board import Core


@pytest.mark.parametrize("core", get_args(Core))
def test_every_core_has_the_operators_that_decide(core: Core) -> None:
    costs = {cost.operator: cost for cost in operator_costs(core)}
    assert set(costs) <= set(SUPPORTED_OPERATORS)
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "SOFTMAX"} <= set(costs)
    assert costs["CONV_2D"].per == "mac"
    assert 0.05 < costs["CONV_2D"].instructions < 12
    assert costs["ADD"].per == "output"


def test_vectors_are_cheaper_than_no_simd() -> None:
    conv = {
        core: next(cost.instructions for cost in operator_costs(core) if cost.operator == "CONV_2D")
        for core in get_args(Core)
    }
    assert conv["cortex-m55"] < conv["cortex-m4f"] < conv["cortex-m3"] < conv["cortex-m0"]

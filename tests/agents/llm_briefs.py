"""One brief a role, and minds behind a loopback server."""

from pathlib import Path
from typing import Any

import profiles
from openai_server import OpenAiServer
from trials import make_trial

from nanosmith.agents.briefs import Brief, CoderBrief, CriticBrief, EngineerBrief, PlannerBrief
from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.llm import LlmMind, LlmSettings
from nanosmith.tools.contract import check_contract
from nanosmith.tools.specs.device_spec import Spec

GOAL = "A wristband that tells sitting, standing up, walking, turning and sitting down apart; 24 kB of RAM, Cortex-M4."
PROJECT = Path(__file__).resolve().parents[2] / "firmware_templates" / "project"
BOARD = next(board for board in profiles.boards() if board.id == "mps2_an386")


def planner_brief(goal: str = GOAL) -> PlannerBrief:
    return PlannerBrief(goal=goal, profile=profiles.wrist(), baseline=profiles.yardstick(), boards=profiles.boards())


def contract() -> Spec:
    return BuiltinMind().think(planner_brief())


def coder_brief(**more: Any) -> CoderBrief:
    values: dict[str, Any] = {
        "spec": contract(), "profile": profiles.wrist(), "board": BOARD, "sample_shape": (128, 6), "windows": 4000,
        "wanted": 2, "operators": ("ADD", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX"),
    }  # fmt: skip
    return CoderBrief(**(values | more))


def critic_brief(score: float = 0.9) -> CriticBrief:
    trial = make_trial(1, score)
    spec = contract()
    return CriticBrief(
        spec=spec, board=BOARD, trials=(trial,), round=1, rounds=3, best="c01",
        contract=check_contract(spec, BOARD, score=score, device=trial.device),
    )  # fmt: skip


def engineer_brief() -> EngineerBrief:
    header, example = (PROJECT / "app.h.j2").read_text(), (PROJECT / "app_stock.c").read_text()
    return EngineerBrief(spec=contract(), board=BOARD, app_header=header, example=example)


def briefs() -> tuple[Brief[Any], ...]:
    return planner_brief(), coder_brief(), critic_brief(), engineer_brief()


def make_mind(server: OpenAiServer, folder: Path, **more: Any) -> LlmMind:
    values: dict[str, Any] = {"base_url": server.url, "model": "tiny-test", "timeout_s": 5.0, "retries": 1}
    callbacks = {name: more.pop(name) for name in ("on_text", "on_call") if name in more}
    settings = LlmSettings.model_validate(values | more)
    return LlmMind(settings, journal=folder / "calls", **callbacks)

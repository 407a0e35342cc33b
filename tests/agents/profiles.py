"""Data profiles of many kinds for tests, and the boards that ship."""

import tomllib
from pathlib import Path

from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.data_profile import Baseline, ChannelProfile, ClassProfile, DataProfile

_BOARDS = Path(__file__).resolve().parents[2] / "tools" / "boards"


def boards() -> tuple[Board, ...]:
    return tuple(Board.model_validate(tomllib.loads(path.read_text())) for path in sorted(_BOARDS.glob("*.toml")))


def make_profile(
    classes: dict[str, int] | list[str],
    channels: list[str],
    *,
    kind: str = "series",
    rate_hz: float | None = None,
    recordings: int = 100,
    total_s: float | None = None,
    **more: object,
) -> DataProfile:
    sizes = classes if isinstance(classes, dict) else dict.fromkeys(classes, 1000)
    return DataProfile.model_validate(
        {
            "kind": kind, "recordings": recordings, "total_s": total_s, "rate_hz": rate_hz,
            "channels": tuple(
                ChannelProfile(name=name, minimum=-20.0, maximum=20.0, mean=0.5, std=3.0, missing=0)
                for name in channels
            ),
            "classes": tuple(
                ClassProfile(name=name, recordings=recordings, samples=size, groups=6) for name, size in sizes.items()
            ),
            "group_kind": "subject", "groups": tuple(f"s{i:02}" for i in range(6)), "sealed_groups": 2,
            "split_source": "marked", **more,
        }
    )  # fmt: skip


def wrist() -> DataProfile:
    sizes = {"SEATED": 20000, "STANDING_UP": 12000, "WALKING": 60000, "TURNING": 25000, "SITTING_DOWN": 15000}
    channels = ["x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro"]
    return make_profile(
        sizes, channels, rate_hz=100.0, recordings=120, total_s=1400.0, labels_per_sample=True, typical_segment_s=1.7
    )


def har() -> DataProfile:
    classes = ["WALKING", "WALKING_UPSTAIRS", "WALKING_DOWNSTAIRS", "SITTING", "STANDING", "LAYING"]
    channels = [f"{part}_{axis}" for part in ("body_acc", "body_gyro", "total_acc") for axis in "xyz"]
    return make_profile(classes, channels, kind="windows", rate_hz=50.0, window_samples=128, recordings=7352)


def appliances() -> DataProfile:
    classes = {"coffee_maker": 9, "dishwasher": 8, "kettle": 20, "microwave": 15, "refrigerator": 40, "tv": 30,
               "washing_machine": 10}  # fmt: skip
    return make_profile(
        classes, ["power_1s_w", "power_8s_avg_w"], rate_hz=1.0, recordings=128, total_s=1_600_000.0, clip_s=14_400.0
    )


def beats() -> DataProfile:
    return make_profile({"PVC": 1100, "other": 9000}, ["mV"], rate_hz=360.0, event_gap_s=0.83)


def ecg() -> DataProfile:
    sizes = {"PVC": 500, "other": 9000}
    return make_profile(
        sizes, ["mV"], rate_hz=360.0, recordings=5, total_s=9000.0, labels_per_sample=True, typical_segment_s=0.8
    )


def forest() -> DataProfile:
    classes = ["dog_bark", "rain", "sea_waves", "baby_cry", "clock_tick", "person_sneeze", "helicopter", "chainsaw",
               "rooster", "fire_crackling"]  # fmt: skip
    return make_profile(classes, ["audio"], kind="audio", rate_hz=16000.0, recordings=300, total_s=1500.0, clip_s=5.0)


def spoken() -> DataProfile:
    classes = [str(n) for n in range(10)]
    return make_profile(classes, ["audio"], kind="audio", rate_hz=8000.0, recordings=1000, total_s=430.0, clip_s=0.6)


def keywords() -> DataProfile:
    classes = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go", "_unknown_", "_silence_"]
    return make_profile(classes, ["audio"], kind="audio", rate_hz=16000.0, recordings=1000, total_s=1000.0, clip_s=1.0)


def pipeline() -> DataProfile:
    classes = [str(n) for n in range(1, 13)]
    return make_profile(classes, ["signal"], kind="windows", window_samples=1460, recordings=480)


def pump() -> DataProfile:
    channels = ["Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature", "Thermocouple",
                "Voltage", "Volume Flow RateRMS"]  # fmt: skip
    sizes = {"normal": 20000, "anomaly": 8000}
    return make_profile(
        sizes, channels, rate_hz=1.0, recordings=25, total_s=28000.0, labels_per_sample=True, typical_segment_s=200.0
    )


def signs() -> DataProfile:
    classes = [str(n) for n in range(10)]
    return make_profile(classes, ["red", "green", "blue"], kind="image", image_shape=(100, 100, 3), recordings=800)


def yardstick(value: float = 0.734) -> Baseline:
    return Baseline(method="logistic regression on plain statistics", metric="macro_f1", value=value, groups=5)

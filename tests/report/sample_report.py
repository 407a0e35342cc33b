"""A run that looks like a real one, for the report's tests and for looking at the page."""

import math

import numpy as np

from nanosmith.tools.contract import distance
from nanosmith.tools.report.examples import pick_examples
from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.base import Artifact, Status
from nanosmith.tools.specs.board import Board, Emulation
from nanosmith.tools.specs.candidate import Augmentation, Candidate, RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.data_profile import Baseline, ChannelProfile, ClassProfile, DataNote, DataProfile
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Assumption, Behavior, Budget, Spec, WindowSpec
from nanosmith.tools.specs.report import ReportCommand, ReportData, ReportLayer, ReportTrial
from nanosmith.tools.specs.run import ContractItem, RunDevice, RunParity, RunSummary, RunTest, Usage
from nanosmith.tools.specs.trial import (
    BuildReport,
    ClassScore,
    CurvePoint,
    DeviceReport,
    Evaluation,
    EventScore,
    Interval,
    Metric,
    Parity,
    Section,
    Trial,
)
from nanosmith.tools.specs.verdict import Verdict
from nanosmith.tools.specs.verification import TimelinePoint

CLASSES = ("sitting", "standing up", "walking", "turning", "sitting down")
CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
CONFUSION = ((181, 2, 0, 1, 6), (4, 96, 3, 5, 2), (0, 2, 240, 11, 0), (1, 6, 17, 118, 3), (9, 3, 0, 4, 88))
ASSUMPTION = "1.0 instructions a cycle at 25 MHz, zero wait states"
KERAS = '''"""Depthwise-separable 1-D network with a residual block."""

import keras
from keras import layers


def build_model(input_shape: tuple[int, ...], classes: int) -> keras.Model:
    inputs = keras.Input(input_shape)
    x = layers.Conv1D(16, 5, strides=2, padding="same", activation="relu")(inputs)
    for filters in (24, 32):
        x = layers.SeparableConv1D(filters, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
'''
APP = """#include "app.h"

static uint8_t streak;
static int32_t last = -1;

void app_on_answer(const app_answer *answer)
{
    streak = answer->label == last ? (uint8_t)(streak + 1) : 1;
    last = answer->label;
    if (streak == 3) { app_report_label(answer->label); }
}
"""


def evaluation(shift: float, confusion: tuple[tuple[int, ...], ...] = CONFUSION) -> Evaluation:
    counts = np.array(confusion, dtype=float)
    right = counts.diagonal()
    precision, recall = right / counts.sum(axis=0), right / counts.sum(axis=1)
    f1 = 2 * precision * recall / (precision + recall)
    values = {"macro_f1": f1.mean() + shift, "accuracy": right.sum() / counts.sum() + shift}
    metrics = tuple(
        Metric(
            name=name,
            value=round(value, 4),
            n=int(counts.sum()),
            interval=Interval(low=round(value - 0.041, 4), high=round(min(1, value + 0.032), 4)),
        )
        for name, value in values.items()
    )
    per_class = tuple(
        ClassScore(name=n, precision=p, recall=r, f1=f, support=int(s))
        for n, p, r, f, s in zip(CLASSES, precision, recall, f1, counts.sum(axis=1), strict=True)
    )
    return Evaluation(metrics=metrics, classes=per_class, confusion=confusion)


def artifact(name: str, size: int) -> Artifact:
    digest = "".join(f"{(ord(c) * 37 + i * 11) % 256:02x}" for i, c in enumerate((name * 32)[:32]))
    return Artifact(path=f"artifacts/{digest[:2]}/{digest[2:16]}-{name}", sha256=digest, size_bytes=size)


def curve(reach: float, epochs: int, wobble: float) -> tuple[CurvePoint, ...]:
    points = []
    for epoch in range(1, epochs + 1):
        learned = reach * (1 - math.exp(-epoch / (epochs / 5)))
        ripple = wobble * math.sin(epoch * 1.7) * math.exp(-epoch / epochs)
        points.append(
            CurvePoint(
                epoch=epoch, loss=1.6 * (1 - learned) + 0.05, train=min(1, learned + 0.04), validation=learned + ripple
            )
        )
    return tuple(points)


def device(candidate: str, flash: int, arena: int, instructions: int) -> DeviceReport:
    return DeviceReport(
        candidate=candidate,
        board="mps2_an386",
        flash_bytes=flash,
        ram_bytes=arena + 4_180 + 1_096,
        static_ram_bytes=arena + 4_180,
        arena_bytes=arena,
        stack_bytes=1_096,
        instructions=instructions,
        latency_ms=round(instructions / 25_000, 3),
        latency_assumption=ASSUMPTION,
        parity=Parity(compared=240, equal=240),
        emulated_on="QEMU 7.2 mps2-an386",
    )


def report_trial(
    number: int, idea: str, shift: float, report: DeviceReport | None, status: str = "complete"
) -> ReportTrial:
    name, complete = f"c{number:02d}", status == "complete"
    candidate = Candidate(
        id=name,
        round=1 + (number - 1) // 2,
        idea=idea,
        source=artifact("model.py", 900 + number),
        front_end=RawFrontEnd(decimate=1 + number % 2),
        training=TrainingSettings(
            epochs=40, augmentation=Augmentation(rotate_deg=12, scale=0.1, jitter=0.05, mask=0.15)
        ),
    )
    scored = evaluation(shift)
    trial = Trial(
        candidate=name,
        status=status,  # type: ignore[arg-type]
        reason=None if complete else "training was still running after 600 s and was ended",
        int8=scored if complete else None,
        float32=evaluation(shift + 0.004) if complete else None,
        train_accuracy=0.962 if complete else None,
        folds=3,
        curves=tuple(curve(0.9 + shift - 0.01 * f, 40 if complete else 11, 0.06) for f in range(3)),
    )
    return ReportTrial(
        candidate=candidate,
        source=KERAS,
        trial=trial,
        device=report,
        weights=6_100 + 900 * number,
        macs=118_000 * number,
    )


def trials() -> tuple[ReportTrial, ...]:
    return (
        report_trial(1, "A plain 1-D CNN on raw samples: the smallest thing that sees 2 s at once.", -0.058,
                     device("c01", 21_480, 1_536, 412_000)),
        report_trial(2, "Depthwise-separable blocks with stride 2: the same reach for a third of the weights.", -0.021,
                     device("c02", 24_904, 1_920, 388_500)),
        report_trial(3, "As c02 with a residual block and stronger rotation, since subjects wear it differently.",
                     0.006, device("c03", 29_316, 2_400, 561_300)),
        report_trial(4, "Twice the channels of c03, to see whether size is what turning lacks.", 0.009,
                     device("c04", 51_772, 19_504, 1_620_000)),
        report_trial(5, "Dilated convolutions over 4 s: turning may need more context.", 0.0, None, "timed_out"),
    )  # fmt: skip


def layers() -> tuple[ReportLayer, ...]:
    rows = (
        ("input", "INPUT", (100, 6), 0, 600, 1, 0, 0),
        ("conv1d", "CONV_2D", (50, 16), 600, 800, 3, 512, 24_000),
        ("depthwise", "DEPTHWISE_CONV_2D", (25, 16), 1_400, 400, 3, 160, 2_000),
        ("pointwise", "CONV_2D", (25, 24), 1_800, 600, 5, 480, 9_600),
        ("add", "ADD", (25, 24), 0, 600, 5, 0, 600),
        ("depthwise_1", "DEPTHWISE_CONV_2D", (13, 24), 600, 312, 6, 240, 1_560),
        ("pointwise_1", "CONV_2D", (13, 32), 912, 416, 7, 896, 9_984),
        ("global_average_pooling1d", "MEAN", (32,), 0, 32, 8, 0, 416),
        ("dense", "FULLY_CONNECTED", (5,), 32, 5, 9, 180, 160),
        ("softmax", "SOFTMAX", (5,), 40, 5, None, 0, 0),
    )
    return tuple(
        ReportLayer(name=n, op=o, shape=s, offset=at, size_bytes=b, last_used=last, constant_bytes=k, macs=m)
        for n, o, s, at, b, last, k, m in rows
    )


def profile() -> DataProfile:
    units = ("g", "g", "g", "deg/s", "deg/s", "deg/s")
    spans = (2.0, 2.0, 2.0, 500.0, 500.0, 500.0)
    channels = tuple(
        ChannelProfile(
            name=n, unit=u, minimum=-s, maximum=s, mean=0.01 * s, std=0.31 * s, missing=12 if n == "gyro_y" else 0,
            clipped_fraction=0.003 if n == "gyro_z" else 0.0,
        )
        for n, u, s in zip(CHANNELS, units, spans, strict=True)
    )  # fmt: skip
    samples = (61_200, 18_300, 74_800, 22_100, 17_900)
    return DataProfile(
        kind="series", recordings=44, total_s=3_886.0, rate_hz=50.0, channels=channels,
        classes=tuple(ClassProfile(name=n, recordings=44, samples=s, groups=11)
                      for n, s in zip(CLASSES, samples, strict=True)),
        group_kind="subject", groups=tuple(f"s{i:02d}" for i in range(11)), sealed_groups=4, split_source="by group",
        labels_per_sample=True, typical_segment_s=3.4,
        notes=(
            DataNote(severity="repair", message="12 empty cells of gyro_y were filled", file="s07/b.csv", line=1_204),
            DataNote(severity="warning", message="0.3 % of gyro_z stands at its largest value: the range is too small"),
            DataNote(severity="info", message="Timestamps are regular within 0.4 ms"),
        ),
    )  # fmt: skip


def example_arrays() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    t = np.arange(200) / 50
    windows, labels = [], []
    for label in range(len(CLASSES)):
        for _ in range(3):
            phase, pace = rng.uniform(0, 6), (0.1, 0.4, 1.9, 0.8, 0.5)[label]
            size = (0.05, 0.7, 1.0, 0.5, 0.8)[label]
            channel = [size * np.sin(2 * np.pi * pace * t * (1 + c / 9) + phase + c) for c in range(6)]
            windows.append(np.array(channel).T * ([1] * 3 + [180] * 3) + rng.normal(0, [0.02] * 3 + [6] * 3, (200, 6)))
            labels.append(label)
    return np.array(windows, dtype=np.float32), np.array(labels, dtype=np.int32)


def timeline() -> tuple[TimelinePoint, ...]:
    rng = np.random.default_rng(3)
    order = (0, 1, 2, 3, 2, 3, 4, 0, 1, 2, 4, 0)
    points, at, in_force, before = [], 0.0, -1, -1
    for label in order:
        for step in range(int(rng.integers(6, 14))):
            wrong = (step == 0 and rng.random() < 0.6) or rng.random() < 0.05
            answer = int(rng.integers(0, 5)) if wrong else label
            in_force, before = (answer if answer == before else in_force), answer
            points.append(TimelinePoint(at=at, label=label, answer=answer, in_force=in_force))
            at += 0.5
    return tuple(points)


def spec(goal: str = "") -> Spec:
    return Spec(
        title="Wristband that tells sitting, standing up, walking, turning and sitting down apart",
        goal=goal or "A wristband that tells sitting, standing up, walking, turning and sitting down apart from its "
        "accelerometer and gyroscope. Nucleo-class Cortex-M4, at most 24 kB of RAM and 64 kB of flash, an answer twice "
        "a second.",
        board="mps2_an386", classes=CLASSES, channels=CHANNELS, window=WindowSpec(length=100, hop=25, rate_hz=50.0),
        metric="macro_f1", metric_limit=0.844, metric_limit_source="data",
        budget=Budget(flash_bytes=64_000, ram_bytes=24_000), answers_per_s=2.0,
        behavior=Behavior(reactions=("Report each change on the serial line.",)),
        assumptions=(
            Assumption(what="Score by macro-F1, since walking is 4 times as frequent as sitting down", source="data"),
            Assumption(what="At least 0.844: what a plain method reaches on the open part", source="data"),
            Assumption(what="Windows of 2 s: the median stretch of one label lasts 3.4 s", source="data"),
            Assumption(what="A change is reported after 3 windows in a row", source="default"),
        ),
    )  # fmt: skip


def contract(score: float, chosen: DeviceReport) -> tuple[ContractItem, ...]:
    rows = (
        ("macro_f1", 0.844, score, True, ""),
        ("flash_bytes", 64_000, chosen.flash_bytes, False, "B"),
        ("ram_bytes", 24_000, chosen.ram_bytes, False, "B"),
        ("latency_ms", 500.0, chosen.latency_ms, False, "ms"),
    )
    return tuple(
        ContractItem(
            name=name, limit=limit, at_least=least, unit=unit, measured=value,
            met=value >= limit if least else value <= limit,
        )
        for name, limit, value, least, unit in rows
    )  # fmt: skip


DECISION = Decision(weight=96, enter=160, leave=80, shortest=2)


def events(f1: float, alarms: float, delay_s: float) -> EventScore:
    figures = (("event_f1", f1), ("false_alarms_per_hour", alarms), ("detection_delay_s", delay_s))
    return EventScore(
        metrics=tuple(
            Metric(name=name, value=value, n=120, interval=Interval(low=value * 0.9, high=value * 1.05))
            for name, value in figures
        ),
        events=120, reports=118, found=109, hours=0.95,
    )  # fmt: skip


def summary(status: Status, shift: float, chosen: DeviceReport) -> RunSummary:
    tested = evaluation(shift)
    items = contract(tested.metric("macro_f1").value, chosen)
    met = all(item.met for item in items)
    return RunSummary(
        run="20261123-wristband-7f3a", version="0.1.0", status=status, stop="accepted" if met else "rounds",
        message="All four limits hold on people that no agent and no training saw."
        if met else f"{distance(items)}; every other limit holds.",
        goal=spec().goal, mind="the built-in engineer", spec=spec(), contract=items,
        test=RunTest(
            metrics=tested.metrics, n=802, groups=4, evaluation=tested, decision=DECISION,
            events=events(0.91, 9.5, 0.8),
            events_unsmoothed=events(0.64, 140.0, 0.4),
        ),
        device=RunDevice(
            board="mps2_an386", flash_bytes=chosen.flash_bytes, ram_bytes=chosen.ram_bytes,
            stack_bytes=chosen.stack_bytes,
            instructions=chosen.instructions, latency_ms=chosen.latency_ms, latency_assumption=ASSUMPTION,
            emulated_on="QEMU 7.2 mps2-an386",
        ),
        parity=RunParity(host=Parity(compared=802, equal=802), device=Parity(compared=240, equal=240)),
        usage=Usage(wall_s=612.4),
        artifacts=tuple(artifact(n, size) for n, size in (("model.tflite", 9_784), ("firmware.elf", 188_204))),
    )  # fmt: skip


def verdicts() -> tuple[Verdict, ...]:
    return (
        Verdict(
            action="revise", best="c02",
            reason="c02 meets every budget but is 0.004 short of the score; turning is taken for walking 31 times.",
            advice="Keep the size. More rotation augmentation, a residual block.",
        ),
        Verdict(
            action="revise", best="c03", reason="c03 meets the contract on validation by a small margin.",
            advice="Try more context for turning.",
        ),
        Verdict(
            action="accept", best="c03", stop="accepted",
            reason="c03 meets every limit; c04 is no better within its interval and breaks the RAM budget.",
        ),
    )  # fmt: skip


def sample_report(*, met: bool = True) -> ReportData:
    entries = trials()
    chosen = entries[2].device
    assert chosen is not None
    windows, labels = example_arrays()
    return ReportData(
        summary=summary(Status.MET if met else Status.NOT_MET, 0.0 if met else -0.068, chosen),
        board=Board(
            id="mps2_an386", name="Arm MPS2 with Cortex-M4 (AN386)", core="cortex-m4f", clock_hz=25e6,
            flash_bytes=4_194_304, ram_bytes=4_194_304, instructions_per_cycle=1.0,
            emulation=Emulation(machine="mps2-an386", is_exact=True),
        ),
        profile=profile(),
        baseline=Baseline(
            method="logistic regression on per-channel statistics", metric="macro_f1", value=0.781, groups=11
        ),
        trials=entries,
        verdicts=verdicts(),
        chosen="c03",
        application=Application(
            source=APP,
            notes="Reports a class on the serial line once it won three windows in a row; lights the LED for walking.",
        ),
        build=BuildReport(ok=True, environment="mps2_an386", flash_bytes=29_316, static_ram_bytes=6_580,
                          sections=(Section(name=".text", size_bytes=17_900, memory="flash"),
                                    Section(name=".rodata", size_bytes=11_292, memory="flash"),
                                    Section(name=".data", size_bytes=124, memory="both"),
                                    Section(name=".bss", size_bytes=6_456, memory="ram"))),
        constant_bytes=9_784, arena_bytes=2_400, layers=layers(), timeline=timeline(),
        application_lines=("12.5 s sitting", "15.0 s standing up", "18.5 s walking"),
        examples=pick_examples(windows, labels, CLASSES),
        commands=(
            ReportCommand(title="Build it again, offline", command="pio run -d firmware -e mps2_an386"),
            ReportCommand(title="Flash a real Nucleo-F446RE", command="pio run -d firmware -e nucleo_f446re -t upload",
                          note="Needs PlatformIO’s own registry once, for ststm32 and its tools."),
        ),
        provenance=(("Seed", "1"), ("TensorFlow", "2.20.0"), ("PlatformIO", "6.1.18"), ("GCC for Arm", "12.2.1"),
                    ("QEMU", "7.2.11")),
    )  # fmt: skip

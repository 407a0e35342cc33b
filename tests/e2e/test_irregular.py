"""Samples that came irregularly, with lost ones and holes: the firmware takes them with their times, and agrees."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from nanosmith.tools.specs.run import RunSummary

GOAL = "A wristband that tells rest, swing and shake apart from the accelerometer. 16 kB of RAM, 64 kB of flash."


@pytest.mark.slow
def test_irregular_recordings_end_in_firmware_that_resamples(
    tmp_path: Path, try_one: Callable[..., "CompletedProcess[str]"]
) -> None:
    write_motions(tmp_path / "motions")
    done = try_one(GOAL, "motions", "--board", "mps2_an386")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    run = tmp_path / "run"
    summary = RunSummary.model_validate_json((run / "run.json").read_bytes())
    assert summary.spec is not None
    rate_hz, longest_gap_us = summary.spec.window.rate_hz, summary.spec.window.longest_gap_us
    assert rate_hz is not None
    assert 24 <= rate_hz <= 26
    assert longest_gap_us == round(25e6 / rate_hz)
    for parity in (summary.parity.timed, summary.parity.device, summary.parity.decisions):
        assert parity is not None
        assert parity.holds
    assert summary.parity.timed is not None
    assert summary.parity.timed.compared > 3
    said = " ".join(done.stdout.split())
    assert f"holes of up to {longest_gap_us / 1e6:.3g} s filled" in said
    assert "answers to irregular samples that the device resampled equal, byte for byte" in said
    page = (run / "report.html").read_text()
    assert "resampled on the board" in page
    assert "the firmware takes each sample with its time and does the same" in page
    times = np.load(next(run.rglob("timed-times.npy"))).astype(np.int64)
    since = np.diff(times) % 2**32
    assert (since > longest_gap_us).sum() == 1
    assert (np.diff(times) < 0).sum() == 1, "the clock runs over"
    project = next(run.rglob("sensor_replay.c")).parent
    assert (project / "front_end" / "ns_resample.c").is_file()
    assert f"#define NS_LONGEST_GAP_US {longest_gap_us}u" in (project / "device.h").read_text()
    assert "each sample comes with its time" in (project.parent / "README.md").read_text()


def write_motions(folder: Path) -> None:
    """Three motions of eight people at some 25 Hz: jitter, a sample in thirty lost, one hole of three seconds each."""
    folder.mkdir()
    for person in range(8):
        random = np.random.default_rng(person)
        times = np.sort(np.arange(0.0, 24.0, 0.04) + random.uniform(-0.01, 0.01, 600))
        times = times[random.random(600) > 0.03]
        times = times[(times < 13) | (times > 16)]
        turn = (times // 4).astype(int) % 3
        swing = np.sin(2 * np.pi * np.array([0.0, 0.8, 4.0])[turn] * times) * np.array([0.0, 3.0, 6.0])[turn]
        columns = np.stack([swing, 0.6 * swing + 2, 9.8 - 0.3 * np.abs(swing)], axis=1)
        columns += 0.3 * random.standard_normal(columns.shape)
        names = np.array(["rest", "swing", "shake"])[turn]
        rows = [f"{t:.4f},{x:.4f},{y:.4f},{z:.4f},{n}" for t, (x, y, z), n in zip(times, columns, names, strict=True)]
        (folder / f"p{person}.csv").write_text("\n".join(["time_s,x_acc,y_acc,z_acc,label", *rows]) + "\n")
    index = ["file,subject", *(f"p{person}.csv,p{person}" for person in range(8))]
    (folder / "index.csv").write_text("\n".join(index) + "\n")

"""Closed-form weights: as good as scikit-learn's discriminant, and as good once they are int8."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from nanosmith.agents.builtin.coder import render_source
from nanosmith.agents.builtin.design_space_network import Design
from nanosmith.tools.compiler import HostModel, compile_model
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.candidate import TrainingSettings
from nanosmith.tools.specs.front_end import RawFrontEnd
from nanosmith.tools.training import discriminant, quantize
from nanosmith.tools.training.batches import Batches, Normalization

CLASSES, FEATURES = 5, 12


def crowd(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Classes that lie a little apart in directions in which nearly collinear features hardly differ."""
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int32) % CLASSES
    hidden = random.standard_normal((count, FEATURES)) * np.geomspace(3, 0.03, FEATURES)
    places = np.random.default_rng(7).standard_normal((CLASSES, FEATURES)) * np.geomspace(3, 0.03, FEATURES)
    mixing = np.linalg.qr(np.random.default_rng(8).standard_normal((FEATURES, FEATURES)))[0]
    return (hidden + places[labels]) @ mixing, labels


def network() -> Any:
    design = Design(family="discriminant", input_shape=(1, FEATURES), stem=10, stem_stride=1, blocks=(), kernel=3,
                    activation="relu", dropout=0.0, classes=CLASSES)  # fmt: skip
    namespace: dict[str, Any] = {}
    exec(render_source(design, "title"), namespace)  # noqa: S102  # our own template
    return namespace["build_model"](design.input_shape, CLASSES)


def batches(features: NDArray[np.float64], labels: NDArray[np.int32], **settings: Any) -> Batches:
    rows = features[:, None, :].astype(np.float32)
    return Batches(rows, labels, CLASSES, Normalization.fit(rows), RawFrontEnd(),
                   TrainingSettings(solver="discriminant", weight_decay=1e-4, **settings), ())  # fmt: skip


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")
def test_pairs_are_as_good_as_the_common_discriminant_also_in_int8(sandbox: Sandbox, tmp_path: Path) -> None:
    features, labels = crowd(400, 1)
    unseen, truth = crowd(1_000, 2)
    reference = (LinearDiscriminantAnalysis().fit(features, labels).predict(unseen) == truth).mean()
    assert 0.7 < reference < 0.95
    data, model = batches(features, labels, class_weights="none"), network()
    discriminant.solve(model, data)
    normalized = data.normalization.apply(unseen[:, None, :].astype(np.float32))
    solved = np.asarray(model(normalized)).argmax(axis=1)
    assert (solved == truth).mean() > reference - 0.02
    blob = quantize.to_int8(model, quantize.calibration_windows(data, clip=True, seed=1))
    compiled = compile_model(blob, core=find_board("mps2_an386").core)
    inputs = np.clip(np.round(normalized / compiled.input.scale + compiled.input.zero_point), -128, 127)
    outputs = HostModel.build(compiled, tmp_path, sandbox=sandbox).run(inputs.astype(np.int8))
    assert (outputs.reshape(len(truth), -1).argmax(axis=1) == truth).mean() > reference - 0.03


def test_priors_follow_the_class_weights_and_an_absent_class_never_wins() -> None:
    features, labels = crowd(500, 1)
    rare = (labels != 4) & ((labels != 0) | (np.arange(500) % 50 == 0))
    unseen, _ = crowd(1_000, 2)
    counts = {}
    for how in ("none", "balanced"):
        data, model = batches(features[rare], labels[rare], class_weights=how), network()
        discriminant.solve(model, data)
        answers = np.asarray(model(data.normalization.apply(unseen[:, None, :].astype(np.float32)))).argmax(axis=1)
        counts[how] = np.bincount(answers, minlength=CLASSES)
        assert counts[how][4] == 0
    assert counts["none"][0] < counts["balanced"][0]


def test_a_network_without_the_layer_is_refused() -> None:
    inputs = keras.Input((1, FEATURES))
    flat = keras.layers.Flatten()(inputs)
    with pytest.raises(ValueError, match="needs a Dense layer named 'pairs' of 10 units"):
        discriminant.pairs_layer(keras.Model(inputs, keras.layers.Dense(CLASSES)(flat)), CLASSES)
    narrow = keras.layers.Dense(10, name="pairs")(keras.layers.Dense(3)(flat))
    with pytest.raises(ValueError, match="all features"):
        discriminant.pairs_layer(keras.Model(inputs, narrow), CLASSES)

"""The built-in coder: sources that build, differ, fit the budget, and follow the critic."""

import ast
import re
from typing import Any

import profiles
import pytest
from trials import make_device, make_trial

from nanosmith.agents.builtin.coder import propose, render_source, shrink_to_fit
from nanosmith.agents.builtin.design_space import choices, first_points, has_sound, nearest, read_point, step
from nanosmith.agents.builtin.design_space_cost import estimate, overrun
from nanosmith.agents.builtin.design_space_front_end import choose_front_end
from nanosmith.agents.builtin.design_space_moves import hints
from nanosmith.agents.builtin.design_space_network import design_network
from nanosmith.agents.builtin.design_space_search import suggestions
from nanosmith.agents.builtin.design_space_training import epochs_for
from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.features.layout import check_front_end, layout_of
from nanosmith.tools.specs.candidate import LogMelFrontEnd, Proposal, RawFrontEnd
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import Budget, Spec, WindowSpec
from nanosmith.tools.specs.feature_shape import feature_shape
from nanosmith.tools.specs.front_end import ChainFrontEnd

_BOARD = next(board for board in profiles.boards() if board.id == "mps2_an386")
_KINDS: dict[str, tuple[DataProfile, tuple[int, ...], int]] = {
    "motion": (profiles.wrist(), (128, 6), 4_000),
    "cut windows": (profiles.har(), (128, 9), 7_000),
    "slow series": (profiles.appliances(), (128, 2), 900),
    "heartbeat": (profiles.ecg(), (360, 1), 9_000),
    "beats": (profiles.beats(), (896, 1), 10_000),
    "long windows": (profiles.pipeline(), (1460, 1), 480),
    "short sound": (profiles.spoken(), (4000, 1), 1_000),
    "long sound": (profiles.forest(), (64_000, 1), 300),
    "pictures": (profiles.signs(), (100, 100, 3), 1_500),
}


def _window(profile: DataProfile, length: int) -> WindowSpec:
    is_event = profile.event_gap_s is not None
    hop = length // (16 if is_event else 2)
    return WindowSpec(length=length, hop=hop, rate_hz=profile.rate_hz, around_events=is_event)


def make_brief(kind: str = "motion", *, ram: int = 24_000, flash: int = 64_000, **more: Any) -> CoderBrief:
    profile, shape, windows = _KINDS[kind]
    channels = tuple(channel.name for channel in profile.channels)
    spec = Spec(
        title="device", goal="tell them apart", board=_BOARD.id, classes=tuple(c.name for c in profile.classes),
        channels=channels, window=_window(profile, shape[0]),
        metric="macro_f1", metric_limit=0.9, metric_limit_source="goal",
        budget=Budget(flash_bytes=flash, ram_bytes=ram),
    )  # fmt: skip
    values = {"spec": spec, "profile": profile, "board": _BOARD, "sample_shape": shape, "windows": windows, "wanted": 2}
    return CoderBrief.model_validate(values | more)


def _trial_of(proposal: Proposal, number: int = 1, **more: Any) -> Any:
    return make_trial(
        number, parameters=proposal.parameters, front_end=proposal.front_end, training=proposal.training, **more
    )


@pytest.mark.parametrize("kind", _KINDS)
def test_the_first_round_is_different_networks_that_should_fit(kind: str) -> None:
    brief = make_brief(kind, wanted=4)
    answer = propose(brief)
    assert brief.faults(answer) == ()
    assert len(answer.proposals) == 4
    assert len({(p.source, p.training.model_dump_json()) for p in answer.proposals}) == 4
    assert len({p.source.split("\n", 2)[2] for p in answer.proposals}) >= 3  # not the same but for its title
    for proposal in answer.proposals:
        tree = ast.parse(proposal.source)
        assert {n.names[0].name for n in tree.body if isinstance(n, ast.Import)} == {"keras"}
        assert max(len(line) for line in proposal.source.splitlines()) <= 120
        point = read_point(proposal.parameters, choices(brief))
        assert point is not None
        assert overrun(estimate(*design_network(point, brief), brief.sample_shape), brief) <= 1


@pytest.mark.parametrize("kind", _KINDS)
def test_the_same_brief_gives_the_same_answer(kind: str) -> None:
    assert propose(make_brief(kind)) == propose(make_brief(kind))


@pytest.mark.parametrize(("kind", "ram", "flash"), [("motion", 6_000, 24_000), ("pictures", 16_000, 40_000)])
def test_a_tight_budget_makes_smaller_networks(kind: str, ram: int, flash: int) -> None:
    roomy, tight = make_brief(kind), make_brief(kind, ram=ram, flash=flash)
    for small, large in zip(propose(tight).proposals, propose(roomy).proposals, strict=True):
        costs = []
        for proposal, brief in ((small, tight), (large, roomy)):
            point = read_point(proposal.parameters, choices(brief))
            assert point is not None
            costs.append(estimate(*design_network(point, brief), brief.sample_shape))
        assert overrun(costs[0], tight) <= 1 < overrun(costs[1], tight)


def test_a_budget_that_nothing_meets_still_gets_a_network() -> None:
    answer = propose(make_brief(ram=500, flash=500))
    assert len(answer.proposals) == 2
    assert "dense" in answer.proposals[0].idea.lower()


def test_words_are_looked_at_in_time_and_scenes_by_statistics_of_their_bands() -> None:
    word = propose(make_brief("short sound")).proposals[0]
    assert isinstance(word.front_end, LogMelFrontEnd)
    assert word.front_end.range == 12
    how = word.training.augmentation
    assert min(how.warp, how.stretch, how.tilt, how.shift) > 0
    scene = propose(make_brief("long sound")).proposals[0]
    assert isinstance(scene.front_end, ChainFrontEnd)
    assert [stage.kind for stage in scene.front_end.stages] == ["log_mel", "statistics"]
    assert feature_shape(scene.front_end, (64_000, 1))[0] == 1


def test_sound_gets_a_spectrum_and_motion_gets_turned_axes() -> None:
    sound = propose(make_brief("short sound")).proposals[0]
    assert isinstance(sound.front_end, LogMelFrontEnd)
    assert sound.front_end.high_hz == 4_000
    assert sound.front_end.frame <= 4_000
    assert sound.training.augmentation.rotate_deg == 0
    motion = propose(make_brief("motion")).proposals[0]
    assert motion.front_end.kind == "raw"
    assert motion.training.augmentation.rotate_deg == 15
    assert not has_sound(make_brief("motion"))


def test_a_board_without_an_fpu_counts_in_integers() -> None:
    small = next(board for board in profiles.boards() if board.core == "cortex-m0")
    for board, arithmetic in ((_BOARD, "float"), (small, "integer")):
        sound = propose(make_brief("short sound", board=board, ram=14_000)).proposals[0]
        assert isinstance(sound.front_end, LogMelFrontEnd)
        assert sound.front_end.arithmetic == arithmetic
        for point, kind, count in (
            ("statistics", "statistics", 1), ("motion", "motion", 1), ("spectrum_statistics", "beside", 3),
            ("mel_statistics", "chain", 2),
        ):  # fmt: skip
            brief = make_brief("short sound" if kind == "chain" else "motion", board=board)
            chosen = choose_front_end({"front_end": point, "frames": 2, "bands": 16, "decimate": 2}, brief)
            assert chosen.kind == kind
            assert re.findall(r'"arithmetic":"(\w+)"', chosen.model_dump_json()) == [arithmetic] * count


def test_around_events_places_count_and_levels_are_taken_away_where_they_differ() -> None:
    brief = make_brief("beats", wanted=3)
    first, *others = propose(brief).proposals
    assert isinstance(first.front_end, RawFrontEnd)
    assert not first.front_end.standardize
    assert "GlobalAveragePooling" not in first.source
    assert 0 < first.training.augmentation.shift <= 1 / 32
    channel = brief.profile.channels[0].model_copy(update={"offset_spread": 1.2, "gain_spread": 0.1})
    apart = brief.model_copy(update={"profile": brief.profile.model_copy(update={"channels": (channel,)})})
    standard = propose(apart).proposals[0].front_end
    assert isinstance(standard, RawFrontEnd)
    assert standard.standardize
    assert others


def test_a_head_that_sees_places_is_counted() -> None:
    brief = make_brief("beats")
    point = next(iter(first_points(brief)))
    costs = [
        estimate(*design_network({**point, "head": head}, brief), brief.sample_shape) for head in ("pooled", "placed")
    ]
    assert costs[1].constants_bytes > costs[0].constants_bytes
    assert "head" not in choices(make_brief("heartbeat"))


@pytest.mark.parametrize("kind", _KINDS)
def test_every_point_has_a_front_end_that_the_device_can_compute(kind: str) -> None:
    brief = make_brief(kind)
    for point in (*first_points(brief), *suggestions(brief, choices(brief), 60)):
        front_end, design = design_network(point, brief)
        window = brief.spec.window
        found = check_front_end(front_end, brief.sample_shape, rate_hz=window.rate_hz, hop=window.hop)
        assert found == design.input_shape
        assert (
            estimate(front_end, design, brief.sample_shape).front_end_bytes
            == layout_of(front_end, brief.sample_shape).state_bytes
        )


def test_epochs_follow_the_number_of_windows() -> None:
    windows = (200, 2_000, 10_000, 1_000_000)
    counts = [epochs_for(count, 1_152, 200_000, 1.0) for count in windows]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 150
    assert counts[-1] == 12
    assert epochs_for(10_000, 1_152, 200_000, 2.0) == pytest.approx(2 * counts[2], abs=1)
    assert epochs_for(10_000, 1_152, 2_000_000, 1.0) < counts[2]


@pytest.mark.parametrize(
    ("advice", "axis", "grows"),
    [
        ("flash: 70,000 B where 64,000 B are allowed; fewer filters.", "width", False),
        ("ram: 30,000 B where 24,000 B are allowed; stride earlier.", "stem_stride", True),
        ("latency: 900 ms where 500 ms are allowed; stride earlier.", "stem_stride", True),
        ("overfitting: .99 on training windows; more augmentation.", "augment", True),
        ("underfitting: .80 on training windows; a wider network.", "width", True),
        ("quantization: int8 costs .030; ReLU6.", "activation", True),
        ("weak class: recall of turn 0.50; balanced class weights.", "class_weights", True),
        ("headroom: 30 % used; a larger network would fit.", "width", True),
        ("I think the network is overfitting, so regularize more.", "augment", True),
    ],
)
def test_advice_moves_the_best_trial_the_right_way(advice: str, axis: str, grows: bool) -> None:
    first = propose(make_brief())
    trials = tuple(_trial_of(p, n, score=0.9 - n / 100) for n, p in enumerate(first.proposals, start=1))
    brief = make_brief(trials=trials, advice=advice)
    options = choices(brief)[axis]
    before = options.index(first.proposals[0].parameters[axis])
    after = options.index(propose(brief).proposals[0].parameters[axis])
    assert (after > before) is grows
    assert after != before


def test_advice_is_read_in_order_of_urgency() -> None:
    assert hints("overfitting: seen; do this.\n- RAM: 3 B over; stride.") == ("ram", "overfitting")
    assert hints("The int8 costs too much flash") == ("flash", "quantization")
    assert hints("looks good") == ()
    assert hints("framework: Arduino; nothing to do with memory") == ()


def test_nothing_is_proposed_twice() -> None:
    trials: tuple[Any, ...] = ()
    seen: set[str] = set()
    for _ in range(6):
        brief = make_brief(trials=trials, advice="overfitting: seen; more augmentation.\nconfusion: a for b; features.")
        answer = propose(brief)
        assert len(answer.proposals) == 2
        for proposal in answer.proposals:
            key = str(sorted(proposal.parameters.items()))
            assert key not in seen
            seen.add(key)
            number = len(trials) + 1
            trials = (*trials, _trial_of(proposal, number, score=0.8 + 0.01 * (number % 5)))


def test_a_refused_proposal_is_replaced_by_a_smaller_one() -> None:
    brief = make_brief("pictures", ram=64_000, flash=256_000, wanted=1)
    refused = propose(brief).proposals[0]
    again = propose(
        brief.model_copy(update={"refused": ((refused, ("its arena needs 90,000 B",)),)})
    ).proposals[0]  # fmt: skip
    assert again.parameters != refused.parameters


def test_measured_flash_and_ram_correct_the_estimate() -> None:
    brief = make_brief()
    proposal = propose(brief).proposals[0]
    heavy = _trial_of(proposal, score=0.9, fits_budget=False, device=make_device(flash=90_000, ram=40_000))
    point = read_point(proposal.parameters, choices(brief))
    assert point is not None
    cost = estimate(*design_network(point, brief), brief.sample_shape)
    assert overrun(cost, brief) <= 1 < overrun(cost, brief.model_copy(update={"trials": (heavy,)}))


def test_networks_that_answer_together_cost_as_many_times_as_much_and_go_first_where_room_is_short() -> None:
    brief = make_brief()
    point = next(first_points(brief))
    one, three = (
        estimate(*design_network({**point, "members": members}, brief), brief.sample_shape) for members in (1, 3)
    )
    assert (three.macs, three.constants_bytes) == (3 * one.macs, 3 * one.constants_bytes)
    assert one.arena_bytes < three.arena_bytes < 2 * one.arena_bytes  # one after another, all from the same input
    tight = make_brief(flash=int((18_000 + 1.5 * one.constants_bytes) / 0.9))
    assert shrink_to_fit({**point, "members": 3}, choices(tight), tight, 0.9) == point


def test_trials_of_a_language_model_are_no_obstacle() -> None:
    brief = make_brief(trials=(make_trial(1, parameters={"mine": 3}), make_trial(2, None, status="failed")))
    assert len(propose(brief).proposals) == 2


def test_steps_stay_on_the_axis() -> None:
    space = {"width": (4, 8, 16)}
    assert step({"width": 4}, space, "width", -1) == {"width": 4}
    assert step({"width": 4}, space, "width", 5) == {"width": 16}
    assert step({"width": 4}, space, "height", 1) == {"width": 4}
    assert nearest(11, (4, 8, 16)) == 8
    assert nearest("red", ("gray", "color")) == "gray"


def test_every_family_builds_in_keras_as_estimated() -> None:
    keras = pytest.importorskip("keras")
    built = set()
    for kind in _KINDS:
        brief = make_brief(kind, ram=64_000, flash=256_000)
        for opening in (*first_points(brief), *({**p, "family": "dense"} for p in first_points(brief))):
            point = shrink_to_fit(opening, choices(brief), brief, 0.9)
            _, design = design_network(point, brief)
            if (design.family, design.is_picture) in built:
                continue
            built.add((design.family, design.is_picture))
            namespace: dict[str, Any] = {}
            exec(render_source(design, "title"), namespace)  # noqa: S102  # our own template
            model = namespace["build_model"](design.input_shape, design.classes)
            assert model.output_shape == (None, design.classes)
            kernels = sum(int(w.shape.num_elements()) for w in model.weights if w.path.endswith("kernel"))
            cost = estimate(design_network(point, brief)[0], design, brief.sample_shape)
            assert kernels < cost.constants_bytes < 2 * kernels + 4_000
    assert len(built) == 8
    keras.backend.clear_session()


def test_a_network_says_what_comes_out_of_it() -> None:
    brief = make_brief("motion", ram=64_000, flash=256_000)
    for family in ("dense", "cnn_1d", "ds_cnn_1d", "residual_1d"):
        point = {**next(iter(first_points(brief))), "family": family}
        _, design = design_network(point, brief)
        assert design.family == family
        assert "class probabilities out" in render_source(design, "title")
        number = render_source(design.model_copy(update={"classes": 1}), "title")
        assert "the number in its standard deviations out" in number
        assert "probabilities" not in number

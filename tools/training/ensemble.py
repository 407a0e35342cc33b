"""Networks of one source that answer together, each trained from another seed. Runs inside the sandbox.

What networks of other seeds get wrong on people they never met is largely luck, and not the same luck
(Lakshminarayanan et al. 2017, arXiv 1612.01474).
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from nanosmith.tools.training import fit
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batches


def train(
    first: Any, build: Callable[[], Any], batches: Batches, validation: Floats, *, seed: int, on_epoch: fit.OnEpoch
) -> tuple[Any, ...]:
    """Train `first` and as many more networks as the settings ask for.

    Args:
        first: The first member.
        build: Makes another one, with weights of the seed that is set then.
        batches: Training windows, the same for all; each member sees them in an order and with changes of its own.
        validation: Normalized features [n, …]; their labels are not here.
        seed: Of the first member; the others have those that follow.
        on_epoch: Told epochs counted through all members; predictions are those of all members so far.

    Raises:
        fit.Diverged: A member's loss became NaN or infinite.

    """
    members: list[Any] = []
    outputs: list[Floats] = []
    for number in range(batches.settings.members):
        if number:
            keras.utils.set_random_seed(seed + number)
        members.append(build() if number else first)
        fit.train(
            members[-1], batches, validation, seed=seed + number, others=outputs,
            on_epoch=_counted(on_epoch, number * batches.settings.epochs),
        )  # fmt: skip
        if len(validation) and number + 1 < batches.settings.members:
            outputs.append(fit.outputs(members[-1], validation))
    return tuple(members)


def _counted(on_epoch: fit.OnEpoch, before: int) -> fit.OnEpoch:
    return lambda epoch, loss, accuracy, answers: on_epoch(before + epoch, loss, accuracy, answers)


def together(members: Sequence[Any]) -> Any:
    """One model of them all, whose outputs are the means of theirs; a single member is itself.

    The mean is a Dense layer with equal weights, so that int8 rounds it once: an average of tensors would be rounded at
    each addition.
    """
    if len(members) == 1:
        return members[0]
    inputs = keras.Input(members[0].input_shape[1:])
    for number, member in enumerate(members, start=1):
        member.name = f"member_{number}"
    beside = keras.layers.Concatenate(name="members")([member(inputs) for member in members])
    outputs = members[0].output_shape[-1]
    mean = keras.layers.Dense(outputs, use_bias=False, trainable=False, name="mean")
    model = keras.Model(inputs, mean(beside))
    mean.set_weights([np.tile(np.eye(outputs, dtype=np.float32), (len(members), 1)) / len(members)])
    return model

"""What firmware did with recorded samples."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AnswerCount:
    """Guest instructions of one answer."""

    pushes: int
    """Samples taken since the answer before."""

    push_instructions: int
    """Of the front-end over all those samples."""

    copy_instructions: int
    """Of unrolling the features into the model's input."""

    inference_instructions: int


@dataclass(frozen=True)
class Replay:
    """Answers, lines and costs of one replay."""

    outputs: NDArray[np.int8]
    """[answers, classes], the model's output bytes."""

    in_force: NDArray[np.int32]
    """[answers], the class that the firmware says is there after each; -1 before the first."""

    application: tuple[tuple[int, str], ...]
    """Lines of the application, cleaned, each with the index of the answer that it followed; -1 before the first."""

    counts: tuple[AnswerCount, ...]
    """One an answer, counted by QEMU: exact, and the same on every run."""

    stack_bytes: int
    """High-water mark of the painted stack over the whole replay."""

    @property
    def winners(self) -> NDArray[np.int64]:
        """[answers], the class with the highest output of each, the first of equals; as the firmware chooses."""
        return np.asarray(self.outputs.argmax(axis=1), dtype=np.int64)

    @property
    def application_lines(self) -> tuple[str, ...]:
        """Lines of the application alone."""
        return tuple(text for _, text in self.application)

    @property
    def inference_instructions(self) -> int:
        """Of one inference; the most where it depends on the input."""
        return max(count.inference_instructions for count in self.counts)

    @property
    def push_instructions(self) -> float:
        """Of the front-end for one sample, averaged."""
        return sum(count.push_instructions for count in self.counts) / sum(count.pushes for count in self.counts)

    def answer_instructions(self, hop_samples: int) -> int:
        """Of one answer: front-end over one hop, copy and inference."""
        copy = max(count.copy_instructions for count in self.counts)
        return math.ceil(self.push_instructions * hop_samples) + copy + self.inference_instructions

"""What a lowering may ask about its operator, and how it refuses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.graph import Graph, Operator, Tensor, keras_layer
from nanosmith.tools.compiler.profiles import Profile
from nanosmith.tools.errors import UnsupportedOperator

MAX_DIMENSION = 65_535
"""Dimensions are uint16_t in the kernels' parameters."""


@dataclass(frozen=True)
class Scope:
    """One operator in its graph."""

    graph: Graph
    operator: Operator
    profile: Profile
    """What the kernels and layouts are chosen for."""

    read: frozenset[int] = frozenset()
    """Tensors that any operator reads, and the model's output."""

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.graph.tensors[self.operator.outputs[0]]

    def refuse(self, reason: str) -> UnsupportedOperator:
        """The error to raise where the kernels don't cover this use of the operator."""
        name = self.output.name
        return UnsupportedOperator(self.operator.kind, tensor=name, layer=keras_layer(name), reason=reason)

    def input(self, number: int) -> Tensor:
        """An input that must be there.

        Raises:
            UnsupportedOperator: It is left out.

        """
        if number >= len(self.operator.inputs) or self.operator.inputs[number] < 0:
            raise self.refuse(f"input {number} is left out")
        return self.graph.tensors[self.operator.inputs[number]]

    def has_input(self, number: int) -> bool:
        """Whether an optional input is there."""
        return number < len(self.operator.inputs) and self.operator.inputs[number] >= 0

    def constant(self, number: int, *dtypes: str) -> NDArray[np.int64]:
        """Contents of a constant integer input.

        Raises:
            UnsupportedOperator: It is computed, or of another type.

        """
        tensor = self.input(number)
        if tensor.values is None:
            raise self.refuse(f"input {number} ({tensor.name}) is not a constant")
        if tensor.dtype not in dtypes:
            raise self.refuse(f"input {number} ({tensor.name}) is {tensor.dtype}")
        return tensor.values.astype(np.int64)

    def number(self, number: int) -> int:
        """A constant input of one integer.

        Raises:
            UnsupportedOperator: It is computed, or of another size.

        """
        values = self.constant(number, "INT32").reshape(-1)
        if values.size != 1:
            raise self.refuse(f"input {number} has {values.size} elements where one is read")
        return int(values[0])

    def axis(self, axis: int, rank: int) -> int:
        """The dimension that `axis` names, from the end where it is negative.

        Raises:
            UnsupportedOperator: There is none.

        """
        if not -rank <= axis < rank:
            raise self.refuse(f"axis {axis} of a tensor of {rank} dimensions")
        return axis % rank

    def outputs(self) -> list[Tensor]:
        """All outputs."""
        return [self.graph.tensors[o] for o in self.operator.outputs]

    def is_read(self, tensor: Tensor) -> bool:
        """Whether anything needs an output."""
        return tensor.index in self.read

    def activation(self, number: int) -> Tensor:
        """An int8 input with one scale, computed or constant.

        Raises:
            UnsupportedOperator: It is of another type or quantized otherwise.

        """
        return self.int8(self.input(number))

    def int8(self, tensor: Tensor) -> Tensor:
        """`tensor`, if it is int8 with one scale and a zero point that int8 holds.

        Raises:
            UnsupportedOperator: It is not.

        """
        if tensor.dtype != "INT8":
            raise self.refuse(f"tensor {tensor.name!r} is {tensor.dtype}; only int8 is compiled")
        if len(tensor.scales) != 1 or not -128 <= tensor.zero_point <= 127:
            raise self.refuse(f"tensor {tensor.name!r} needs one scale and a zero point between -128 and 127")
        return tensor

    def option(self, name: str) -> int:
        """An integer option."""
        value = self.operator.options[name]
        if not isinstance(value, int):
            raise TypeError(name)
        return int(value)

    def image(self, tensor: Tensor) -> tuple[int, int, int]:
        """Height, width and channels of a [1, height, width, channels] tensor.

        Raises:
            UnsupportedOperator: Another rank, a batch, or too large.

        """
        if len(tensor.shape) != 4 or tensor.shape[0] != 1:
            raise self.refuse(
                f"tensor {tensor.name!r} has shape {list(tensor.shape)} where [1, height, width, channels] is compiled"
            )
        if max(tensor.shape) > MAX_DIMENSION:
            raise self.refuse(f"tensor {tensor.name!r} has a dimension above {MAX_DIMENSION:,}")
        return tensor.shape[1], tensor.shape[2], tensor.shape[3]

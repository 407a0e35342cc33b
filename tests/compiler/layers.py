"""Models of one layer of a wanted geometry, with weights of a seed."""

from dataclasses import dataclass

import numpy as np
from tflite_builder import Builder

SAME, VALID = 0, 1
RELU6 = 3


@dataclass(frozen=True)
class Layer:
    """`kind` is conv, depthwise, dense or add; a dense layer has `height` rows."""

    kind: str
    height: int = 1
    width: int = 1
    depth: int = 1
    channels: int = 1
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    dilation: int = 1
    padding: int = SAME
    activation: int = 0
    dead: tuple[int, ...] = ()
    """Channels with a bias near 2**30 and a tiny scale, as networks with batch normalization hold them."""

    def blob(self) -> bytes:
        return getattr(self, f"_{self.kind}")(Builder(), np.random.default_rng(7))

    def _conv(self, builder: Builder, random: np.random.Generator) -> bytes:
        weights = random.integers(-127, 128, (self.channels, *self.kernel, self.depth))
        return self._image(builder, random, "CONV_2D", "Conv2DOptions", weights, 0)

    def _depthwise(self, builder: Builder, random: np.random.Generator) -> bytes:
        weights = random.integers(-127, 128, (1, *self.kernel, self.depth))
        return self._image(builder, random, "DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions", weights, 3)

    def _image(self, builder, random, kind, options, weights, axis) -> bytes:
        out = [self._outputs(s, k) for s, k in zip((self.height, self.width), self.kernel, strict=True)]
        source = builder.tensor((1, self.height, self.width, self.depth), scale=0.05, zero_point=11, name="x")
        inputs = [source, *self._weights(builder, random, weights, axis)]
        taps = weights.size / weights.shape[axis]
        output = builder.tensor((1, *out, weights.shape[axis]), scale=0.02 * taps**0.5, zero_point=-9, name="y")
        more = {} if axis == 0 else {"depthMultiplier": 1}
        builder.operator(kind, inputs, [output], options, padding=self.padding,
                         strideH=self.stride, strideW=self.stride,
                         dilationHFactor=self.dilation, dilationWFactor=self.dilation,
                         fusedActivationFunction=self.activation, **more)  # fmt: skip
        return builder.blob([source], [output])

    def _outputs(self, size: int, kernel: int) -> int:
        covered = 0 if self.padding == SAME else (kernel - 1) * self.dilation
        return -(-(size - covered) // self.stride)

    def _weights(self, builder, random, weights, axis) -> list[int]:
        channels = weights.shape[axis]
        scales, bias = random.uniform(0.002, 0.01, channels), random.integers(-2000, 2000, channels)
        for c in self.dead:
            scales[c], bias[c] = 1e-12, 2**30 - 1
        tensor = builder.tensor(weights.shape, scale=scales.astype(np.float32), values=weights, axis=axis)
        return [tensor, builder.tensor((channels,), scale=scales * 0.05, values=bias, dtype="int32")]

    def _dense(self, builder: Builder, random: np.random.Generator) -> bytes:
        source = builder.tensor((self.height, self.depth), scale=0.05, zero_point=-3, name="x")
        weights = random.integers(-127, 128, (self.channels, self.depth))
        output = builder.tensor((self.height, self.channels), scale=0.02 * self.depth**0.5, zero_point=5, name="y")
        inputs = [source, *self._weights(builder, random, weights, 0)]
        builder.operator("FULLY_CONNECTED", inputs, [output], "FullyConnectedOptions",
                         fusedActivationFunction=self.activation)  # fmt: skip
        return builder.blob([source], [output])

    def _add(self, builder: Builder, random: np.random.Generator) -> bytes:
        shape = (1, self.height, self.width, self.depth)
        source = builder.tensor(shape, scale=0.05, zero_point=-3, name="x")
        other = builder.tensor(shape, scale=random.choice([0.05, 0.031, 0.3]), zero_point=9,
                               values=random.integers(-128, 128, shape))  # fmt: skip
        output = builder.tensor(shape, scale=0.07, zero_point=5, name="y")
        builder.operator("ADD", [source, other], [output], "AddOptions", fusedActivationFunction=self.activation)
        return builder.blob([source], [output])

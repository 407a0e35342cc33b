"""Random small graphs over all operators that the compiler covers, drawn by hypothesis."""

from dataclasses import dataclass

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from tflite_builder import Builder

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3
ZERO_POINTS = st.one_of(st.sampled_from([-128, 127, 0]), st.integers(-128, 127))
SCALES = st.floats(0.003, 0.3).map(np.float32)


@dataclass
class Value:
    index: int
    shape: tuple[int, ...]
    scale: np.float32
    zero_point: int


class Growing:
    """A graph that grows operator by operator; `draw` is hypothesis'."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.builder = Builder()
        self.random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        height, width = draw(st.sampled_from([(6, 5), (1, 13), (9, 1), (4, 4), (3, 7)]))
        shape = (1, height, width, draw(st.one_of(st.integers(1, 6), st.sampled_from([8, 17, 34]))))
        self.input = self.value(shape)
        self.values = [self.input]

    def value(self, shape, scale=None, zero_point=None) -> Value:
        scale = self.draw(SCALES) if scale is None else scale
        zero_point = self.draw(ZERO_POINTS) if zero_point is None else zero_point
        index = self.builder.tensor(shape, scale=scale, zero_point=zero_point)
        return Value(index, tuple(int(d) for d in shape), scale, zero_point)

    def like(self, source: Value, shape=None) -> Value:
        return self.value(source.shape if shape is None else shape, source.scale, source.zero_point)

    def add(self, kind, inputs, output, options=None, **fields) -> Value:
        indices = [i.index if isinstance(i, Value) else i for i in inputs]
        self.builder.operator(kind, indices, [output.index], options, **fields)
        self.values.append(output)
        return output

    def weights(self, shape, channels, axis, taps, source: Value, per_channel: bool):
        data = self.random.integers(-127, 128, shape)
        scales = self.random.uniform(0.002, 0.02, channels if per_channel else 1).astype(np.float32)
        weights = self.builder.tensor(shape, scale=scales, values=data, axis=axis)
        bias = self.random.integers(-2000, 2000, channels)
        bias_scale = (source.scale * scales).astype(np.float32)
        # fits the output to what can be reached, so that few outputs saturate
        reach = float(source.scale * scales.max()) * 74 * 74 * np.sqrt(taps)
        out_scale = np.float32(reach * self.draw(st.sampled_from([0.004, 0.03, 0.12, 1.0])) / 3)
        return weights, self.builder.tensor((channels,), scale=bias_scale, values=bias, dtype="int32"), out_scale


def image(value: Value) -> bool:
    return len(value.shape) == 4


def conv(graph: Growing, source: Value) -> None:
    draw = graph.draw
    _, height, width, depth = source.shape
    groups = draw(st.sampled_from([g for g in (1, 1, 2, 3) if depth % g == 0]))
    channels = groups * draw(st.one_of(st.integers(1, 5), st.sampled_from([8, 11, 18])))
    geometry = draw_window(draw, height, width)
    kernel, out = geometry["kernel"], geometry["out"]
    shape = (channels, *kernel, depth // groups)
    weights, bias, scale = graph.weights(
        shape, channels, 0, np.prod(shape[1:]), source, channels > 1 and draw(st.booleans())
    )
    inputs = [source, weights] if draw(st.integers(0, 5)) == 0 else [source, weights, bias]
    graph.add("CONV_2D", [*inputs, *([-1] if len(inputs) == 2 else [])], graph.value((1, *out, channels), scale),
              "Conv2DOptions", **geometry["options"], fusedActivationFunction=draw(ACTIVATIONS))  # fmt: skip


ACTIVATIONS = st.sampled_from([NONE, RELU, RELU6])


def depthwise(graph: Growing, source: Value) -> None:
    draw = graph.draw
    _, height, width, depth = source.shape
    multiplier = draw(st.sampled_from([1, 1, 2]))
    geometry = draw_window(draw, height, width)
    shape = (1, *geometry["kernel"], depth * multiplier)
    channels = depth * multiplier
    weights, bias, scale = graph.weights(shape, channels, 3, np.prod(shape[1:3]), source, channels > 1)
    graph.add("DEPTHWISE_CONV_2D", [source, weights, bias], graph.value((1, *geometry["out"], channels), scale),
              "DepthwiseConv2DOptions", **geometry["options"], depthMultiplier=multiplier,
              fusedActivationFunction=draw(ACTIVATIONS))  # fmt: skip


def draw_window(draw, height: int, width: int, *, dilated: bool = True) -> dict:
    padding = draw(st.sampled_from([SAME, VALID]))
    kernel, stride, dilation, out = [], [], [], []
    for size in (height, width):
        k = draw(st.integers(1, min(5, size) if padding == VALID else 5))
        s = draw(st.integers(1, 3))
        d = draw(st.integers(1, 2)) if dilated and s == 1 else 1
        if padding == VALID and (k - 1) * d + 1 > size:
            d = 1
        kernel.append(k), stride.append(s), dilation.append(d)
        out.append(-(-size // s) if padding == SAME else (size - (k - 1) * d - 1) // s + 1)
    options = {"strideH": stride[0], "strideW": stride[1], "padding": padding}
    if dilated:
        options |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    return {"kernel": tuple(kernel), "out": tuple(out), "options": options}


def padded_conv(graph: Growing, source: Value) -> None:
    before, after = graph.draw(st.integers(0, 3)), graph.draw(st.integers(0, 2))
    _, height, width, depth = source.shape
    pads = [[0, 0], [before, after], [after, before], [0, 0]]
    padded = graph.like(source, (1, height + before + after, width + before + after, depth))
    kind = graph.draw(st.sampled_from(["PAD", "PADV2"]))
    inputs = [source, graph.builder.constant(pads)]
    if kind == "PADV2":
        value = graph.draw(st.sampled_from([source.zero_point, -3]))
        inputs.append(graph.builder.tensor((1,), scale=source.scale, zero_point=source.zero_point, values=[value]))
    graph.add(kind, inputs, padded, "PadOptions" if kind == "PAD" else "PadV2Options")
    if graph.draw(st.booleans()):
        conv(graph, padded)


def dense(graph: Growing, source: Value) -> None:
    rows, inputs = int(np.prod(source.shape[:-1])), source.shape[-1]
    if rows * inputs <= 400 and graph.draw(st.booleans()):
        rows, inputs = 1, rows * inputs
    outputs = graph.draw(st.integers(1, 9))
    per_channel = outputs > 1 and graph.draw(st.booleans())
    weights, bias, scale = graph.weights((outputs, inputs), outputs, 0, inputs, source, per_channel)
    graph.add("FULLY_CONNECTED", [source, weights, bias], graph.value((rows, outputs), scale), "FullyConnectedOptions",
              fusedActivationFunction=graph.draw(ACTIVATIONS))  # fmt: skip


def pool(graph: Growing, source: Value) -> None:
    _, height, width, depth = source.shape
    geometry = draw_window(graph.draw, height, width, dilated=False)
    kind = graph.draw(st.sampled_from(["MAX_POOL_2D", "AVERAGE_POOL_2D"]))
    graph.add(kind, [source], graph.like(source, (1, *geometry["out"], depth)), "Pool2DOptions", **geometry["options"],
              filterHeight=geometry["kernel"][0], filterWidth=geometry["kernel"][1],
              fusedActivationFunction=graph.draw(ACTIVATIONS))  # fmt: skip


def arithmetic(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(["ADD", "SUB", "MUL"]))
    partners = [v for v in graph.values if v.shape == source.shape]
    choice = graph.draw(st.integers(0, 2))
    if choice == 0:
        shape = tuple(d if graph.draw(st.booleans()) else 1 for d in source.shape)
        index = graph.builder.tensor(shape, scale=graph.draw(SCALES), zero_point=graph.draw(ZERO_POINTS),
                                     values=graph.random.integers(-128, 128, shape))  # fmt: skip
        tensor = graph.builder.tensors[index].quantization
        other = Value(index, shape, np.float32(tensor.scale[0]), tensor.zeroPoint[0])
    else:
        other = graph.draw(st.sampled_from(partners))
    pair = [source, other] if graph.draw(st.booleans()) else [other, source]
    if kind == "MUL":
        scale = np.float32(float(source.scale) * float(other.scale) * graph.draw(st.sampled_from([20.0, 90.0, 0.7])))
    else:
        scale = np.float32(max(source.scale, other.scale) * graph.draw(st.sampled_from([1.0, 1.7, 0.5])))
    graph.add(kind, pair, graph.value(source.shape, scale), f"{kind.capitalize()}Options",
              fusedActivationFunction=graph.draw(ACTIVATIONS))  # fmt: skip


def extremum(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(["MAXIMUM", "MINIMUM"]))
    shape = (source.shape[-1],)
    values = graph.random.integers(-128, 128, shape)
    other = graph.builder.tensor(shape, scale=source.scale, zero_point=source.zero_point, values=values)
    graph.add(kind, [source, other], graph.like(source), "MaximumMinimumOptions")


def nonnegative(graph: Growing, source: Value) -> Value:
    """RSQRT of less than zero is an error of the reference."""
    return graph.add("ABS", [source], graph.value(source.shape, source.scale, -128))


def chain(graph: Growing, source: Value) -> None:
    """What becomes one table: SiLU, functions in float, a threshold."""
    kind = graph.draw(st.sampled_from(["SILU", "FLOAT", "THRESHOLD", "SCALAR"]))
    output = graph.value(source.shape, np.float32(source.scale * graph.draw(st.sampled_from([1.0, 0.6]))))
    match kind:
        case "SILU":
            gate = graph.add("LOGISTIC", [source], graph.value(source.shape, np.float32(1 / 256), -128))
            graph.add("MUL", [source, gate], output, "MulOptions")
        case "FLOAT":
            real = [graph.builder.tensor(source.shape, dtype="float32") for _ in range(2)]
            graph.builder.operator("DEQUANTIZE", [source.index], [real[0]])
            function = graph.draw(st.sampled_from(["NEG", "SQUARE", "ABS", "ELU", "FLOOR"]))
            graph.builder.operator(function, [real[0]], [real[1]])
            graph.add("QUANTIZE", [real[1]], output)
        case "THRESHOLD":
            level = scalar(graph, graph.draw(SCALES), graph.draw(ZERO_POINTS))
            above = graph.builder.tensor(source.shape, dtype="bool")
            graph.builder.operator("GREATER", [source.index, level], [above])
            other = scalar(graph, source.scale, source.zero_point)
            graph.add("SELECT_V2", [above, source, other], graph.like(source))
        case "SCALAR":
            with_number = scalar(graph, source.scale, graph.draw(ZERO_POINTS))
            graph.add(
                "ADD", [source, with_number], output, "AddOptions", fusedActivationFunction=graph.draw(ACTIVATIONS)
            )


def scalar(graph: Growing, scale, zero_point) -> int:
    return graph.builder.tensor((1,), scale=scale, zero_point=zero_point, values=graph.random.integers(-128, 128, 1))


def unary(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(
        ["LOGISTIC", "TANH", "RELU", "RELU6", "LEAKY_RELU", "HARD_SWISH", "QUANTIZE", "ABS", "RSQRT"]
    ))  # fmt: skip
    options, fields = None, {}
    match kind:
        case "LOGISTIC":
            output = graph.value(source.shape, np.float32(1 / 256), -128)
        case "TANH":
            output = graph.value(source.shape, np.float32(1 / 128), 0)
        case "RELU6":
            output = graph.like(source)
        case "RSQRT":
            source = nonnegative(graph, source)
            output = graph.value(source.shape, np.float32(0.2 / np.sqrt(source.scale) / 20), -128)
        case "HARD_SWISH":
            output = graph.value(source.shape, np.float32(source.scale * 0.6))
        case _:
            output = graph.value(source.shape, np.float32(source.scale * graph.draw(st.sampled_from([1.0, 0.4, 2.5]))))
    if kind == "LEAKY_RELU":
        options, fields = "LeakyReluOptions", {"alpha": graph.draw(st.sampled_from([0.1, 0.3, 1.5]))}
    graph.add(kind, [source], output, options, **fields)


def softmax(graph: Growing, source: Value) -> None:
    output = graph.value(source.shape, np.float32(1 / 256), -128)
    graph.add("SOFTMAX", [source], output, "SoftmaxOptions", beta=graph.draw(st.sampled_from([1.0, 0.5, 3.0])))


def reduction(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"]))
    axes = graph.draw(st.sampled_from([[1, 2], [2], [1], [3], [2, 3], [-1]] if image(source) else [[-1]]))
    keep = graph.draw(st.booleans())
    positive = {a % len(source.shape) for a in axes}
    shape = [1 if i in positive else d for i, d in enumerate(source.shape) if keep or i not in positive]
    output = graph.like(source, shape)
    if not kind.startswith("REDUCE"):
        count = np.prod([source.shape[a] for a in positive])
        factor = graph.draw(st.sampled_from([1.0, 0.5])) * (count**0.5 if kind == "SUM" else 1.0)
        output = graph.value(shape, np.float32(source.scale * factor))
    graph.add(kind, [source, graph.builder.constant(axes)], output, "ReducerOptions", keepDims=keep)


def movement(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(["RESHAPE", "TRANSPOSE", "STRIDED_SLICE", "CONCATENATION", "EXPAND_DIMS"]))
    rank = len(source.shape)
    match kind:
        case "RESHAPE":
            shape = (1, int(np.prod(source.shape)))
            graph.add(kind, [source, graph.builder.constant(shape)], graph.like(source, shape), "ReshapeOptions")
        case "EXPAND_DIMS" if rank < 4:
            inputs = [source, graph.builder.constant(np.array([1]))]
            graph.add(kind, inputs, graph.like(source, (source.shape[0], 1, *source.shape[1:])), "ExpandDimsOptions")
        case "TRANSPOSE":
            order = [0, *graph.draw(st.permutations(range(1, rank)))]
            shape = [source.shape[i] for i in order]
            graph.add(kind, [source, graph.builder.constant(order)], graph.like(source, shape), "TransposeOptions")
        case "STRIDED_SLICE":
            strided_slice(graph, source)
        case "CONCATENATION":
            parts = [v for v in graph.values if v.shape[:-1] == source.shape[:-1]
                     and (v.scale, v.zero_point) == (source.scale, source.zero_point)]  # fmt: skip
            other = graph.draw(st.sampled_from(parts))
            output = graph.like(source, (*source.shape[:-1], source.shape[-1] + other.shape[-1]))
            graph.add(kind, [source, other], output, "ConcatenationOptions", axis=rank - 1)


def strided_slice(graph: Growing, source: Value) -> None:
    begin, end, stride, shape = [], [], [], []
    for size in source.shape:
        b = graph.draw(st.integers(0, size - 1))
        e = graph.draw(st.integers(b + 1, size))
        s = graph.draw(st.integers(1, 2))
        begin.append(b), end.append(e), stride.append(s), shape.append(len(range(b, e, s)))
    inputs = [source, *(graph.builder.constant(v) for v in (begin, end, stride))]
    graph.add("STRIDED_SLICE", inputs, graph.like(source, shape), "StridedSliceOptions")


def several(graph: Growing, kind, inputs, outputs, options=None, **fields) -> None:
    indices = [i.index if isinstance(i, Value) else i for i in inputs]
    graph.builder.operator(kind, indices, [o.index for o in outputs], options, **fields)
    graph.values.extend(outputs)


def taken_apart(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(["SPLIT", "SPLIT_V", "UNPACK", "SLICE", "GATHER"]))
    rank = len(source.shape)
    axis = graph.draw(st.integers(0, rank - 1))
    size, constant = source.shape[axis], graph.builder.constant

    def part(count) -> Value:
        return graph.like(source, (*source.shape[:axis], count, *source.shape[axis + 1 :]))

    match kind:
        case "SPLIT":
            count = graph.draw(st.sampled_from([n for n in (1, 2, 3, size) if size % n == 0 and n <= 8]))
            parts = [part(size // count) for _ in range(count)]
            several(graph, kind, [constant(np.array(axis)), source], parts, "SplitOptions", numSplits=count)
        case "SPLIT_V":
            cut = graph.draw(st.integers(1, size))
            sizes = [cut, size - cut] if cut < size else [cut]
            inputs = [source, constant(sizes), constant(np.array(axis - rank))]
            several(graph, kind, inputs, [part(n) for n in sizes], "SplitVOptions", numSplits=len(sizes))
        case "UNPACK" if size <= 8 and rank > 1:
            shape = source.shape[:axis] + source.shape[axis + 1 :]
            parts = [graph.like(source, shape) for _ in range(size)]
            several(graph, kind, [source], parts, "UnpackOptions", axis=axis, num=size)
        case "SLICE":
            begin = [graph.draw(st.integers(0, d - 1)) for d in source.shape]
            shape = [graph.draw(st.integers(1, d - b)) for d, b in zip(source.shape, begin, strict=True)]
            sizes = [-1 if b + n == d and graph.draw(st.booleans()) else n
                     for b, n, d in zip(begin, shape, source.shape, strict=True)]  # fmt: skip
            graph.add(kind, [source, constant(begin), constant(sizes)], graph.like(source, shape), "SliceOptions")
        case "GATHER":
            indices = graph.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=5))
            graph.add(kind, [source, constant(indices)], part(len(indices)), "GatherOptions", axis=axis)


def put_together(graph: Growing, source: Value) -> None:
    kind = graph.draw(st.sampled_from(["PACK", "MIRROR_PAD", "RESIZE_NEAREST_NEIGHBOR", "DEPTH_TO_SPACE"]))
    rank = len(source.shape)
    match kind:
        case "PACK" if rank < 4:
            axis = graph.draw(st.integers(0, rank))
            parts = [v for v in graph.values if v.shape == source.shape
                     and (v.scale, v.zero_point) == (source.scale, source.zero_point)]  # fmt: skip
            chosen = [source, *graph.draw(st.lists(st.sampled_from(parts), max_size=2))]
            output = graph.like(source, (*source.shape[:axis], len(chosen), *source.shape[axis:]))
            graph.add(kind, chosen, output, "PackOptions", axis=axis, valuesCount=len(chosen))
        case "MIRROR_PAD":
            mode = graph.draw(st.sampled_from([0, 1]))
            pads = [[graph.draw(st.integers(0, min(3, d - 1 + mode))) for _ in range(2)] for d in source.shape]
            shape = [d + sum(p) for d, p in zip(source.shape, pads, strict=True)]
            inputs = [source, graph.builder.constant(pads)]
            graph.add(kind, inputs, graph.like(source, shape), "MirrorPadOptions", mode=mode)
        case "RESIZE_NEAREST_NEIGHBOR" if image(source):
            size = [graph.draw(st.integers(1, 2 * d + 1)) for d in source.shape[1:3]]
            corners, centers = graph.draw(st.sampled_from([(False, False), (True, False), (False, True)]))
            output = graph.like(source, (source.shape[0], *size, source.shape[3]))
            graph.add(kind, [source, graph.builder.constant(size)], output, "ResizeNearestNeighborOptions",
                      alignCorners=corners, halfPixelCenters=centers)  # fmt: skip
        case "DEPTH_TO_SPACE" if image(source) and source.shape[0] == 1:
            block = 2 if source.shape[3] % 4 == 0 else 1
            _, height, width, depth = source.shape
            output = graph.like(source, (1, height * block, width * block, depth // block**2))
            graph.add(kind, [source], output, "DepthToSpaceOptions", blockSize=block)


def transpose_conv(graph: Growing, source: Value) -> None:
    draw = graph.draw
    _, height, width, depth = source.shape
    kernel, stride = ([draw(st.integers(1, 3)) for _ in range(2)] for _ in range(2))
    padding, channels = draw(st.sampled_from([SAME, VALID])), draw(st.integers(1, 4))
    out = [n * s + (max(k - s, 0) if padding == VALID else 0)
           for n, k, s in zip((height, width), kernel, stride, strict=True)]  # fmt: skip
    shape = (channels, *kernel, depth)
    weights, bias, scale = graph.weights(shape, channels, 0, np.prod(shape[1:]), source, channels > 1)
    output = graph.value((1, *out, channels), scale)
    inputs = [graph.builder.constant(output.shape), weights, source, *([bias] if draw(st.booleans()) else [])]
    graph.add("TRANSPOSE_CONV", inputs, output, "TransposeConvOptions", padding=padding, strideH=stride[0],
              strideW=stride[1])  # fmt: skip


def bilinear(graph: Growing, source: Value) -> None:
    size = [graph.draw(st.integers(1, 2 * d + 1)) for d in source.shape[1:3]]
    corners, centers = graph.draw(st.sampled_from([(False, False), (True, False), (False, True)]))
    output = graph.like(source, (source.shape[0], *size, source.shape[3]))
    graph.add("RESIZE_BILINEAR", [source, graph.builder.constant(size)], output, "ResizeBilinearOptions",
              alignCorners=corners, halfPixelCenters=centers)  # fmt: skip


def prelu(graph: Growing, source: Value) -> None:
    shape = source.shape[1:]
    shape = tuple(d if i == len(shape) - 1 or graph.draw(st.booleans()) else 1 for i, d in enumerate(shape))
    slopes = graph.builder.tensor(shape, scale=np.float32(0.01), zero_point=graph.draw(st.sampled_from([0, -5])),
                                  values=graph.random.integers(-128, 128, shape))  # fmt: skip
    graph.add("PRELU", [source, slopes], graph.value(source.shape, source.scale))


def matmul(graph: Growing, source: Value) -> None:
    """Against another tensor that fits, as attention does, or a constant."""
    if len(source.shape) < 2:
        return
    flipped = graph.draw(st.booleans())
    inner = source.shape[-1]
    partners = [v for v in graph.values if v.shape[:-2] == source.shape[:-2] and len(v.shape) == len(source.shape)
                and v.shape[-1 if flipped else -2] == inner]  # fmt: skip
    if not partners:
        return
    other = graph.draw(st.sampled_from(partners))
    columns = other.shape[-2 if flipped else -1]
    scale = np.float32(float(source.scale) * float(other.scale) * 60 * np.sqrt(inner))
    graph.add("BATCH_MATMUL", [source, other], graph.value((*source.shape[:-1], columns), scale), "BatchMatMulOptions",
              adjY=flipped)  # fmt: skip


def squared_difference(graph: Growing, source: Value) -> None:
    partners = [v for v in graph.values if v.shape == source.shape]
    other = graph.draw(st.sampled_from(partners))
    scale = np.float32(max(source.scale, other.scale) ** 2 * graph.draw(st.sampled_from([30.0, 200.0])))
    graph.add("SQUARED_DIFFERENCE", [source, other], graph.value(source.shape, scale))


IMAGE_OPERATORS = [conv, conv, depthwise, depthwise, padded_conv, pool, transpose_conv, bilinear]
ANY_OPERATORS = [
    dense, arithmetic, arithmetic, extremum, unary, unary, chain, softmax, reduction, movement, movement,
    taken_apart, put_together, prelu, matmul, matmul, squared_difference,
]  # fmt: skip


@st.composite
def small_graphs(draw) -> bytes:
    """A .tflite file of up to seven operators; later operators may read any earlier tensor."""
    graph = Growing(draw)
    for _ in range(draw(st.integers(1, 7))):
        source = draw(st.sampled_from(graph.values[-3:]))
        operators = ANY_OPERATORS + (IMAGE_OPERATORS if image(source) and source.shape[0] == 1 else [])
        draw(st.sampled_from(operators))(graph, source)
        assume(all(np.prod(v.shape) <= 4_000 for v in graph.values[-3:]))
    assume(len(graph.values) > 1)
    return graph.builder.blob([graph.input.index], [graph.values[-1].index])

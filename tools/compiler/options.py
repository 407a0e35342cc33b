"""The options of an operator, as plain numbers by the schema's field names."""

from ai_edge_litert import schema_py_generated as schema

from nanosmith.tools.compiler.graph import OptionValue
from nanosmith.tools.errors import ModelRejected

_CONV = ("StrideH", "StrideW", "DilationHFactor", "DilationWFactor", "Padding", "FusedActivationFunction")
_POOL = ("StrideH", "StrideW", "FilterHeight", "FilterWidth", "Padding", "FusedActivationFunction")
_FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CONV_2D": ("Conv2DOptions", _CONV),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", (*_CONV, "DepthMultiplier")),
    "FULLY_CONNECTED": ("FullyConnectedOptions", ("FusedActivationFunction", "WeightsFormat", "KeepNumDims")),
    "MAX_POOL_2D": ("Pool2DOptions", _POOL),
    "AVERAGE_POOL_2D": ("Pool2DOptions", _POOL),
    "ADD": ("AddOptions", ("FusedActivationFunction",)),
    "SUB": ("SubOptions", ("FusedActivationFunction",)),
    "MUL": ("MulOptions", ("FusedActivationFunction",)),
    "SOFTMAX": ("SoftmaxOptions", ("Beta",)),
    "LEAKY_RELU": ("LeakyReluOptions", ("Alpha",)),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", "FusedActivationFunction")),
    "DIV": ("DivOptions", ("FusedActivationFunction",)),
    "GELU": ("GeluOptions", ("Approximate",)),
    "TRANSPOSE_CONV": ("TransposeConvOptions", ("StrideH", "StrideW", "Padding", "FusedActivationFunction")),
    "BATCH_MATMUL": ("BatchMatMulOptions", ("AdjX", "AdjY")),
    "RESIZE_BILINEAR": ("ResizeBilinearOptions", ("AlignCorners", "HalfPixelCenters")),
    "MIRROR_PAD": ("MirrorPadOptions", ("Mode",)),
    "PACK": ("PackOptions", ("Axis",)),
    "UNPACK": ("UnpackOptions", ("Axis",)),
    "GATHER": ("GatherOptions", ("Axis", "BatchDims")),
    "DEPTH_TO_SPACE": ("DepthToSpaceOptions", ("BlockSize",)),
    "SPACE_TO_DEPTH": ("SpaceToDepthOptions", ("BlockSize",)),
    "RESIZE_NEAREST_NEIGHBOR": ("ResizeNearestNeighborOptions", ("AlignCorners", "HalfPixelCenters")),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        "UnidirectionalSequenceLSTMOptions", ("FusedActivationFunction", "CellClip", "TimeMajor"),
    ),
    "SVDF": ("SVDFOptions", ("Rank", "FusedActivationFunction")),
    "STRIDED_SLICE": (
        "StridedSliceOptions", ("BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask", "Offset"),
    ),
}  # fmt: skip
"""Options table and the fields that are read; kinds that are not named have none that matter."""


def read_options(table: schema.Operator, kind: str) -> dict[str, OptionValue]:
    """Options of one operator; the schema's defaults where the file has no table.

    Raises:
        ModelRejected: The file holds the options of another operator.

    """
    if kind not in _FIELDS:
        return {}
    record, fields = _FIELDS[kind]
    union = table.BuiltinOptions()
    found = table.BuiltinOptionsType()
    if union is None or found == 0:
        raise ModelRejected(f"an operator {kind} has no options")
    if found != getattr(schema.BuiltinOptions, record):
        raise ModelRejected(f"an operator {kind} carries options of type {found}")
    options = getattr(schema, record)()
    options.Init(union.Bytes, union.Pos)
    return {field: getattr(options, field)() for field in fields}

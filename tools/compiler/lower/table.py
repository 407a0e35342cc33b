"""Which operator is lowered by what."""

from collections.abc import Callable, Sequence

from nanosmith.tools.compiler.graph import Graph
from nanosmith.tools.compiler.lookup import LOOKUP_OPERATORS
from nanosmith.tools.compiler.lower.batches import each_of_batch
from nanosmith.tools.compiler.lower.convolution import lower_conv, lower_depthwise
from nanosmith.tools.compiler.lower.dense import lower_fully_connected
from nanosmith.tools.compiler.lower.elementwise import (
    lower_add,
    lower_extremum,
    lower_fused,
    lower_lookup,
    lower_mul,
    lower_prelu,
    lower_softmax,
    lower_squared_difference,
)  # fmt: skip
from nanosmith.tools.compiler.lower.lstm import lower_lstm
from nanosmith.tools.compiler.lower.matmul import lower_batch_matmul
from nanosmith.tools.compiler.lower.movement import (
    lower_concatenation,
    lower_mirror_pad,
    lower_pad,
    lower_reshape,
    lower_slice,
    lower_strided_slice,
    lower_transpose,
)  # fmt: skip
from nanosmith.tools.compiler.lower.pooling import lower_pool
from nanosmith.tools.compiler.lower.rearrange import (
    lower_broadcast_to,
    lower_depth_space,
    lower_gather,
    lower_pack,
    lower_resize_nearest,
    lower_reverse,
    lower_split,
    lower_tile,
    lower_unpack,
)  # fmt: skip
from nanosmith.tools.compiler.lower.reduction import lower_reduction
from nanosmith.tools.compiler.lower.resize import lower_resize_bilinear
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.lower.svdf import lower_svdf
from nanosmith.tools.compiler.lower.transpose_conv import lower_transpose_conv
from nanosmith.tools.compiler.profiles import Profile
from nanosmith.tools.compiler.step import Alias, Step

Lowering = Callable[[Scope], Sequence[Step | Alias]]

_LOWERINGS: dict[str, Lowering] = {
    "CONV_2D": each_of_batch(lower_conv),
    "DEPTHWISE_CONV_2D": each_of_batch(lower_depthwise),
    "TRANSPOSE_CONV": lower_transpose_conv,
    "BATCH_MATMUL": lower_batch_matmul,
    "RESIZE_BILINEAR": each_of_batch(lower_resize_bilinear),
    "SVDF": lower_svdf,
    "SQUARED_DIFFERENCE": lower_squared_difference,
    "PRELU": lower_prelu,
    "REDUCE_MIN": lower_reduction,
    "FULLY_CONNECTED": lower_fully_connected,
    "ADD": lower_add,
    "SUB": lower_add,
    "MUL": lower_mul,
    "MAXIMUM": lower_extremum,
    "MINIMUM": lower_extremum,
    "MEAN": lower_reduction,
    "SUM": lower_reduction,
    "REDUCE_MAX": lower_reduction,
    "MAX_POOL_2D": each_of_batch(lower_pool),
    "AVERAGE_POOL_2D": each_of_batch(lower_pool),
    "SOFTMAX": lower_softmax,
    "RESHAPE": lower_reshape,
    "SQUEEZE": lower_reshape,
    "EXPAND_DIMS": lower_reshape,
    "PAD": lower_pad,
    "PADV2": lower_pad,
    "CONCATENATION": lower_concatenation,
    "STRIDED_SLICE": lower_strided_slice,
    "TRANSPOSE": lower_transpose,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lower_lstm,
    "SLICE": lower_slice,
    "MIRROR_PAD": lower_mirror_pad,
    "SPLIT": lower_split,
    "SPLIT_V": lower_split,
    "PACK": lower_pack,
    "UNPACK": lower_unpack,
    "GATHER": lower_gather,
    "TILE": lower_tile,
    "BROADCAST_TO": lower_broadcast_to,
    "REVERSE_V2": lower_reverse,
    "DEPTH_TO_SPACE": lower_depth_space,
    "SPACE_TO_DEPTH": lower_depth_space,
    "RESIZE_NEAREST_NEIGHBOR": lower_resize_nearest,
    **dict.fromkeys(LOOKUP_OPERATORS, lower_lookup),
}
SUPPORTED_OPERATORS: tuple[str, ...] = tuple(sorted(_LOWERINGS))
"""TFLite operators that the compiler has kernels for, in alphabetical order."""


def lower(graph: Graph, profile: Profile) -> list[Step | Alias]:
    """Kernel calls and aliases, in execution order.

    Raises:
        UnsupportedOperator: No kernel for an operator, or not for this use of it.

    """
    lowered: list[Step | Alias] = []
    read = frozenset(i for o in graph.operators for i in o.inputs) | {graph.output}
    for operator in graph.operators:
        scope = Scope(graph, operator, profile, read)
        if "Answers" in operator.options:
            lowered.extend(lower_fused(scope))
            continue
        if operator.kind not in _LOWERINGS:
            raise scope.refuse("")
        lowered.extend(_LOWERINGS[operator.kind](scope))
    return lowered

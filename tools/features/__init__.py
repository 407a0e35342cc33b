"""Feature front-ends: their shapes and parameters, the host binding to the C that ships, and what is emitted for it."""

from nanosmith.tools.features.layout import check_front_end, front_end_ram_bytes, quantize
from nanosmith.tools.specs.feature_shape import check_hop, feature_shape, samples_per_row

__all__ = ["check_front_end", "check_hop", "feature_shape", "front_end_ram_bytes", "quantize", "samples_per_row"]

"""What the compiler knows of a core: which multiply-accumulate its kernels and weight layouts are made for.

Every profile's C builds and answers the same bytes on every core; on the others it is only slower.
"""

from typing import Literal

from nanosmith.tools.specs.board import Core

Profile = Literal["scalar", "dsp", "mve"]
"""`scalar`: one product at a time (M0, M3, RV32). `dsp`: SMLAD (M4, M7, M33). `mve`: Helium vectors (M55)."""

DEFAULT_CORE: Core = "cortex-m4f"

_PROFILES: dict[Core, Profile] = {
    "cortex-m0": "scalar",
    "cortex-m3": "scalar",
    "cortex-m4f": "dsp",
    "cortex-m7": "dsp",
    "cortex-m33": "dsp",
    "cortex-m55": "mve",
}


def profile_of(core: Core) -> Profile:
    """The profile that is fastest on a core."""
    return _PROFILES[core]

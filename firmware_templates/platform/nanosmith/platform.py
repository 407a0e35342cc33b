"""PlatformIO loads this class: a development platform without packages of its own."""

from platformio.public import PlatformBase


class NanosmithPlatform(PlatformBase):
    """Everything stands in platform.json; compiler and emulator come from the PATH."""

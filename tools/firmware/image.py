"""Reads a linked firmware image: what each section takes, and where the marker functions are."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from nanosmith.tools.errors import ImageUnreadable
from nanosmith.tools.specs.trial import Section

IMAGE_LIMIT_BYTES = 64 * 2**20
_WRITE, _ALLOC = 0x1, 0x2


@dataclass(frozen=True)
class Image:
    """Sizes of a linked image.

    Flash is every allocated section that has contents: vectors, code, constants, unwind tables, constructors, and
    the initial values of `.data`. RAM is `.data` and `.bss`; the stack has no section, its high-water mark is
    measured and added by the caller.
    """

    sections: tuple[Section, ...]

    @property
    def flash_bytes(self) -> int:
        """What is programmed into flash."""
        return sum(section.size_bytes for section in self.sections if section.memory in {"flash", "both"})

    @property
    def static_ram_bytes(self) -> int:
        """Initialized and zeroed data, without the stack."""
        return sum(section.size_bytes for section in self.sections if section.memory in {"ram", "both"})


def read_image(elf: Path) -> bytes:
    """The whole file.

    Raises:
        ImageUnreadable: Missing, not a regular file, or too large.

    """
    with _opened(elf) as stream:
        return stream.read(IMAGE_LIMIT_BYTES)


def read_sections(elf: Path) -> Image:
    """Sizes by section.

    Raises:
        ImageUnreadable: Missing, not a regular file, too large, or not an ELF file.

    """
    with _parsed(elf) as image:
        sections = []
        for section in image.iter_sections():
            if section["sh_flags"] & _ALLOC and section["sh_size"]:
                memory = _memory(section["sh_type"], section["sh_flags"])
                sections.append(Section(name=section.name, size_bytes=section["sh_size"], memory=memory))
    return Image(tuple(sections))


def read_symbols(elf: Path, names: tuple[str, ...]) -> dict[str, int]:
    """Addresses of functions, without the Thumb bit; names that the image does not have are left out.

    Raises:
        ImageUnreadable: As `read_sections`.

    """
    with _parsed(elf) as image:
        table = image.get_section_by_name(".symtab")
        if not isinstance(table, SymbolTableSection):
            return {}
        return {symbol.name: symbol["st_value"] & ~1 for symbol in table.iter_symbols() if symbol.name in names}


def _memory(kind: str, flags: int) -> Literal["flash", "ram", "both"]:
    if kind == "SHT_NOBITS":
        return "ram"
    return "both" if flags & _WRITE else "flash"


@contextmanager
def _parsed(elf: Path) -> Iterator[ELFFile]:
    with _opened(elf) as stream:
        try:
            yield ELFFile(stream)
        except (ELFError, ConstructError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ImageUnreadable(f"{elf.name} is not a readable ELF file: {error}") from error


@contextmanager
def _opened(elf: Path) -> Iterator[BinaryIO]:
    # The file was made inside the sandbox: it may be a link to elsewhere, a pipe, or garbage.
    try:
        descriptor = os.open(elf, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ImageUnreadable(f"{elf.name} can't be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > IMAGE_LIMIT_BYTES:
            raise ImageUnreadable(f"{elf.name} is not a regular file of at most {IMAGE_LIMIT_BYTES:,} bytes")
        yield stream

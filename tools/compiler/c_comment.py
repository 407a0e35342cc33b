"""Foreign text made safe for a C comment."""

from nanosmith.tools.clean_text import clean_line


def comment_safe(text: str) -> str:
    """One line of ASCII that neither ends the comment nor opens another."""
    cleaned = (
        clean_line(text, limit=160).replace("*/", "* /").replace("/*", "/ *").replace("\\", "/").replace("??", "? ?")
    )
    return cleaned.encode("ascii", errors="replace").decode("ascii")


def short_name(name: str) -> str:
    """A tensor's name: the first of the operations that were fused into it."""
    return comment_safe(name.split(";")[0])[:70]

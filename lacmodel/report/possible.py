"""Which documents can be made on this machine, and why the others cannot."""

from typing import Final

DOCX: Final = "summary.docx"
PDF: Final = "summary.pdf"
NEEDED: Final = {  # module, distribution, extra
    DOCX: ("docx", "python-docx", "report"),
    PDF: ("typst", "typst", "pdf"),
}


def why_not(name: str) -> str:
    """Why a document cannot be made here, or nothing."""
    module, distribution, extra = NEEDED[name]
    try:
        __import__(module)
    except ModuleNotFoundError:
        return f"{distribution} is not installed (extra {extra})"
    except Exception as error:  # a blocked library raises more than ImportError
        return f"{distribution} does not load ({type(error).__name__})"
    return ""


def left_out() -> str:
    """Which documents are not written and why, in a line; nothing where all are."""
    reasons = {name: why_not(name) for name in NEEDED}
    return "; ".join(f"no {name}: {why}" for name, why in reasons.items() if why)


def possible() -> list[str]:
    """The documents that can be made here."""
    return [name for name in NEEDED if not why_not(name)]

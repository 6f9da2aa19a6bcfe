"""The mark of files made from children one by one, not to be overlooked, on paper too."""

from typing import Final

from lacmodel.report.html import text

NOT_FOR_PUBLICATION: Final = "INTERNAL: NOT FOR PUBLICATION"
WHY: Final = (
    "Made from children one by one. Small numbers can tell who a child is, so this folder is not "
    "to be shared; lacmodel publish RUN writes one that may be."
)
INTERNAL: Final = f"{NOT_FOR_PUBLICATION}. {WHY}"
# White on black while it is scrolled; on paper, where grounds may not be printed, black in a frame,
# and again at the head of every page (Firefox: of the first).
STYLE: Final = f"""<style>
html {{ scroll-padding-top: 4rem; }}
.mark {{ position: sticky; top: 0; z-index: 1; padding: .4rem 1rem; color: #fff; background: #000;
  font-size: 1.5rem; font-weight: 700; letter-spacing: .06em; text-align: center; }}
.mark-why {{ max-width: none; margin: 0; padding: .5rem 1rem; border-bottom: 4px solid #000;
  font-weight: 600; text-align: center; }}
@media print {{
  @page {{ margin-top: 22mm; @top-center {{ content: "{NOT_FOR_PUBLICATION}";
    font: 700 14pt Arial, Helvetica, sans-serif; }} }}
  .mark {{ position: static; color: #000; background: none; border: 5pt solid #000;
    font-size: 18pt; }}
  .mark-why {{ margin-bottom: 4mm; border: 5pt solid #000; border-top: none; }}
}}
</style>
"""


def marked(html: str) -> str:
    """A page with the mark in its title, above everything else, and on every printed page."""
    banner = f'<aside class="mark" aria-label="Internal">{text(NOT_FOR_PUBLICATION)}</aside>'
    banner += f'<p class="mark-why">{text(WHY)}</p>'
    html = html.replace("<title>", f"<title>{text(NOT_FOR_PUBLICATION)}. ", 1)
    html = html.replace("</head>", f"{STYLE}</head>", 1)
    return html.replace("<header>", f"{banner}<header>", 1)

"""A page in a notebook's output, for viewers that run no widgets: an exported notebook shows it offline."""

import html
from dataclasses import dataclass

HEIGHT = 760  # px: knobs, drawings and charts side by side
FRAME = (  # a guess is committed by a form, which is sent nowhere: the page's own policy forbids it
    '<iframe title="{title}" srcdoc="{page}" sandbox="allow-scripts allow-forms allow-downloads" allowfullscreen '
    'style="width: 100%; height: {height}px; border: 1px solid #999"></iframe>'
)


@dataclass(frozen=True)
class Embedded:
    """A self-contained page that a notebook shows in a frame; it tells Python nothing."""

    page: str
    title: str
    height: int = HEIGHT

    def _repr_html_(self) -> str:
        attributes = {"title": html.escape(self.title), "page": html.escape(self.page)}
        return FRAME.format(**attributes, height=self.height)

    def __repr__(self) -> str:
        return f"{self.title}: a page, shown where HTML is."

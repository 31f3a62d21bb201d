"""Pictures that move: frames that are kept as an animated GIF (the extra ``pictures``)."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from ..checks import count, function
from ..files import write_atomically
from ..history import History
from ..language import say
from .dressing import legible
from .samples import samples_of
from .theme import Theme, theme_of

NEEDS: Final = "an animation needs the extra pictures: pip install pillow resvg-py"

_LAST: Final = 3.0  # how much longer the last frame stands


class Film:
    """Frames, each a PNG. In a notebook it shows itself; `save` writes it to a .gif file.

    summary  what it shows, in a line
    seconds  how long a frame stands
    """

    def __init__(self, summary: str, seconds: float) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0.0:
            raise ValueError(f"a frame stands for some seconds, not {seconds!r}")
        self.summary = summary
        self.seconds = seconds
        self.frames: list[bytes] = []

    def gif(self) -> bytes:
        """All frames as an animated GIF that begins again at its end.

        A ValueError without a frame; an ImportError without pillow.
        """
        try:
            from PIL import Image
        except ImportError:
            raise ImportError(NEEDS) from None
        if not self.frames:
            raise ValueError("there is no frame yet")
        images = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in self.frames]
        first, *rest = [image.quantize(dither=Image.Dither.NONE) for image in images]
        times = [1000.0 * self.seconds] * len(rest) + [1000.0 * self.seconds * _LAST]
        gif = io.BytesIO()
        first.save(gif, "GIF", save_all=True, append_images=rest, duration=times, loop=0)
        return gif.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the film to a file whose name ends in .gif, whole or not at all."""
        if Path(path).suffix.lower() != ".gif":
            raise ValueError(f"an animation is saved as .gif, so {str(path)!r} cannot be its name")
        write_atomically(path, self.gif())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if not self.frames:
            return {"text/plain": repr(self)}
        return {"image/gif": base64.b64encode(self.gif()).decode(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        frames = say("{number} frames", number=len(self.frames))
        summary = f"{self.summary}: {frames}"
        return say("{summary} ({save} keeps it)", summary=summary, save=".save('picture.gif')")


class TrainingFilm(Film):
    """A training run as a film: the decision boundary after each epoch, and the losses until then.

    It is the callback that `fit` calls: ``film = TrainingFilm(model, X, y)``, then
    ``fit(model, X, y, …, callback=film)`` and ``film.save("training.gif")``.

    model, X, y, threshold, resolution, theme   as `plots.decision_boundary` takes them
    every                                       the epochs from frame to frame
    seconds                                     how long a frame stands

    It needs matplotlib (the extra ``plots``) besides pillow. The errors are those of
    `decision_boundary`.
    """

    def __init__(
        self,
        model: Callable[[list[float]], Any],
        X: Sequence[Sequence[float]],
        y: Sequence[Any],
        *,
        threshold: float = 0.0,
        resolution: int = 40,
        every: int = 1,
        seconds: float = 0.2,
        theme: Theme | str = "auto",
    ) -> None:
        super().__init__(say("Training"), seconds)
        theme_of(theme)
        function(model, "a model")
        samples_of(X, y)
        self._every = count(every, "every")
        self._theme = theme
        self._model, self._X, self._y = model, X, y
        self._threshold, self._resolution = threshold, count(resolution, "resolution")

    def __call__(self, history: History) -> None:
        """Draw a frame, if it is time for one."""
        if (history.epochs - 1) % self._every:
            return
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from . import plots

        figure = Figure(figsize=(9.0, 4.0), dpi=80, layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        plots.decision_boundary(
            self._model,
            self._X,
            self._y,
            threshold=self._threshold,
            resolution=self._resolution,
            ax=left,
            theme=self._theme,
        )
        plots.loss_curve(history, ax=right, theme=self._theme)
        with legible():
            left.set_title(say("after epoch {number}", number=history.epochs - 1))
        frame = io.BytesIO()
        figure.savefig(frame, format="png")
        self.frames.append(frame.getvalue())

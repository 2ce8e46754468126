"""Puts the deck's sources, which stand in `slides`, into the package that is built; all else is in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SLIDES = "sim/deck/slides"


class WithSlides(build_py):
    """The package with the deck's sources inside; installed in place, it reads them in the checkout."""

    def run(self) -> None:
        super().run()
        for source, target in self._slides():
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *(str(target) for _, target in self._slides())]

    def _slides(self) -> list[tuple[Path, Path]]:
        sources = [] if self.editable_mode else sorted(Path("slides").iterdir())
        return [(source, Path(self.build_lib) / SLIDES / source.name) for source in sources]


setup(cmdclass={"build_py": WithSlides})

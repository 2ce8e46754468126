"""Puts what stands beside the package into the one that is built: deck, notebooks, the page of the model."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

INTO = {"slides": "sim/deck/slides", "notebooks": "sim/notebooks", "docs": "sim/docs"}
KINDS = {"slides": "*", "notebooks": "*.ipynb", "docs": "model.md"}


class WithSources(build_py):
    """The package with its sources inside; installed in place, it reads them in the checkout."""

    def run(self) -> None:
        super().run()
        for source, target in self._sources():
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *(str(target) for _, target in self._sources())]

    def _sources(self) -> list[tuple[Path, Path]]:
        if self.editable_mode:
            return []
        found = [(name, file) for name, kind in KINDS.items() for file in sorted(Path(name).glob(kind))]
        return [(file, Path(self.build_lib) / INTO[name] / file.name) for name, file in found]


setup(cmdclass={"build_py": WithSources})

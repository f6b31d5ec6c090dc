"""Embeddings of the texts, kept for the flags, for samples that are alike, and for their map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.core.dataset import Dataset
from labelviz.core.evidence import Embeddings
from labelviz.core.layout import Layout
from labelviz.core.progress import Report, silent
from labelviz.core.settings import ModelUse
from labelviz.errors import StepMissing, unharmed
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.folder import STANDS, Folder, version_of
from labelviz.tables import keep

if TYPE_CHECKING:
    from labelviz.detectors.neighbours import Similar

EMBEDDINGS = "embeddings"
MOST_FOR_LSA = 200_000  # samples beyond which neighbours need an encoder's embeddings


@dataclass(frozen=True, eq=False)
class KeptEmbeddings:
    """Embeddings of the dataset in use.

    Parameters
    ----------
    folder : of the workspace.
    data : the dataset they are of.
    """

    folder: Folder
    data: Data

    def of(self, dataset: Dataset, encoder: str | None, use: ModelUse) -> Embeddings | None:
        """Those of an encoder, else the ones kept, else by the texts' own words; these are kept.

        Parameters
        ----------
        dataset : may have been replaced meanwhile.
        encoder : a folder or hub id.
        use : the precision of the encoder, and where its texts are cut.
        """
        path = self.folder.path / EMBEDDINGS / f"{dataset.fingerprint}.npz"
        if encoder is not None:
            from labelviz.models.embed import embed
            from labelviz.models.features import corpus_of

            made = embed(corpus_of(dataset.texts).texts, encoder, use=use)
            source = ": ".join((encoder, " ".join(made.computed.sentences)))
            keep.write_vectors(path, made.vectors, source)
        kept = self._file(dataset)
        if kept is not None:
            return self._read(kept, dataset)
        if len(dataset) > MOST_FOR_LSA:
            return None
        from labelviz.models.lsa import lsa

        words = lsa(dataset.texts)
        if words is not None:
            keep.write_vectors(path.with_stem(f"{path.stem}-words"), words.vectors, words.source)
        return words

    @property
    def at_hand(self) -> bool:
        """Whether the dataset has embeddings, or can have those by the texts' own words."""
        dataset = self.data.dataset
        return self._file(dataset) is not None or len(dataset) <= MOST_FOR_LSA

    @property
    def made_with(self) -> str:
        """What the flags' embeddings were made with, and how, in words; empty without any."""
        file = self._file(self.data.dataset)
        if file is None or "-words." in file:
            return ""
        return keep.embedded_by(self.folder.path / file)

    @of_one_dataset
    def similar(self, row: int, count: int) -> Similar | None:
        """The samples most similar to one, by the embeddings that the flags rest on.

        None where none were kept: nothing was flagged yet, or without an encoder in a large
        dataset.
        """
        from labelviz.detectors.neighbours import sample_vectors, similar

        dataset = self.data.dataset
        file = self._file(dataset)
        if file is None:
            return None
        vectors = self.folder.memo(
            "vectors",
            version_of(self.folder.path / file),
            lambda: sample_vectors(self._read(file, dataset)),
        )
        return similar(dataset, vectors, row, count)

    @unharmed(STANDS)
    def lay_out(
        self,
        encoder: str | None = None,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
        seed: int = 0,
        report: Report = silent,
    ) -> Layout:
        """Lay all samples out in a plane by their embeddings, and keep where they lie.

        Parameters
        ----------
        encoder : a folder or hub id to embed the texts with, kept for the next time; the embeddings
            at hand where None, else the texts' own words and characters.
        seed : the same seed gives the same layout.
        report : called as (done, total, "samples").

        Raises
        ------
        StepMissing : there is nothing to compare the samples by.
        """
        from labelviz.detectors.neighbours import sample_vectors
        from labelviz.models.laying_out import lay_out

        dataset = self.data.dataset
        embedded = self.of(dataset, encoder, use)
        if embedded is None:
            raise StepMissing(
                "There is nothing to compare the samples by: no embeddings are kept.",
                where=str(self.folder.path),
                remedy="Name an encoder, `labelviz map WORKSPACE --encoder DIR_OR_HUB_ID`.",
            )
        points = lay_out(sample_vectors(embedded), seed, report)
        layout = Layout(points[:, 0], points[:, 1], embedded.source)
        keep.write_layout(self._layout_file(dataset), layout)
        return layout

    @property
    @of_one_dataset
    def layout(self) -> Layout | None:
        """Where the samples lie; None where they were not laid out."""
        path = self._layout_file(self.data.dataset)
        if not path.is_file():
            return None
        return self.folder.read(f"{EMBEDDINGS}/{path.name}", keep.read_layout)

    def _layout_file(self, dataset: Dataset) -> Path:
        return self.folder.path / EMBEDDINGS / f"{dataset.fingerprint}-map.npz"

    def _file(self, dataset: Dataset) -> str | None:
        """The embeddings of an encoder that were kept, else those by the texts' own words."""
        name = f"{EMBEDDINGS}/{dataset.fingerprint}"
        files = (f"{name}{which}.{kind}" for which in ("", "-words") for kind in ("npz", "npy"))
        return next((file for file in files if (self.folder.path / file).is_file()), None)

    def _read(self, file: str, dataset: Dataset) -> Embeddings:
        from labelviz.models.features import corpus_of

        vectors, source = keep.read_vectors(self.folder.path / file)
        return Embeddings(vectors, corpus_of(dataset.texts).sides, source)

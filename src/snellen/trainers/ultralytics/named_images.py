"""The framework's classification with batches that say which images they are of. Imported only beside the framework."""

from __future__ import annotations

from typing import Any

from ultralytics.data.dataset import ClassificationDataset
from ultralytics.models.yolo.classify import ClassificationTrainer


class NamedImages(ClassificationDataset):
    """Each sample says its file; validation is shuffled, so their order says nothing."""

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {**super().__getitem__(i), "im_file": str(self.samples[i][0])}


class NamedClassificationTrainer(ClassificationTrainer):
    """The framework's trainer on :class:`NamedImages`."""

    def build_dataset(self, *arguments: Any, **more: Any) -> Any:
        """The framework's dataset, whose class learns to say the file."""
        dataset = super().build_dataset(*arguments, **more)
        dataset.__class__ = NamedImages
        return dataset

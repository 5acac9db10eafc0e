"""Divides images into splits: by a seed, stratified, the same for the same content in any order."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from snellen.formats.content import SPLITS, Annotation, ImageRecord

Pair = tuple[ImageRecord, list[Annotation]]


def divide(found: Sequence[Pair], fractions: Mapping[str, float], seed: int) -> list[Pair]:
    """The images with their splits.

    Each image counts for its rarest class (the one that the fewest images have), and the images of every such class
    are divided by the fractions, in an order that the seed and their bytes make. Files of the same bytes stay together,
    so that none leaks from train to val. Every split gets an image where there are enough.
    """
    names = [split for split in SPLITS if fractions.get(split, 0) > 0]
    groups: dict[str, list[int]] = defaultdict(list)
    for index, (image, _) in enumerate(found):
        groups[image.sha256].append(index)
    images_of = Counter(class_id for _, objects in found for class_id in {each.class_id for each in objects})
    strata: dict[int, list[str]] = defaultdict(list)
    for sha256, members in groups.items():
        classes = {each.class_id for index in members for each in found[index][1]}
        strata[min(classes, key=lambda class_id: (images_of[class_id], class_id), default=-1)].append(sha256)
    owed = dict.fromkeys(names, 0.0)
    chosen: dict[str, str] = {}
    for class_id in sorted(strata, key=lambda class_id: (len(strata[class_id]), class_id)):
        for sha256 in sorted(strata[class_id], key=lambda sha256: hashlib.sha256(f"{seed}:{sha256}".encode()).digest()):
            size = len(groups[sha256])
            for name in names:
                owed[name] += size * fractions[name]
            split = max(names, key=lambda name: owed[name])
            owed[split] -= size
            chosen[sha256] = split
    _leave_none_empty(chosen, names)
    return [(image._replace(split=chosen[image.sha256]), objects) for image, objects in found]


def _leave_none_empty(chosen: dict[str, str], names: Sequence[str]) -> None:
    for name in names:
        sizes = Counter(chosen.values())
        largest = max(sizes, key=lambda split: (sizes[split], split), default=name)
        if not sizes[name] and sizes[largest] > 1:
            chosen[min(sha256 for sha256, split in chosen.items() if split == largest)] = name

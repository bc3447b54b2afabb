"""The options of augmentation: how training pictures are varied, and mixed with each other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.config.values import BelowOne, Fraction, Options, Share

Concentration = Annotated[float, Field(strict=True, ge=0, le=100)]


class Augmentation(Options):
    """How training pictures are varied: see augmentation.py, rand_augment.py and mixup_cutmix.py in training/data."""

    smallest_crop: Share = 0.35
    """Area of the smallest random crop, as a fraction of the picture. 1: no crop but the one of serving."""
    translation_px: Annotated[int, Field(strict=True, ge=0, le=512)] = 0
    """Largest shift in each direction, in pixels of the network's input; the edge goes on into what it leaves."""
    mirror: Fraction = 0.5
    """Probability of a left-right mirror image."""
    vertical_flip: Fraction = 0.0
    """Probability of a picture upside down."""
    rotation_deg: Annotated[float, Field(strict=True, ge=0, le=180)] = 10.0
    """Largest rotation to either side, in degrees, of half of the pictures."""
    colour: BelowOne = 0.3
    """Largest relative change of brightness, contrast and saturation."""
    grey: Fraction = 0.1
    """Probability of a picture without colours."""
    degradation: Fraction = 1.0
    """How often a view that a last layer is fitted on may be blurred, shrunk and stored as JPEG, as other people's
    pictures are. The phases see pictures as they are."""
    rand_augment: Annotated[int, Field(strict=True, ge=0, le=14)] = 0
    """Operations of RandAugment that each picture goes through (Cubuk et al. 2020). 0: none."""
    rand_augment_magnitude: Annotated[float, Field(strict=True, ge=0, le=10)] = 5.0
    """Strength of the operations of RandAugment, up to 10."""
    mixup: Concentration = 0.0
    """Alpha of mixup (Zhang et al. 2018), which lays two pictures over each other, and their labels with them: that of
    the Beta distribution of their shares; more is more even. 0: none. With `cutmix`, each has half of the batches."""
    cutmix: Concentration = 0.0
    """Alpha of CutMix (Yun et al. 2019), which pastes a box of one picture into another, and mixes their labels in the
    proportion of the areas; as for `mixup`. 0: none."""

    @classmethod
    def none(cls) -> Augmentation:
        """No augmentation: pictures as they are served."""
        return cls(smallest_crop=1.0, mirror=0.0, rotation_deg=0.0, colour=0.0, grey=0.0, degradation=0.0)

    @property
    def varies_pictures(self) -> bool:
        """Whether a picture, taken alone, ever differs from what is served."""
        off = Augmentation.none()
        others = {"mixup": 0.0, "cutmix": 0.0, "rand_augment_magnitude": 5.0, "degradation": 0.0}
        return self.model_copy(update=others) != off

    @property
    def mixes(self) -> bool:
        """Whether pictures of a batch are mixed with each other."""
        return self.mixup > 0 or self.cutmix > 0

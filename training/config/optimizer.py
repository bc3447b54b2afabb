"""The options of the optimizers, each with its own numbers; another optimizer's are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, Tag

from training.config.values import BelowOne, Epsilon, Options, chosen_by_name


class _Optimizer(Options):
    weight_decay: Annotated[float, Field(strict=True, ge=0, le=10)] = 0.0
    """Share of every trained kernel that a step takes away, times the learning rate (Loshchilov and Hutter 2019)."""
    clip_norm: Annotated[float, Field(strict=True, ge=0, le=1e6)] = 0.0
    """Largest norm of all gradients together; longer ones are scaled down to it. 0: none."""


class Sgd(_Optimizer):
    """Plain stochastic gradient descent."""

    name: Literal["sgd"] = "sgd"


class Momentum(_Optimizer):
    """Stochastic gradient descent with momentum (Polyak 1964)."""

    name: Literal["momentum"] = "momentum"
    momentum: BelowOne = 0.9
    """Share of the last step that goes on in the next one."""


class Nesterov(_Optimizer):
    """Momentum that looks ahead (Nesterov 1983)."""

    name: Literal["nesterov"] = "nesterov"
    momentum: BelowOne = 0.9
    """Share of the last step that goes on in the next one."""


class Adagrad(_Optimizer):
    """Adagrad (Duchi et al. 2011): rates fall for the weights that have moved most."""

    name: Literal["adagrad"] = "adagrad"
    initial_accumulator: Annotated[float, Field(strict=True, ge=0, le=1000)] = 0.1
    """What the sums of squared gradients start from."""
    epsilon: Epsilon = 1e-7
    """Keeps a division from being one by zero."""


class Adadelta(_Optimizer):
    """Adadelta (Zeiler 2012): steps find their own size, so the learning rate is usually 1."""

    name: Literal["adadelta"] = "adadelta"
    rho: BelowOne = 0.95
    """Share of the past in the averages of squared gradients and steps."""
    epsilon: Epsilon = 1e-7
    """Keeps a division from being one by zero; large ones make the first steps larger."""


class Rmsprop(_Optimizer):
    """RMSprop (Tieleman and Hinton 2012)."""

    name: Literal["rmsprop"] = "rmsprop"
    rho: BelowOne = 0.9
    """Share of the past in the average of squared gradients."""
    momentum: BelowOne = 0.0
    """Share of the last step that goes on in the next one."""
    epsilon: Epsilon = 1e-7
    """Keeps a division from being one by zero."""
    centered: StrictBool = False
    """Whether gradients are measured against their variance instead of their squares."""


class _Adam(_Optimizer):
    beta_1: BelowOne = 0.9
    """Share of the past in the average of gradients."""
    beta_2: BelowOne = 0.999
    """Share of the past in the average of squared gradients."""
    epsilon: Epsilon = 1e-7
    """Keeps a division from being one by zero."""
    amsgrad: StrictBool = False
    """Whether rates never rise again (Reddi et al. 2018)."""


class Adam(_Adam):
    """Adam (Kingma and Ba 2015)."""

    name: Literal["adam"] = "adam"


class AdamW(_Adam):
    """Adam with weight decay (Loshchilov and Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    weight_decay: Annotated[float, Field(strict=True, ge=0, le=10)] = 0.01
    """Weight decay as with the other optimizers, but not 0 by default."""


Optimizer = Annotated[
    Annotated[Sgd, Tag("sgd")]
    | Annotated[Momentum, Tag("momentum")]
    | Annotated[Nesterov, Tag("nesterov")]
    | Annotated[Adagrad, Tag("adagrad")]
    | Annotated[Adadelta, Tag("adadelta")]
    | Annotated[Rmsprop, Tag("rmsprop")]
    | Annotated[Adam, Tag("adam")]
    | Annotated[AdamW, Tag("adamw")],
    chosen_by_name(default="nesterov"),
]
OPTIMIZERS: dict[str, type[Options]] = {
    "sgd": Sgd,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "rmsprop": Rmsprop,
    "adam": Adam,
    "adamw": AdamW,
}

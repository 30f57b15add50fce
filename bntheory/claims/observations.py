"""What the source reports from experiments: A6, B1, B2, C1, C2, C7, D3, E13.

An experiment decides each of them, by the criterion stated here; `bntheory check` reads what it has measured, here or
as recorded, and runs none of them.
"""

from __future__ import annotations

from bntheory.claim import Observation

_IOFFE = "Ioffe and Szegedy 2015"
_SANTURKAR = "Santurkar et al. 2018"

OBSERVATIONS = (
    Observation(
        id="A6",
        title="Benefits: learning rates, regularization, initialization, dropout",
        source=f"{_IOFFE}, Sections 3.3, 3.4 and 4.2.1",
        stem="motivations",
        criterion="of 7 learning rates 5 or more train with BN and at most 1 without; so of 7 initial scales 7 against"
        " 1; log10 of the first layer's gradient over the last's is more than 2 higher with BN in six sigmoid layers;"
        " at one learning rate, and at the rate that only BN permits, the gap between training and test falls",
        figure="motivations",
        note="Four claims in one, each with its own outcome; gradients depend on the initialization, regularization on"
        " the learning rate. That dropout becomes unnecessary is not measured.",
    ),
    Observation(
        id="B1",
        title="Noise after BN: unstable distributions, similar accuracy",
        source=f"{_SANTURKAR}, Section 2.1",
        stem="noisy_bn",
        criterion="area under the accuracy curve: noisy - plain has an interval above .10, BN - noisy lies in [0, .06];"
        " the instability of noisy BN is in [.27, .40], and larger than that of both others, at every layer",
        figure="noisy_bn",
        note="Instability of a layer: mean Wasserstein-2 distance of its units' distributions between steps, over their"
        " deviation. From Glorot's initialization the deepest layer without BN is the least stable.",
    ),
    Observation(
        id="B2",
        title="Correlation of gradients before and after an update",
        source=f"{_SANTURKAR}, Section 2.2",
        stem="ics",
        criterion="the cosine of a layer's gradients before and after the previous layers move is higher without BN:"
        " interval of the difference above .3 for the deep linear network, above .08 for the convolutional one",
        figure="ics",
        note="Initialization, learning rate and scale of the loss are part of the statement: each regime has its own"
        " outcome; from He's initialization it is reversed.",
    ),
    Observation(
        id="C1",
        title="Variation of loss and gradient along the trajectory",
        source=f"{_SANTURKAR}, Section 3.1",
        stem="landscape",
        criterion="log(plain/BN) along the gradient: interval above 2 for the range of the loss, above 1 for the change"
        " of the gradient, above .2 for the effective beta-smoothness, above 0 for the norm of the gradient; over the"
        " trajectory and at matched loss",
        figure="landscape",
        note="At matched loss, since a trained network and an untrained one are compared otherwise. A convolutional"
        " network only, no deep linear one.",
    ),
    Observation(
        id="C2",
        title="l_p normalization: larger shift, similar smoothness",
        source=f"{_SANTURKAR}, Section 3.3",
        stem="landscape",
        criterion="the criteria of C1 but the last for l_1, l_2 and l_inf in BN's place, a distribution shift above"
        " BN's, and an accuracy within .06 of BN's",
        figure="landscape",
        note="Each norm has its own outcome. The norm is that of the values before their mean is taken off: so p = 2 is"
        " not BN. Whose shift is exceeded is left open by the source: plain's is the larger one here.",
    ),
    Observation(
        id="C7",
        title="The whole spectrum of the Hessian",
        source="a remark of the source on C3-C6",
        stem="spectrum",
        criterion="every quantile of the train-mode Hessian's spectrum is reported, with BN and without; flatter with"
        " BN where log(plain/BN) has an interval above 0: largest eigenvalue, 90 % quantile, median |eigenvalue|,"
        " negative part, at initialization and after training",
        figure="spectrum",
        note="C3 and C4 may hold with equality while one direction improves; F6 is the formula of the whole Hessian."
        " The largest eigenvalue is smaller with BN, the median larger.",
    ),
    Observation(
        id="D3",
        title="Skip connections as the only relief",
        source="Yang et al. 2019, Section 5",
        stem="explosion",
        criterion="growth of the weights' squared gradients a layer, B = 64: below (1 + lambda(64) of tanh)/2 with a"
        " skip, above it without any, whatever phi, eps and gamma",
        figure="explosion",
        note="'Only' is what is in question. A skip around the layer relieves (growth like a power of the depth), one"
        " inside the normalization does not; what brings the network near a linear one relieves without a skip: leaky"
        " ReLU of slope .9, and tanh with a large eps or with gamma falling with depth.",
    ),
    Observation(
        id="E13",
        title="GDNP without Gaussian inputs",
        source="Kohler et al. 2018, Section 4.3 and Figure 2",
        stem="halfspace_data",
        criterion="over 8 starts GDNP needs fewer iterations than gradient descent, and accelerated gradient descent"
        " fewer than GDNP: on softplus to relative suboptimality .1 and .01 (breast_cancer, digits), 1e-4 and 1e-8"
        " (digits); on sigmoid GDNP fewer than gradient descent to a quarter of f(w0)",
        figure="halfspace_data",
        note="On sigmoid the objective often has no minimizer along a direction; GDNP's length search then fails."
        " L-BFGS, whitened GDNP and the joint gradient are shown from one start. a9a is run with --data.",
    ),
)

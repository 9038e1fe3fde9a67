"""Results that may change only together with MODEL_VERSION and CHANGELOG.md."""

import numpy as np

from steppe.model.core.version import MODEL_VERSION
from steppe.model.model import InfluenceModel

MEMBERS = 32


def test_results_change_only_with_the_model_version(golden):
    model = InfluenceModel("russian-retreat", members=MEMBERS, seed=1, parameters_from="prior")
    for _ in model.run():
        pass
    lines = [
        f"model version {MODEL_VERSION}; medians of {MEMBERS} members in 2040Q4, "
        "prior weights, seed 1"
    ]
    for republic, name in enumerate(model.cast.republic_names):
        for channel, label in enumerate(model.cast.channel_names):
            medians = np.median(model.share[:, republic, channel], axis=-1)
            lines.append(f"{name}, {label}: " + " ".join(f"{value:.6f}" for value in medians))
    golden("russian-retreat-2040.txt", "\n".join(lines) + "\n")

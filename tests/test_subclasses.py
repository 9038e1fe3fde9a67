"""Behaviours that a user changes by overriding a method of an agent."""

import numpy as np
import pytest
import toys

from steppe.model.agents import Power, Republic
from steppe.model.model import InfluenceModel


class PatientChina(Power):
    def effort_rate(self):
        return 0.5 * super().effort_rate()


def test_a_subclass_changes_one_behaviour_of_one_power():
    """At precision 0 both classes have the same target; the patient one goes half as far."""
    of = toys.cast()
    event = {
        "call": {
            "when": "2000Q1",
            "effects": [
                {
                    "shock": "effort",
                    "power": "all",
                    "republic": "all",
                    "channel": "trade",
                    "intensity": 2,
                    "permanent": True,
                }
            ],
        }
    }

    def first_step(**classes):
        world = toys.model(
            toys.inputs(of),
            toys.scenario(of, event),
            given=toys.parameters(of, lambda_=0),
            **classes,
        )
        world.step()
        return world.effort[:, 0, 0, 0] - 0.5

    usual, patient = first_step(), first_step(powers={"West": PatientChina})
    # an urge of 2 * 0.3 on one of two cells has the target 1 / (1 + exp(-0.6));
    # two quarters would cover half of the way from 1/2
    assert usual == pytest.approx([(1 - 0.5**0.5) * (1 / (1 + np.exp(-0.6)) - 0.5)] * 2)
    assert patient == pytest.approx([usual[0], usual[1] / 2])


def test_the_subclass_of_the_documentation_works_in_the_cast_that_ships():
    usual, patient = (
        InfluenceModel("history", 5, 0),
        InfluenceModel("history", 5, 0, powers={"China": PatientChina}),
    )
    assert [type(power) for power in patient.powers] == [Power, PatientChina, Power, Power]
    movement = []
    for world in (usual, patient):
        efforts = np.array([world.effort.copy() for _ in world.run()])
        movement.append(np.abs(np.diff(efforts, axis=0)).sum(axis=(0, 2, 3)))
    assert (movement[1][1] < movement[0][1]).all()  # China's effort travels less, in every member


class Stubborn(Republic):
    def tolerance(self):
        return super().tolerance() - 0.5  # tolerates next to nothing


def test_a_subclass_of_a_republic_changes_that_republic():
    usual, stubborn = (
        InfluenceModel("history", 5, 0),
        InfluenceModel("history", 5, 0, republics={"Kyrgyzstan": Stubborn}),
    )
    for world in (usual, stubborn):
        for _ in world.run():
            pass
    assert (stubborn.autonomy[1].mean(axis=0) > usual.autonomy[1].mean(axis=0)).all()

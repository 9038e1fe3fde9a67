"""The simulated world: who is in it, what is known of it, and how influence moves."""

from .influence import InfluenceModel
from .agents import Power, Republic
from .cast import Cast, default_cast
from .inputs import Inputs, default_inputs
from .parameters import Parameters
from .scenario.library import Scenario, load_scenario

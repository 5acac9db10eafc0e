"""Which parameters of a sweep decided how good its trials were."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.sweeps import service
from snellen.server.sweeps.schemas import Importance, Importances
from snellen.server.sweeps.space import count
from snellen.server.sweeps.study import Plan, Standing, Tried, history
from snellen.server.sweeps.trials import read_trials

#: fANOVA would need scikit-learn in the server.
EVALUATOR = "PED-ANOVA"
FEWEST = 6
#: The evaluator compares the best trials with all: five of them, and never more than half.
BEST, MOST, LEAST = 5, 0.5, 0.1


def tried_with_value(session: Session, sweep: Sweep) -> list[Tried]:
    """The trials that have ended with a value, those that were stopped early too: they are the bad ones."""
    space = service.space_of(sweep)
    tried = [each.tried(space) for each in read_trials(session, sweep.id)]
    return [each for each in tried if each.standing in {Standing.DONE, Standing.CUT} and each.value is not None]


def importances(plan: Plan, tried: Sequence[Tried]) -> Importances:
    """Of each parameter, from the trials that ended with a value."""
    found = Importances(items=[], evaluator=EVALUATOR, trials=len(tried), reason=None)
    varied = [name for name, each in plan.space.items() if count(each) != 1]
    if len(tried) < FEWEST:
        found.reason = f"{len(tried)} trials have ended with a value; from {FEWEST} on something can be said"
    elif len({each.value for each in tried}) == 1:
        found.reason = f"all {len(tried)} trials have the same value"
    elif not varied:
        found.reason = "no parameter of the space has more than one value"
    else:
        values = _evaluate(plan, tried, varied)
        found.items = [Importance(name=name, importance=value) for name, value in values]
    return found


def _evaluate(plan: Plan, tried: Sequence[Tried], names: list[str]) -> list[tuple[str, float]]:
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    quantile = min(MOST, max(LEAST, BEST / len(tried)))
    evaluator = PedAnovaImportanceEvaluator(target_quantile=quantile)
    study = history(plan, tried, with_cut=True)
    return list(get_param_importances(study, evaluator=evaluator, params=names).items())

"""Conditions on what the telephone system told of a contact."""

import numpy as np
from numpy.typing import NDArray

from services.topics.language.facts import Facts
from services.topics.matching.batch import Batch
from services.topics.matching.leaves import Units
from services.topics.matching.speech import ContactFacts


def facts_hold(wanted: Facts, batch: Batch, units: Units) -> NDArray[np.bool_]:
    """Units of contacts of which all that is asked is true; values compare as they are written."""
    told = np.array([_is_told(wanted, facts) for facts in batch.speech.facts], np.bool_)
    holds = told[units.contact]
    if wanted.group is None and wanted.employee is None:
        return np.asarray(holds)
    legs = batch.speech.legs
    for unit in np.flatnonzero(holds).tolist():
        contact = int(units.contact[unit])
        facts = batch.speech.facts[contact]
        begin, end = batch.first_leg[contact : contact + 2].tolist()
        rows = batch.legs.row[unit : unit + 1] if units.by_legs else batch.legs.row[begin:end]
        own = [row for row in rows.tolist() if row >= 0]
        groups = {legs.groups[row] for row in own}
        employees = {legs.employees[row] for row in own}
        if not units.by_legs or not own:
            groups.add(facts.group)
            employees.add(facts.employee)
        holds[unit] = (wanted.group is None or not groups.isdisjoint(wanted.group)) and (
            wanted.employee is None or not employees.isdisjoint(wanted.employee)
        )
    return np.asarray(holds)


def _is_told(wanted: Facts, told: ContactFacts) -> bool:
    return all(
        values is None or not own.isdisjoint(values)
        for values, own in (
            (wanted.kind, {told.kind}),
            (wanted.direction, {told.direction}),
            (wanted.result, {told.result}),
            (wanted.source, {told.source}),
            (wanted.company_number, set(told.company_numbers)),
        )
    )

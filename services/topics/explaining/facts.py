"""What the telephone system told of a contact, beside what a condition asks of it."""

from services.topics.explaining.schemas import FactOut
from services.topics.language.facts import Facts
from services.topics.matching.batch import Batch


def told_facts(wanted: Facts, batch: Batch, leg: int | None) -> list[FactOut]:
    """Every fact that is asked of the batch's only contact, on a leg or on the whole of it."""
    facts, legs = batch.speech.facts[0], batch.speech.legs
    rows = batch.legs.row if leg is None else batch.legs.row[leg : leg + 1]
    own = [row for row in rows.tolist() if row >= 0]
    groups = {legs.groups[row] for row in own}
    employees = {legs.employees[row] for row in own}
    if leg is None or not own:
        groups.add(facts.group)
        employees.add(facts.employee)
    told = {
        "kind": {facts.kind},
        "direction": {facts.direction},
        "result": {facts.result},
        "source": {facts.source},
        "group": groups,
        "employee": employees,
        "company_number": set(facts.company_numbers),
    }
    return [
        FactOut(
            name=name,
            asked=list(asked),
            told=sorted(told[name] - {""}),
            holds=not told[name].isdisjoint(asked),
        )
        for name, asked in wanted
        if asked is not None
    ]

"""The conditions of a rule, each made a topic of its own, so that the matcher judges every one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.topics.explaining.schemas import ConditionKind
from services.topics.language.rule import Condition, Rule, Scope
from services.topics.language.ruleset import Topic
from services.topics.language.said import Said
from services.topics.matching.nearest import Relaxation, relaxations, rule_of

_BRANCHES: tuple[ConditionKind, ...] = ("all", "any", "none")
_KINDS: tuple[ConditionKind, ...] = (
    *_BRANCHES,
    "said",
    "not_said",
    "measure",
    "topic",
    "contact",
)


@dataclass(frozen=True, slots=True)
class Node:
    """A condition with its path, those below it, and its leaf with demands let go."""

    path: str
    kind: ConditionKind
    condition: Condition
    children: tuple["Node", ...]
    relaxed: tuple[Relaxation, ...] = ()

    @property
    def leaf(self) -> Said | None:
        """The phrases of a said or a not-said."""
        return self.condition.said or self.condition.not_said


@dataclass
class Places:
    """Topics made of the nodes of a rule, and the place of each among all that are judged."""

    first: int
    topics: list[Topic] = field(default_factory=list)
    of_key: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, rule: Rule) -> None:
        """Have a rule judged under a name of its own."""
        # No topic's key has a colon.
        self.of_key[key] = self.first + len(self.topics)
        self.topics.append(Topic(0, 0, f":{key}", rule))


def make_node(rule: Rule) -> Node:
    """The tree of a rule."""
    return _node(rule, "rule", rule.scope)


def make_places(root: Node, scope: Scope, first: int) -> Places:
    """Topics of every node, of every relaxed leaf, of everything that must be counted apart."""
    places = Places(first)
    for node in _nodes(root):
        kind = node.kind
        places.add(node.path, rule_of(scope, **{kind: getattr(node.condition, kind)}))
        if node.leaf is not None:
            places.add(counted(node), rule_of(scope, said=_once(node.leaf)))
        for number, relaxed in enumerate(node.relaxed):
            places.add(letting_go(node, number), relaxed.rule)
    return places


def counted(node: Node) -> str:
    """Name under which the findings of a leaf are judged, however few they are."""
    return f"{node.path} counted"


def letting_go(node: Node, number: int) -> str:
    """Name under which a relaxation of a leaf is judged."""
    return f"{node.path} relaxed {number}"


def _once(leaf: Said) -> Said:
    """The condition satisfied with one finding."""
    return leaf if leaf.at_least == 1 else leaf.model_copy(update={"at_least": 1})


def _node(condition: Condition, path: str, scope: Scope) -> Node:
    kind = next(name for name in _KINDS if getattr(condition, name) is not None)
    if kind in _BRANCHES:
        children = tuple(
            _node(child, f"{path}.{kind}[{place}]", scope)
            for place, child in enumerate(condition.children)
        )
        return Node(path, kind, condition, children)
    leaf = condition.said or condition.not_said
    return Node(
        path,
        kind,
        condition,
        (),
        tuple(relaxations(_once(leaf), scope)) if leaf is not None else (),
    )


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)

"""Where things stand in a rule: paths such as `rule.all[0].said` for whoever points at them."""

from collections.abc import Iterator

from services.topics.language.rule import Condition, Rule, Said, Window

_BRANCHES = ("all", "any", "none")
_LEAVES = ("said", "not_said")


def placed_leaves(rule: Rule) -> Iterator[tuple[str, Said]]:
    """Every said and not-said of the rule with its path, those in windows too."""
    for path, node in _nodes(rule, "rule"):
        for kind in _LEAVES:
            leaf = getattr(node, kind)
            if leaf is not None:
                yield from _with_anchors(f"{path}.{kind}", leaf)
        if node.measure is not None:
            yield from _anchors(f"{path}.measure", node.measure.window)


def placed_topics(rule: Rule) -> Iterator[tuple[str, str]]:
    """Every place where the rule asks about another topic, with that topic's key."""
    windows = [(path, leaf.window) for path, leaf in placed_leaves(rule)]
    for path, node in _nodes(rule, "rule"):
        if node.topic is not None:
            yield f"{path}.topic", node.topic
        if node.measure is not None:
            windows.append((f"{path}.measure", node.measure.window))
    for path, window in windows:
        for side in ("after", "before"):
            near = getattr(window, side, None)
            if near is not None and near.topic is not None:
                yield f"{path}.window.{side}.topic", near.topic


def _nodes(condition: Condition, path: str) -> Iterator[tuple[str, Condition]]:
    yield path, condition
    for kind in _BRANCHES:
        for place, child in enumerate(getattr(condition, kind) or ()):
            yield from _nodes(child, f"{path}.{kind}[{place}]")


def _with_anchors(path: str, leaf: Said) -> Iterator[tuple[str, Said]]:
    yield path, leaf
    yield from _anchors(path, leaf.window)


def _anchors(path: str, window: Window | None) -> Iterator[tuple[str, Said]]:
    if window is None:
        return
    for side in ("after", "before"):
        near = getattr(window, side)
        if near is not None and near.said is not None:
            yield from _with_anchors(f"{path}.window.{side}.said", near.said)
    if window.same_utterance is not None:
        yield from _with_anchors(f"{path}.window.same_utterance", window.same_utterance)

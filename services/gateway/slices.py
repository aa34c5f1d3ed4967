"""The routes of the whole program, slice by slice; a new slice adds its line here."""

from collections.abc import Sequence

from services.gateway.access.session_api import routes as session_routes
from services.gateway.access.tokens_api import routes as tokens_routes
from services.gateway.account.account_api import routes as account_routes
from services.gateway.account.groups_api import routes as groups_routes
from services.gateway.account.roles_api import routes as roles_routes
from services.gateway.account.sources_api import routes as sources_routes
from services.gateway.account.users_api import routes as users_routes
from services.gateway.exports.api import routes as exports_routes
from services.gateway.health import routes as health_routes
from services.gateway.intake.api import routes as intake_routes
from services.gateway.jobs.api import routes as jobs_routes
from services.gateway.metrics import routes as metrics_routes
from services.gateway.preview.api import routes as preview_routes
from services.gateway.runs.api import routes as runs_routes
from services.gateway.runs.destroying import routes as destroying_routes
from services.journal.api import routes as journal_routes
from services.journal.integration.api import routes as integration_routes
from services.player.delivery.api import routes as player_routes
from services.player.destruction.api import routes as destructions_routes
from services.player.embed.links_api import routes as embed_links_routes
from services.player.embed.player_api import routes as embedded_player_routes
from services.player.rendering.api import routes as renditions_routes
from services.player.timeline.api import routes as timeline_routes
from services.topics.catalogue.api import routes as topics_routes
from services.topics.catalogue.groups_api import routes as topic_groups_routes
from services.topics.catalogue.packs_api import routes as packs_routes
from services.topics.catalogue.versions_api import routes as topic_versions_routes
from services.topics.explaining.api import routes as explanations_routes
from services.topics.marking.api import routes as marks_routes
from services.topics.runs.api import routes as run_results_routes
from services.transcribe.api import routes as transcripts_routes
from shared.http.routes import Routes


def all_routes() -> Sequence[Routes]:
    """Every slice's routes, in the order of the API documentation."""
    return (
        session_routes,
        account_routes,
        sources_routes,
        groups_routes,
        roles_routes,
        users_routes,
        tokens_routes,
        intake_routes,
        journal_routes,
        integration_routes,
        player_routes,
        renditions_routes,
        timeline_routes,
        embed_links_routes,
        embedded_player_routes,
        transcripts_routes,
        topics_routes,
        packs_routes,
        topic_versions_routes,
        topic_groups_routes,
        marks_routes,
        explanations_routes,
        exports_routes,
        runs_routes,
        destroying_routes,
        destructions_routes,
        run_results_routes,
        preview_routes,
        jobs_routes,
        health_routes,
        metrics_routes,
    )

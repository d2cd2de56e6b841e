"""The API's application: what its requests share, its routes, and the documents that describe them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api.accounts import browser_sessions as sessions
from api.accounts import factors, own_account, registration, users
from api.accounts import passwords as password_change
from api.accounts import sessions as open_sessions
from api.accounts import token_routes as auth
from api.accounts.link_pages import install_link_pages
from api.accounts.log_in import FAILURES_WINDOW_S, MAX_FAILURES_NOTED
from api.alarms import limits
from api.alarms import routes as alarms
from api.annotations import routes as annotations
from api.artifacts import completion as artifact_completion
from api.artifacts import content as artifact_content
from api.artifacts import direct_parts as artifact_parts
from api.artifacts import previews as artifact_previews
from api.artifacts import project_room as artifact_room
from api.artifacts import review as artifact_review
from api.artifacts import routes as artifacts
from api.artifacts import upload as artifact_upload
from api.artifacts.keeping import ArtifactKeeping
from api.backfills import control as backfill_control
from api.backfills import routes as backfills
from api.comparisons import routes as comparisons
from api.comparisons import saved as saved_comparisons
from api.credentials import cookies as browser
from api.credentials.passwords import Passwords
from api.credentials.tokens import Tokens
from api.edge.login_uses import LoginUses
from api.edge.mail import create_mailer
from api.edge.rates.bounded_notes import BoundedNotes
from api.edge.rates.rate_limits import RateLimits
from api.edge.rates.request_rates import RequestRates
from api.edge.routing.route_table import install_route_table
from api.edge.state import Shared
from api.events import following as event_following
from api.events import routes as events
from api.events.feed import EventFeed
from api.experiments import (
    capture_sessions,
    facets,
    history,
    overview,
    project_sessions,
    run_batches,
    run_sensors,
    runs,
)
from api.experiments import routes as experiments
from api.exports import files as export_files
from api.exports import routes as exports
from api.exports.streams import ExportStreams
from api.imports import routes as imports
from api.imports import start as import_start
from api.imports import undo as import_undo
from api.imports import upload as import_content
from api.key_watch import SigningKeyWatch
from api.live import event_stream as live_events
from api.live import socket as live_socket
from api.live.hub import LiveHub
from api.live.opening import LiveStreams
from api.measures import preview as measure_preview
from api.measures import routes as measures
from api.measures import values as measure_values
from api.metrics import routes as metrics
from api.openapi.routes import describe
from api.portal.pages import install_portal
from api.producers import routes as producers
from api.profiles import imports as profile_imports
from api.profiles import kinds as conversions
from api.profiles import routes as profiles
from api.profiles import validity
from api.projects import audit_log, ingest_tokens, invitations, members, service_accounts, usage
from api.projects import routes as projects
from api.questions.questions import Questions
from api.readings import routes as readings
from api.readings import session_readings
from api.rejects import routes as rejected
from api.rights.caller import admit_caller
from api.rights.refusals import RefusalNotes
from api.search import routes as search
from api.sensors import routes as sensors
from api.series import routes as series
from api.system import routes as system
from api.views import routes as views
from api.webhooks import deliveries
from api.webhooks import routes as webhooks
from barograph.archive.shelf import SHELVES
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import Pool, create_pool
from barograph.database.pool_metrics import POOLS
from barograph.identity.signing_keys import load_signing_keys
from barograph.identity.webhook_key import load_webhook_key
from barograph.parsing.limits import ParserLimits
from barograph.parsing.pool import ParserPool
from barograph.program import web
from barograph.program.fair_turns import FairTurns, TurnLimits
from barograph.program.kept_loop import end_tasks
from barograph.program.surroundings import show_disk, show_limits
from barograph.program.work_news import WorkNews
from barograph.settings import Settings
from barograph.webhooks.webhook_secrets import SecretSeal

IDENTITY = (
    auth.login_router,
    auth.router,
    own_account.router,
    registration.router,
    password_change.router,
    open_sessions.router,
    factors.proving_router,
    factors.router,
)
SESSIONS = (sessions.login_router, sessions.router)
RESOURCES = (
    users,
    projects,
    usage,
    members,
    invitations,
    service_accounts,
    sensors,
    conversions,
    profiles,
    profile_imports,
    validity,
    ingest_tokens,
    export_files,
    imports,
    import_start,
    import_undo,
    import_content,
    artifacts,
    artifact_upload,
    artifact_parts,
    artifact_completion,
    artifact_review,
    artifact_previews,
    artifact_room,
    limits,
    alarms,
    readings,
    series,
    comparisons,
    saved_comparisons,
    rejected,
    producers,
    audit_log,
    experiments,
    runs,
    run_batches,
    run_sensors,
    measures,
    measure_preview,
    measure_values,
    metrics,
    capture_sessions,
    project_sessions,
    history,
    session_readings,
    overview,
    facets,
    backfills,
    backfill_control,
    annotations,
    views,
    events,
    webhooks,
    deliveries,
    search,
    system,
)
# Requests of one caller that wait for a connection.
MAX_WAITING = 100
ROUTERS = (
    *IDENTITY,
    *SESSIONS,
    *(resource.router for resource in RESOURCES),
    exports.router,
    export_files.content_router,
    artifacts.deletion_router,
    artifact_content.content_router,
    live_events.router,
    event_following.router,
    live_socket.router,
)


# What reads files that people send.
PARSED_BY = ("barograph.artifacts.previews", "api.profiles.imported", "barograph.tables.preview")


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The application; it starts whether the database is there or not, and is ready when it is."""
    app = FastAPI(
        title="Barograph",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Not behind `include_router`: the table of routes sees them.
        routes=[route for router in ROUTERS for route in router.routes],
    )
    keys = load_signing_keys(settings)
    SHELVES.use(settings)
    pool = create_pool(database_url, settings.database_pool_size)
    turns = FairTurns("connection", TurnLimits.shared(settings.database_pool_size, MAX_WAITING))
    POOLS.watch_line(pool, turns.count_kept_waiting)
    key_watch = SigningKeyWatch(pool, keys)
    app.state.questions = Questions(settings, database_url)
    app.state.shared = Shared(
        settings=settings,
        database_url=database_url,
        pool=pool,
        catalogs=CatalogCache(database_url),
        tokens=Tokens(keys, settings.access_token_s),
        passwords=Passwords(),
        limits=RateLimits(settings.redis_url),
        login_uses=LoginUses(pool),
        work_news=WorkNews(pool),
        rates=RequestRates(settings),
        turns=turns,
        mailer=create_mailer(settings),
        failed_log_ins=BoundedNotes(MAX_FAILURES_NOTED, FAILURES_WINDOW_S),
        parsers=ParserPool(settings.parsers, ParserLimits.of(settings), *PARSED_BY),
        admit=admit_caller,
        note_refusal=RefusalNotes().note,
    )
    app.state.export_streams = ExportStreams(settings, database_url)
    app.state.artifact_keeping = ArtifactKeeping(settings)
    app.state.webhook_seal = SecretSeal(load_webhook_key(settings))
    app.state.event_feed = EventFeed(pool)
    app.state.live_streams = LiveStreams(pool, app.state.questions, LiveHub(database_url), settings)
    describe(app)
    install_link_pages(app)
    app.state.key_watch = key_watch

    async def check_database() -> None:
        await _check_database(pool)

    async def check_process() -> None:
        key_watch.check()
        app.state.shared.parsers.check()

    web.install(app, {"the database": check_database, "the API": check_process})
    show_disk(settings)
    show_limits(settings)
    install_portal(app, settings)
    install_route_table(app)
    _install_cors(app, browser.allowed_origins(settings))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    shared: Shared = app.state.shared
    shared.catalogs.open()
    key_watch: SigningKeyWatch = app.state.key_watch
    questions: Questions = app.state.questions
    await questions.open()
    live: LiveStreams = app.state.live_streams
    feed: EventFeed = app.state.event_feed
    async with shared.pool:
        running = (key_watch, shared.login_uses, shared.work_news, live.hub, feed)
        loops = [asyncio.create_task(each.run()) for each in running]
        yield
        await end_tasks(loops)
        await key_watch.leave()
    await questions.close()
    export_streams: ExportStreams = app.state.export_streams
    await export_streams.close()
    await shared.parsers.close()
    shared.catalogs.close()
    shared.passwords.close()
    await shared.limits.close()


def _install_cors(app: FastAPI, origins: list[str]) -> None:
    """Lets pages of the sites call that the settings name, and no others."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Idempotency-Key",
                "If-Match",
                browser.CSRF_HEADER,
                "Last-Event-ID",
            ],
            expose_headers=[
                "ETag",
                "Idempotent-Replayed",
                "Link",
                "Retry-After",
                "X-Comparison-Meta",
                "X-Request-ID",
                "X-Series-Meta",
            ],
        )


async def _check_database(pool: Pool) -> None:
    async with pool.connection(timeout=2) as connection:
        await pool.check_connection(connection)

"""The API's application: what its requests share, its routes, and the documents that describe them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import (
    audit_log,
    backfill_control,
    backfills,
    capture_sessions,
    conversions,
    experiments,
    history,
    import_content,
    imports,
    ingest_tokens,
    invitations,
    members,
    overview,
    profile_imports,
    profiles,
    projects,
    readings,
    rejected,
    run_batches,
    run_sensors,
    runs,
    sensors,
    service_accounts,
    session_readings,
    users,
    validity,
)
from api.auth import browser, password_change, registration, sessions
from api.auth import routes as auth
from api.auth.key_watch import SigningKeyWatch
from api.auth.passwords import Passwords
from api.auth.tokens import Tokens
from api.documents import describe
from api.limits import Limits
from api.link_pages import install_link_pages
from api.mail import create_mailer
from api.series import routes as series
from api.shared import Shared
from barograph import web
from barograph.catalog import CatalogCache
from barograph.database import Pool, create_pool
from barograph.settings import Settings
from barograph.signing_keys import load_signing_keys

IDENTITY = (auth.login_router, auth.router, registration.router, password_change.router)
SESSIONS = (sessions.login_router, sessions.router)
RESOURCES = (
    users,
    projects,
    members,
    invitations,
    service_accounts,
    sensors,
    conversions,
    profiles,
    profile_imports,
    validity,
    ingest_tokens,
    imports,
    import_content,
    readings,
    series,
    rejected,
    audit_log,
    experiments,
    runs,
    run_batches,
    run_sensors,
    capture_sessions,
    history,
    session_readings,
    overview,
    backfills,
    backfill_control,
)
ROUTERS = (*IDENTITY, *SESSIONS, *(resource.router for resource in RESOURCES))


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The application; it starts whether the database is there or not, and is ready when it is."""
    app = FastAPI(
        title="Barograph",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        # Behind `include_router`, finding one takes a fifteenth of a small request.
        routes=[route for router in ROUTERS for route in router.routes],
    )
    keys = load_signing_keys(settings)
    pool = create_pool(database_url, settings.database_pool_size)
    key_watch = SigningKeyWatch(pool, keys)
    app.state.shared = Shared(
        settings=settings,
        database_url=database_url,
        pool=pool,
        catalogs=CatalogCache(database_url),
        tokens=Tokens(keys, settings.access_token_s),
        passwords=Passwords(),
        limits=Limits(settings.redis_url),
        mailer=create_mailer(settings),
    )
    describe(app)
    install_link_pages(app)
    app.state.key_watch = key_watch

    async def check_ready() -> None:
        await _check_database(pool)
        key_watch.check()

    web.install(app, [check_ready])
    _let_others_call(app, browser.allowed_origins(settings))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    shared: Shared = app.state.shared
    shared.catalogs.open()
    key_watch: SigningKeyWatch = app.state.key_watch
    async with shared.pool:
        watching = asyncio.create_task(key_watch.run())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await key_watch.leave()
    shared.catalogs.close()
    shared.passwords.close()
    await shared.limits.close()


def _let_others_call(app: FastAPI, origins: list[str]) -> None:
    """CORS, for pages of the sites named in the settings and no others."""
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
                "X-Request-ID",
                "X-Series-Meta",
            ],
        )


async def _check_database(pool: Pool) -> None:
    async with pool.connection(timeout=2) as connection:
        await pool.check_connection(connection)

"""The API's application: what its requests share, its routes, and the documents that describe them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import audit_log, ingest_tokens, profiles, projects, readings, rejected, sensors, validity
from api.auth import routes as auth
from api.auth.passwords import Passwords
from api.auth.signing_key import load_signing_key
from api.auth.tokens import Tokens
from api.documents import describe
from api.openapi import operation_id
from api.series import routes as series
from api.shared import Shared
from barograph import web
from barograph.catalog import CatalogCache
from barograph.database import Pool, create_pool
from barograph.settings import Settings

RESOURCES = (
    projects,
    sensors,
    profiles,
    validity,
    ingest_tokens,
    readings,
    series,
    rejected,
    audit_log,
)


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The application; it starts whether the database is there or not, and is ready when it is."""
    app = FastAPI(
        title="Barograph",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.shared = shared = Shared(
        settings=settings,
        database_url=database_url,
        pool=create_pool(database_url, settings.database_pool_size),
        catalogs=CatalogCache(database_url),
        tokens=Tokens(load_signing_key(settings), settings.access_token_s),
        passwords=Passwords(),
    )
    for part in (auth, *RESOURCES):
        app.include_router(part.router)
    app.include_router(auth.login_router)
    describe(app)
    web.install(app, [lambda: _check_database(shared.pool)])
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    shared: Shared = app.state.shared
    shared.catalogs.open()
    async with shared.pool:
        yield
    shared.catalogs.close()
    shared.passwords.close()


async def _check_database(pool: Pool) -> None:
    async with pool.connection(timeout=2):
        pass  # a connection is tried before it is handed out

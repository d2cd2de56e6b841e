"""`python -m ingest.mqtt`: carries messages of an MQTT broker to ingest, until SIGTERM."""

import argparse
import sys
from pathlib import Path

import structlog

from barograph.program.http.server import Server, configure, listen
from barograph.program.log import configure_logging
from barograph.settings import Settings
from ingest.mqtt.app import create_app
from ingest.mqtt.bridge import MqttBridge
from ingest.mqtt.config import BridgeConfig, ConfigFault, load_config
from ingest.mqtt.delivery.journal import BridgeJournal, JournalUnusable, KeepLimits

SHUTDOWN_S = 15
log = structlog.stdlib.get_logger(__name__)


def main() -> int:
    """Runs the program."""
    settings = Settings()  # pyright: ignore[reportCallIssue]  # from the environment
    configure_logging(settings, "mqtt")
    options = _options(settings.mqtt_config)
    try:
        config = load_config(options.config, settings.mqtt_token, settings.mqtt_password)
        if options.check:
            _show(config)
            return 0
        keep = KeepLimits(config.server.keep_stored_s, config.server.keep_stored_bytes)
        journal = BridgeJournal(config.state, config.producer, keep)
        bridge = MqttBridge(config, journal)
    except (ConfigFault, JournalUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    app = create_app(bridge)
    server_config = configure(app, settings, shutdown_s=SHUTDOWN_S)
    Server(server_config).run([listen(settings.host, settings.mqtt_port)])
    return 0


def _options(config: Path | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ingest.mqtt", description="Carries messages of an MQTT broker to Barograph."
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=config,
        required=config is None,
        help="the bridge's file of settings, in TOML (BAROGRAPH_MQTT_CONFIG)",
    )
    parser.add_argument("--check", action="store_true", help="say whether the file is right, and end")
    return parser.parse_args()


def _show(config: BridgeConfig) -> None:
    sys.stdout.write(f"{config.broker.url} as {config.broker.client_id}, to {config.server.url}\n")
    for each in config.subscriptions:
        sys.stdout.write(f"{each.filter}: {each.payload}\n")


if __name__ == "__main__":
    sys.exit(main())

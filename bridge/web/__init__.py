"""The web process: the carrier's webhooks, the status page, health. Each blueprint only turns HTTP into an action and back."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from bridge.actions.world import World
from bridge.web import acts, audit, auth, board, bundles, feeds, figures, health, notices, pages, rota, sms, voice
from bridge.web.shed import Shed

LARGEST_FORM = 64 * 1024  # bytes: the carrier's forms are a few kilobytes


def create_app(world: World) -> Flask:
    """The application, for one world."""
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # "/page//0/receipt" is no address, and is not sent on to another
    app.config.update(SECRET_KEY=world.settings.secret_key, MAX_CONTENT_LENGTH=LARGEST_FORM, MAX_FORM_PARTS=200)
    app.extensions["shed"] = Shed(app)
    for room in (voice, pages, bundles, notices, sms, health, board, acts, rota, figures, feeds, audit, auth):
        app.register_blueprint(room.blueprint(world))
    if world.settings.public_url.startswith("https:"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]  # log-ins are counted by address
    return app

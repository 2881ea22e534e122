"""The web process: the carrier's webhooks, the status page, health. Each blueprint only turns HTTP into an action and back."""

from flask import Flask

from bridge.actions.world import World
from bridge.web import acts, audit, auth, board, bundles, feeds, figures, health, notices, pages, rota, sms, voice
from bridge.web.proxy import FromProxy
from bridge.web.shed import Shed

LARGEST_FORM = 64 * 1024  # bytes: the carrier's forms are a few kilobytes


def create_app(world: World) -> Flask:
    """The application, for one world."""
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # "/page//0/receipt" is no address, and is not sent on to another
    app.debug = False  # whatever the environment says: a page of errors would show the code, and what it was about
    app.config.update(SECRET_KEY=world.settings.secret_key, MAX_CONTENT_LENGTH=LARGEST_FORM, MAX_FORM_PARTS=200)
    app.extensions["shed"] = Shed(app)
    for room in (voice, pages, bundles, notices, sms, health, board, acts, rota, figures, feeds, audit, auth):
        app.register_blueprint(room.blueprint(world))
    if world.settings.public_url.startswith("https:"):
        app.wsgi_app = FromProxy(app.wsgi_app)  # type: ignore[method-assign]
    return app

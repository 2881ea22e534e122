"""Alarms go out by webhook and e-mail: channels that are not the carrier."""

from bridge.settings.alarms import AlarmRoutes


class RoutedAlarms:
    """See `bridge.actions.ports.Alarms`."""

    def __init__(self, routes: AlarmRoutes) -> None:
        self._routes = routes

    def tell(self, subject: str, body: str) -> bool:
        return False

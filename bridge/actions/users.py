"""Who may log in: those of users.toml, which belong to the file, and those in the store, which are changed by command.

A change holds at once in every process, and ends the sessions of whoever was changed.
"""

from collections.abc import Mapping
from dataclasses import replace

from bridge.actions import trail
from bridge.actions.ports_board import Session
from bridge.actions.world import World
from bridge.core.errors import AccountsAway, UnknownUser, UserExists, UserInFile
from bridge.core.trail import Act
from bridge.settings import Role, User, hash_password

SESSION = 14 * 3600.0  # seconds that somebody stays logged in: a shift and its hand-over


def known(world: World, name: str) -> User | None:
    """The user of this name, or None. Raises AccountsAway where only the store could tell, and does not answer."""
    user = world.settings.users.get(name)
    if user is not None or not name:
        return user
    try:
        return world.accounts.users().get(name)
    except Exception as error:
        raise AccountsAway from error


def everybody(world: World) -> Mapping[str, User]:
    """All who may log in with a password, by name. The file counts more than the store."""
    return {**world.accounts.users(), **world.settings.users}


def add(world: World, name: str, password: str, role: Role) -> None:
    """Let somebody log in from now on. Raises UserInFile, UserExists."""
    _not_in_file(world, name)
    if name in world.accounts.users():
        raise UserExists(name=name)
    world.accounts.put(User(name, hash_password(password), role))
    _record(world, f"added the user {name} with the role {role}")


def give_role(world: World, name: str, role: Role) -> User:
    """Change what somebody may do. Raises UserInFile, UnknownUser."""
    return _put(world, replace(_kept(world, name), role=role), f"gave {name} the role {role}")


def give_password(world: World, name: str, password: str) -> User:
    """Put a new password in the place of the old one. Raises UserInFile, UnknownUser."""
    return _put(world, replace(_kept(world, name), password_hash=hash_password(password)), f"gave {name} a new password")


def give_factor(world: World, name: str, secret: str) -> User:
    """Have somebody's log-in take a code of this secret (base32) too. Raises UserInFile, UnknownUser."""
    return _put(world, replace(_kept(world, name), totp=secret), f"gave {name} a second factor")


def take_factor(world: World, name: str) -> User:
    """Have somebody's log-in take a password only. Raises UserInFile, UnknownUser."""
    return _put(world, replace(_kept(world, name), totp=""), f"took the second factor of {name} away")


def remove(world: World, name: str) -> None:
    """Let somebody log in no more. One that stands in the file too stays there. Raises UserInFile, UnknownUser."""
    if not world.accounts.remove(name):
        _not_in_file(world, name)
        raise UnknownUser(name=name)
    world.accounts.end_sessions(name, world.now(), SESSION)
    _record(world, f"removed the user {name}")


def log_out(world: World, name: str) -> int:
    """End all sessions of this user, of one that the provider knows too. How many were open. Raises UnknownUser."""
    if name not in everybody(world) and not any(each.user == name for each in world.accounts.sessions().values()):
        raise UnknownUser(name=name)
    count = world.accounts.end_sessions(name, world.now(), SESSION)
    _record(world, f"logged {name} out everywhere")
    return count


def logged_in(world: World) -> list[Session]:
    """The sessions that are open, the oldest first."""
    now, kept = world.now(), world.accounts.sessions().values()
    return sorted((each for each in kept if not each.ended and now - each.since < SESSION), key=lambda each: each.since)


def check_changeable(world: World, name: str) -> None:
    """Nothing where this user can be changed by command. Raises UserInFile, UnknownUser."""
    _kept(world, name)


def _kept(world: World, name: str) -> User:
    _not_in_file(world, name)
    user = world.accounts.users().get(name)
    if user is None:
        raise UnknownUser(name=name)
    return user


def _not_in_file(world: World, name: str) -> None:
    if name in world.settings.users:
        raise UserInFile(name=name)


def _put(world: World, user: User, what: str) -> User:
    world.accounts.put(user)
    world.accounts.end_sessions(user.name, world.now(), SESSION)
    _record(world, what)
    return user


def _record(world: World, what: str) -> None:
    world.books.record(Act(world.now(), trail.operator(), what))

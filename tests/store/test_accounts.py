"""Users that were added by command, and attempts to log in, in the store."""

import threading
from typing import Any

import pytest
from redis import Redis

from bridge.settings import Role, User
from bridge.store import connect
from bridge.store.redis_accounts import SET_FORWARD, RedisAccounts
from tests.conftest import everything_in
from tests.given import T0

ADA = User("ada", "$argon2id$hash", Role.ADMIN, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")


@pytest.fixture
def accounts(redis: "Redis[Any]") -> RedisAccounts:
    return RedisAccounts(redis, "secret")


def test_a_user_comes_back_as_they_were_put_there(accounts: RedisAccounts) -> None:
    mary = User("mary", "$argon2id$other", Role.WATCH)
    accounts.put(ADA)
    accounts.put(mary)
    assert accounts.users() == {"ada": ADA, "mary": mary}


def test_a_user_is_put_in_the_place_of_the_one_of_that_name(accounts: RedisAccounts) -> None:
    accounts.put(ADA)
    accounts.put(User("ada", "x", Role.WATCH))
    assert accounts.users() == {"ada": User("ada", "x", Role.WATCH)}


def test_removing_says_whether_there_was_one(accounts: RedisAccounts) -> None:
    accounts.put(ADA)
    assert accounts.remove("ada")
    assert not accounts.remove("ada")
    assert accounts.users() == {}


def test_so_many_attempts_go_on_and_the_next_has_to_wait_for_the_oldest(accounts: RedisAccounts) -> None:
    assert [accounts.take("mary", 3, 300, T0 + 10 * n) for n in range(3)] == [0, 0, 0]
    assert accounts.take("mary", 3, 300, T0 + 100) == 200
    assert accounts.take("mary", 3, 300, T0 + 299.5) == pytest.approx(0.5)
    assert accounts.take("mary", 3, 300, T0 + 300) == 0  # the refused ones were not counted
    assert accounts.take("mary", 3, 300, T0 + 300) == 10


def test_attempts_at_the_same_instant_are_all_counted(accounts: RedisAccounts) -> None:
    assert [accounts.take("mary", 2, 300, T0) for _ in range(3)] == [0, 0, 300]


def test_one_key_does_not_count_for_another(accounts: RedisAccounts) -> None:
    assert accounts.take("mary", 1, 300, T0) == 0
    assert accounts.take("ada", 1, 300, T0) == 0


def test_what_is_forgiven_is_not_counted(accounts: RedisAccounts) -> None:
    accounts.take("mary", 1, 300, T0)
    accounts.forgive("mary")
    assert accounts.take("mary", 1, 300, T0) == 0


def test_several_processes_together_get_no_more_than_one(accounts: RedisAccounts, store_url: str) -> None:
    went: list[float] = []

    def tries() -> None:
        client = connect.quick(store_url)
        here = RedisAccounts(client, "secret")
        went.extend(here.take("mary", 10, 300, T0) for _ in range(10))
        client.close()

    threads = [threading.Thread(target=tries) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert went.count(0) == 10
    assert len(went) == 40


@pytest.mark.parametrize("key", ["", "name:\udcff\x00", "x" * 10_000])
def test_anything_may_be_counted_for_and_none_of_it_is_kept(accounts: RedisAccounts, redis: "Redis[Any]", key: str) -> None:
    assert accounts.take(key, 1, 300, T0) == 0
    assert accounts.take(key, 1, 300, T0) == 300
    assert accounts.take("hunter2", 1, 300, T0) == 0
    assert "hunter2" not in everything_in(redis)
    assert all(len(name) < 64 for name in redis.scan_iter("*"))


def test_attempts_and_codes_are_forgotten_by_themselves(accounts: RedisAccounts, redis: "Redis[Any]") -> None:
    accounts.take("mary", 3, 300, T0)
    accounts.first_use("ada:1", 90)
    assert all(3600 < redis.ttl(name) <= 300 + SET_FORWARD for name in redis.scan_iter("*")), "not by a clock set forward"


def test_a_code_is_used_once(accounts: RedisAccounts) -> None:
    assert accounts.first_use("ada:1", 90)
    assert not accounts.first_use("ada:1", 90)
    assert accounts.first_use("ada:2", 90)

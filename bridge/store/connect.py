"""Redis clients for three kinds of patience."""

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry


def quick(url: str) -> Redis:
    """For webhooks: a caller is on the line, and rather hears a dispatcher than waits for a store that is away."""
    return _client(url, Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 3), read=1.0, connect=0.5)


def patient(url: str) -> Redis:
    """For workers and the clock: an outage of a minute is waited out."""
    return _client(url, Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), 120), read=5.0, connect=2.0)


def _client(url: str, retry: Retry, read: float, connect: float) -> Redis:
    extra = {} if url.startswith("unix:") else {"health_check_interval": 15}
    return Redis.from_url(url, retry=retry, socket_timeout=read, socket_connect_timeout=connect, **extra)

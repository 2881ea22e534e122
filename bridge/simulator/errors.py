"""Errors: of the REST API, with the HTTP status that each code comes with, and of the customer's own answers.

https://www.twilio.com/docs/api/errors
"""

MESSAGES: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {detail}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20009: (409, "Resource not in a state in which this can be done: {detail}"),
    20404: (404, "The requested resource {detail} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal server error"),
    20503: (503, "Service Unavailable"),
    21201: (400, "No 'To' number is specified"),
    21202: (400, "'To' number is a premium number: {detail}"),
    21205: (400, "Url parameter is required and must be an absolute http(s) URL: {detail}"),
    21208: (400, "Invalid Timeout: {detail}"),
    21209: (400, "Invalid Method: {detail}"),
    21210: (400, "The source phone number provided, {detail}, is not yet verified for your account"),
    21211: (400, "Invalid 'To' Phone Number: {detail}"),
    21212: (400, "Invalid 'From' Phone Number: {detail}"),
    21213: (400, "A 'From' phone number is required"),
    21215: (400, "Account not authorized to call {detail}"),
    21220: (400, "Invalid call state: {detail}"),
    21266: (400, "'To' and 'From' number cannot be the same: {detail}"),
    21402: (400, "Invalid URL: {detail}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of {detail}"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The From phone number {detail} is not a valid, message-capable number of your account"),
    21609: (400, "Invalid StatusCallback url: {detail}"),
    21610: (400, "Attempt to send to unsubscribed recipient {detail}"),
    21614: (400, "'To' number is not a valid mobile number: {detail}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    30029: (400, "Invalid ContentRetention: the account lacks this feature"),
    30030: (400, "Invalid AddressRetention: the account lacks this feature"),
}

# What the world did, and not a mistake of the customer.
BLAMELESS = {20009, 20404, 20429, 20500, 20503, 21610, 21614, 30029, 30030}


class CustomerError(Exception):
    """The customer's server or its document is not what the carrier needs; `code` is Twilio's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


class TwimlError(CustomerError):
    """A document that Twilio would not carry out."""


class RestError(Exception):
    """A request that is answered with an error body."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status, text = MESSAGES[code]
        self.message = text.format(detail=detail)
        super().__init__(f"{code}: {self.message}")

    @property
    def blameless(self) -> bool:
        """Whether the customer can do nothing about it."""
        return self.code in BLAMELESS

    def as_json(self) -> dict[str, object]:
        """The body."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more, "status": self.status}

"""Twilio, or a carrier that speaks its language. `rest` sends, `signature` believes, `twiml` says what a call does next."""

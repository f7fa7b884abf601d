"""The account that a sandbox portal is.

https://developers.hubspot.com/docs/guides/api/settings/account-information-api
"""

CURRENCY = "EUR"
ADDITIONAL_CURRENCIES = ("RON", "USD", "GBP", "HUF", "CHF", "PLN")
CURRENCIES = (CURRENCY, *ADDITIONAL_CURRENCIES)
TIME_ZONE = "Europe/Bucharest"

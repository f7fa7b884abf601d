"""Platform source `pretix`: reads a pretix organizer by its REST API.

settings    what a user sets
answers     what each answer of the API means                           (pure)
api         calls, retries, whole lists
names, companies, people, events, orders, admissions
            pretix's JSON to neutral rows                               (pure)
catalogue   what an event sells, and how it is called                   (pure)
directory   events, accounts, catalogues and vouchers of one run
marks       where a reading begins and ends                             (pure)
refunds     refunds that leave no trace on their order
reading     the orders of one run, read once for four streams
streams     the Singer streams
source      puts them together
webhooks    pretix's notifications as hints
refetch     reads again what a hint names
writer      writes back what pretix lets be written
"""

from stagedoor_plugins.platform_sources.pretix.source import PretixSource

__all__ = ["PretixSource"]

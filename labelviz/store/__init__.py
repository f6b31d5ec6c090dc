"""Decisions on disk."""

from labelviz.store.database import address_of, settings_of
from labelviz.store.decisions import DecisionStore
from labelviz.store.drafts import Draft
from labelviz.store.leases import Claim

__all__ = ["Claim", "DecisionStore", "Draft", "address_of", "settings_of"]

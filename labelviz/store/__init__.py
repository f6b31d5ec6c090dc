"""Decisions on disk."""

from labelviz.store.database import address_of, is_within, settings_of
from labelviz.store.decisions import DecisionStore
from labelviz.store.drafts import Draft
from labelviz.store.leases import Claim
from labelviz.store.tenant import Tenant

__all__ = ["Claim", "DecisionStore", "Draft", "Tenant", "address_of", "is_within", "settings_of"]

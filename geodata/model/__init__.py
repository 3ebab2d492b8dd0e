"""The values that travel between rooms: frozen, plain, and without behaviour that needs a file.

The catalogue's values (promise, commitment, area, ...) come from files under ``data/``; the
register's (activity, walk, finding, revision) from the record store; progress is computed from
both. Identifiers are strings. A commitment's id is ``<promise id>/<number>``.
"""

from geodata.model.catalogue import Catalogue as Catalogue
from geodata.model.indicator import UNDATED as UNDATED
from geodata.model.indicator import Indicator as Indicator
from geodata.model.indicator import Level as Level
from geodata.model.indicator import Method as Method
from geodata.model.indicator import Reading as Reading
from geodata.model.indicator import Series as Series
from geodata.model.indicator import Unit as Unit
from geodata.model.measure import APPOINTED as APPOINTED
from geodata.model.measure import Appointment as Appointment
from geodata.model.measure import Count as Count
from geodata.model.measure import Measure as Measure
from geodata.model.measure import Milestone as Milestone
from geodata.model.measure import Presence as Presence
from geodata.model.measure import Step as Step
from geodata.model.meeting import Decision as Decision
from geodata.model.meeting import DecisionStatus as DecisionStatus
from geodata.model.meeting import Meeting as Meeting
from geodata.model.origin import LONGEST_SPAN as LONGEST_SPAN
from geodata.model.origin import Origin as Origin
from geodata.model.origin import Precision as Precision
from geodata.model.origin import SourceKind as SourceKind
from geodata.model.planning import HOT_SPOT_RADIUS_M as HOT_SPOT_RADIUS_M
from geodata.model.planning import VISIT_MINUTES as VISIT_MINUTES
from geodata.model.planning import HotSpot as HotSpot
from geodata.model.planning import Plan as Plan
from geodata.model.planning import PlanKind as PlanKind
from geodata.model.promise import Area as Area
from geodata.model.promise import CatalogueEntry as CatalogueEntry
from geodata.model.promise import Commitment as Commitment
from geodata.model.promise import Goal as Goal
from geodata.model.promise import MapService as MapService
from geodata.model.promise import Outcome as Outcome
from geodata.model.promise import Party as Party
from geodata.model.promise import Period as Period
from geodata.model.promise import Place as Place
from geodata.model.promise import Promise as Promise
from geodata.model.promise import ReferenceLayer as ReferenceLayer
from geodata.model.promise import Residents as Residents
from geodata.model.promise import Source as Source
from geodata.model.promise import Stage as Stage
from geodata.model.promise import Term as Term
from geodata.model.promise import Vocabulary as Vocabulary
from geodata.model.promise import name_of as name_of
from geodata.model.record import Activity as Activity
from geodata.model.record import ActivityFilter as ActivityFilter
from geodata.model.record import Bin as Bin
from geodata.model.record import DoubleOf as DoubleOf
from geodata.model.record import Entity as Entity
from geodata.model.record import Finding as Finding
from geodata.model.record import FindingStatus as FindingStatus
from geodata.model.record import Record as Record
from geodata.model.record import RecordChange as RecordChange
from geodata.model.record import Revision as Revision
from geodata.model.record import Walk as Walk
from geodata.model.record import WalkStatus as WalkStatus
from geodata.model.record import Work as Work
from geodata.model.standing import CommitmentProgress as CommitmentProgress
from geodata.model.standing import Entry as Entry
from geodata.model.standing import Evidence as Evidence
from geodata.model.standing import LeftOutReason as LeftOutReason
from geodata.model.standing import Location as Location
from geodata.model.standing import Progress as Progress
from geodata.model.standing import State as State
from geodata.model.standing import StepProgress as StepProgress
from geodata.model.text import LANGUAGES as LANGUAGES
from geodata.model.text import Language as Language
from geodata.model.text import LocalText as LocalText
from geodata.model.text import can_be_kept as can_be_kept
from geodata.model.text import reads_as_written as reads_as_written

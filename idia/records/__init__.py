"""Records: one validated JSON file per question asked of a model, with its votes beside it under pseudonyms."""

from idia.records.cells import cell_document as cell_document
from idia.records.cells import difference_document as difference_document
from idia.records.cells import estimate_document as estimate_document
from idia.records.cells import result_document as result_document
from idia.records.cells import rounded as rounded
from idia.records.cells import trend_document as trend_document
from idia.records.discretion import check_nobody_named as check_nobody_named
from idia.records.documents import check_model as check_model
from idia.records.headlines import HeadlineScores as HeadlineScores
from idia.records.headlines import headline_of as headline_of
from idia.records.headlines import headline_scores as headline_scores
from idia.records.places import check_writable as check_writable
from idia.records.places import record_path as record_path
from idia.records.places import utility_path as utility_path
from idia.records.schema import Document as Document
from idia.records.storage import Record as Record
from idia.records.storage import StoredRecord as StoredRecord
from idia.records.storage import read_records as read_records
from idia.records.storage import write_record as write_record
from idia.records.transport import packed as packed
from idia.records.transport import unpacked as unpacked
from idia.records.utility import StoredUtility as StoredUtility
from idia.records.utility import read_utility as read_utility
from idia.records.utility import utility_document as utility_document
from idia.records.utility import write_utility as write_utility
from idia.records.votes import load_votes as load_votes

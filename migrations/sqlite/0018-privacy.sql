-- What may tell of a person can be removed from events, buyers' reports, and returns. Everything else
-- of a report and of a decided return stays final.

ALTER TABLE event ADD COLUMN call TEXT;                 -- whose record it has

UPDATE event SET call = CASE WHEN json_valid(data) THEN json_extract(data, '$.call.record.id') END;

CREATE INDEX event_of_call ON event (call) WHERE call IS NOT NULL;

DROP TRIGGER conversion_is_final;

CREATE TRIGGER conversion_is_final BEFORE UPDATE ON conversion
WHEN NEW.reference IS NOT NULL OR NEW.id <> OLD.id OR NEW.sale <> OLD.sale
    OR NEW.sold <> OLD.sold OR NEW.micros IS NOT OLD.micros OR NEW.currency IS NOT OLD.currency
    OR NEW.disposition IS NOT OLD.disposition OR NEW.reported_at <> OLD.reported_at
BEGIN SELECT RAISE(ABORT, 'a report is final'); END;

DROP TRIGGER sale_return_is_final;

CREATE TRIGGER sale_return_is_final BEFORE UPDATE ON sale_return
WHEN OLD.state <> 'open' AND (NEW.note <> '' OR NEW.decision_note <> '' OR NEW.id <> OLD.id
    OR NEW.sale <> OLD.sale OR NEW.contract <> OLD.contract OR NEW.buyer <> OLD.buyer
    OR NEW.state <> OLD.state OR NEW.reason <> OLD.reason OR NEW.micros IS NOT OLD.micros
    OR NEW.currency IS NOT OLD.currency OR NEW.asked_at <> OLD.asked_at
    OR NEW.asked_by <> OLD.asked_by OR NEW.accept_at IS NOT OLD.accept_at
    OR NEW.decided_at IS NOT OLD.decided_at OR NEW.decided_by IS NOT OLD.decided_by)
BEGIN SELECT RAISE(ABORT, 'a decided return is final'); END;

-- How the delivery of a lead after its sale ended, for its time line: deliveries themselves are
-- removed after days.
CREATE TABLE lead_delivery (
    lead     TEXT    NOT NULL REFERENCES inquiry (id),
    contract TEXT    NOT NULL,
    at       INTEGER NOT NULL,                          -- latest end
    attempts INTEGER NOT NULL,                          -- since it was planned or resent
    fault    TEXT,                                      -- why it was given up; NULL if delivered
    PRIMARY KEY (lead, contract)
) STRICT, WITHOUT ROWID;

-- A recipient that is a contract is written `contract:ID`.
CREATE TRIGGER lead_delivery_ended AFTER UPDATE OF state ON delivery
WHEN NEW.state <> 'waiting' AND NEW.postback LIKE 'contract:%'
BEGIN
    INSERT OR REPLACE INTO lead_delivery
    SELECT event.call, substr(NEW.postback, 10), NEW.due_at, NEW.attempts,
        CASE NEW.state WHEN 'dead' THEN coalesce(NEW.fault, '') END
    FROM event WHERE event.sequence = NEW.event AND event.call IS NOT NULL;
END;

INSERT OR IGNORE INTO lead_delivery
SELECT event.call, substr(delivery.postback, 10), delivery.due_at, delivery.attempts,
    CASE delivery.state WHEN 'dead' THEN coalesce(delivery.fault, '') END
FROM delivery JOIN event ON event.sequence = delivery.event
WHERE delivery.state <> 'waiting' AND delivery.postback LIKE 'contract:%' AND event.call IS NOT NULL;

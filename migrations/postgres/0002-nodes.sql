-- The latest run of each node, and what others have taken over from a run that is gone.
CREATE TABLE node (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    run        TEXT COLLATE "C" NOT NULL,  -- 16 hexadecimal digits
    address    TEXT COLLATE "C" NOT NULL,  -- of its web server
    program    TEXT COLLATE "C" NOT NULL,  -- version
    started_at BIGINT NOT NULL,  -- this and the next two by the database's clock
    beat_at    BIGINT NOT NULL,
    stopped_at BIGINT  -- in good order
);

CREATE TABLE node_takeover (
    run        TEXT COLLATE "C" NOT NULL,
    part       TEXT COLLATE "C" NOT NULL CHECK (part IN ('webhook_calls', 'sip_calls')),
    node       TEXT COLLATE "C" NOT NULL,  -- the node that is gone
    taken_by   TEXT COLLATE "C" NOT NULL,  -- run of the node that does the work
    taken_at   BIGINT NOT NULL,
    done_at    BIGINT,
    PRIMARY KEY (run, part)
);

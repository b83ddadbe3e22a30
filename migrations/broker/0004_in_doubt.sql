-- Transactions in doubt: since when, and with the messages that are to be sent later.

DROP VIEW transaction_in_doubt;

CREATE VIEW transaction_in_doubt AS
    -- Which XA transactions wait for their coordinator to commit or roll back, and what hangs on each?
SELECT printf('XID:[%d,globalId=%s,branchId=%s]', format_id, lower(hex(global_id)), lower(hex(branch_id))) AS xid,
    (SELECT count(*) FROM message WHERE message.prepared_id = prepared_transaction.prepared_id) AS messages,
    (SELECT count(*) FROM prepared_removal
        WHERE prepared_removal.prepared_id = prepared_transaction.prepared_id) AS acknowledgements,
    (SELECT count(*) FROM schedule WHERE schedule.prepared_id = prepared_transaction.prepared_id) AS scheduled,
    -- When the broker got the first of its messages; NULL where it has none.
    (SELECT min(received_at_ms) FROM (
        SELECT received_at_ms FROM message WHERE message.prepared_id = prepared_transaction.prepared_id
        UNION ALL
        SELECT received_at_ms FROM schedule WHERE schedule.prepared_id = prepared_transaction.prepared_id
    )) AS first_received_ms
FROM prepared_transaction ORDER BY prepared_id;

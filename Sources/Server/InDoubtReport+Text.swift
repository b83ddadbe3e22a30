package import SQLiteStore

extension InDoubtReport {
    /// For a terminal.
    package func text(atMs nowMs: Int64) -> String {
        guard !self.transactions.isEmpty else { return "No transaction is in doubt.\n" }
        var table = TextTable(
            ["messages", "acknowledgements", "scheduled", "age", "transaction"], rightAligned: [0, 1, 2, 3])
        for transaction in self.transactions {
            table.add([
                "\(transaction.messages)", "\(transaction.acknowledgements)", "\(transaction.scheduled)",
                transaction.ageMs(atMs: nowMs).map { Spoken.length(.milliseconds($0)) } ?? "?", transaction.xid,
            ])
        }
        return table.lines.map { "\($0)\n" }.joined()
    }
}

extension InDoubtReport.Transaction {
    /// Since the first of its messages came, by the clocks of the master then and of this machine; nil where it has none.
    package func ageMs(atMs nowMs: Int64) -> Int64? { self.firstReceivedMs.map { max(0, nowMs - $0) } }
}

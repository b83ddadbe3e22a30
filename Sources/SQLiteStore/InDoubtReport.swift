/// What a look at a store shows of the XA transactions that wait for their coordinator.
package struct InDoubtReport: Hashable, Sendable {
    package struct Transaction: Hashable, Sendable {
        /// As `XID:[FORMAT,globalId=HEX,branchId=HEX]`.
        package let xid: String
        /// Messages that its commit shows.
        package let messages: Int64
        /// Messages that its commit takes away.
        package let acknowledgements: Int64
        /// Messages that its commit schedules for later.
        package let scheduled: Int64
        /// When the broker got the first of its messages, in Unix milliseconds; nil where it has none.
        package let firstReceivedMs: Int64?

        package init(
            xid: String, messages: Int64, acknowledgements: Int64, scheduled: Int64, firstReceivedMs: Int64?
        ) {
            self.xid = xid
            self.messages = messages
            self.acknowledgements = acknowledgements
            self.scheduled = scheduled
            self.firstReceivedMs = firstReceivedMs
        }
    }

    /// The oldest first.
    package let transactions: [Transaction]

    package init(transactions: [Transaction]) { self.transactions = transactions }
}

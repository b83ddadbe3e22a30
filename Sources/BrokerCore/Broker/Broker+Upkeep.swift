/// An XA branch that was prepared and waits for its coordinator, as operators see it.
package struct InDoubtTransaction: Hashable, Sendable {
    package let id: XATransactionID
    /// Messages it would show.
    package let messages: Int
    /// Messages it would take away.
    package let acknowledgements: Int
}

/// What is decided by operators, and what by time: transactions in doubt and idle ones, subscribers that stay away.
extension Broker {
    /// The oldest first.
    package func inDoubt() -> [InDoubtTransaction] {
        self.prepared.values.sorted { $0.number < $1.number }.compactMap { transaction in
            transaction.xid.map {
                InDoubtTransaction(
                    id: $0, messages: transaction.prepared?.count ?? 0,
                    acknowledgements: transaction.acknowledged.count + transaction.recovered.count)
            }
        }
    }

    /// Commits or rolls back a branch in its coordinator's place. False where there is no such branch. Durable with the
    /// batch being formed.
    package func resolve(_ id: XATransactionID, commits: Bool, at now: Instant) -> Bool {
        self.now = now
        guard let transaction = self.prepared[id] else { return false }
        if commits { self.commitPrepared(transaction, id) } else { self.rollBack(transaction) }
        self.collectElided()
        return true
    }

    /// Rolls back transactions in which nothing happens. Their owners learn of it when they commit.
    func endIdleTransactions() {
        let timeout = self.configuration.idleTransactionTimeoutMs
        guard timeout > 0 else { return }
        for connection in self.connections.values.sorted(by: { $0.id.value < $1.id.value }) {
            for transaction in connection.transactions.values.sorted(by: { $0.number < $1.number })
            where transaction.failure == nil && self.now.monotonicMs - transaction.usedAtMs >= timeout {
                let orphans = self.undo(transaction)
                let rest = Transaction(transaction.id, number: transaction.number, at: self.now)
                rest.failure = .rolledBack("The transaction was idle for more than \(timeout) ms.")
                connection.transactions[transaction.id] = rest
                self.giveBack(orphans)
            }
        }
    }

    /// Removes durable subscriptions that nobody has used for too long.
    func removeOfflineSubscriptions() {
        let timeout = self.configuration.offlineSubscriberTimeoutMs
        let period = max(1, self.configuration.offlineSubscriberCheckMs)
        guard timeout > 0, self.now.monotonicMs - self.lastOfflineCheckMs >= period else { return }
        self.lastOfflineCheckMs = self.now.monotonicMs
        for subscription in self.subscriptions.values.sorted(by: { $0.record.id.rawValue < $1.record.id.rawValue }) {
            guard subscription.active == nil else { continue }
            // Time before this broker served counts from when it was first looked at.
            let since = subscription.offlineSinceMs ?? self.now.monotonicMs
            subscription.offlineSinceMs = since
            if self.now.monotonicMs - since >= timeout { self.destroy(subscription) }
        }
    }
}

@testable import BrokerCore

extension BrokerWorld {
    /// Lets time pass in one step, and everything happen that follows from it.
    func pass(_ milliseconds: Int64) {
        self.settle()
        self.advance(by: milliseconds)
        self.settle()
        // What came due with a batch that filled up.
        self.advance(by: 0)
        self.settle()
    }

    /// Puts the wall clock on or back; the broker does not notice until it looks.
    func stepClock(by milliseconds: Int64) { self.skip(wallMs: milliseconds) }

    /// The next master, on what this one stored; `after` milliseconds pass without one.
    func takenOver(
        after milliseconds: Int64 = 0, _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) -> BrokerWorld {
        let now = Instant(wallMs: self.now.wallMs + milliseconds, monotonicMs: self.now.monotonicMs + milliseconds)
        let disk = self.disk.reopened()
        let next = BrokerWorld(snapshot: disk.snapshot(), now: now, change)
        next.disk = disk
        return next
    }
}

extension TestClient {
    @discardableResult
    func schedule(
        _ body: String, to destination: Destination, _ properties: PropertyMap, in transaction: TransactionID? = nil,
        _ change: (inout MessageHeaders) -> Void = { _ in }
    ) -> ReplyToken {
        let message = self.message(body, to: destination, change).with(properties: properties)
        return self.world.ask(self.link, .send(message, transaction: transaction))
    }

    /// A command to the scheduler.
    @discardableResult
    func manage(
        _ action: String, to destination: Destination = .topic("ActiveMQ.Scheduler.Management"),
        replyTo: Destination? = nil, _ properties: PropertyMap = [:]
    ) -> ReplyToken {
        var all = properties
        all["AMQ_SCHEDULER_ACTION"] = .text(action)
        let message = self.message("", to: destination, persistent: false) { $0.replyTo = replyTo }
        return self.world.ask(self.link, .send(message.with(properties: all), transaction: nil))
    }
}

extension Message {
    fileprivate func with(properties: PropertyMap) -> Message {
        do throws(PropertyError) {
            return self.with(headers: self.headers, properties: try properties.encoded(), extras: self.extras)
        } catch {
            preconditionFailure("a test's properties cannot be encoded: \(error)")
        }
    }
}

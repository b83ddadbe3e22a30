package import BrokerCore
import DequeModule
package import Logging
package import NIOCore

/// How a connection deals with its socket, whatever it speaks.
package struct ConnectionFlow: Sendable {
    /// Bytes that are encoded ahead of the socket; what is beyond waits as events, which share their messages.
    package var outboundBytes = 512 * 1024
    /// How long a peer may take nothing of what waits for it before its connection is closed.
    package var stallLimitMs: Int64 = 60_000
    package var now: @Sendable () -> Instant = SystemClock.now

    package init() {}
}

/// One client's socket: bytes to requests to the engine, events to bytes. What the bytes mean is its ``Conversation``'s.
///
///     attaching --link known--> open --fault, goodbye, stop--> closing --closed--> (detached)
///
/// A burst of frames becomes one submission when the read is over; what the broker has to say is gathered in one buffer
/// and written once per turn of the loop (``FlushQueue``). A peer that does not take what is written is congested: the
/// engine dispatches nothing more to it and nothing more is read from it until it has caught up, and when it takes
/// nothing at all for too long its connection is closed.
///
/// Confined to its channel's event loop, which is why it may call itself Sendable: only ``deliver(_:)`` is called from
/// another, and hops.
package final class ConnectionHandler<Protocol: Conversation>: ChannelInboundHandler, BrokerLink, Flushable,
    @unchecked Sendable
{
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum State {
        case attaching
        case open(LinkID)
        /// Waits for the socket to close; what still comes from either side is dropped.
        case closing
    }

    /// How long a closing socket may take to take its last bytes.
    private let farewellLimit = TimeAmount.seconds(10)
    /// What a peer may send before the engine knows its link: clients wait for our first frame.
    private let earlyBytes = 1024 * 1024

    private let flow: ConnectionFlow
    private let port: any BrokerPort
    private let flushes: FlushQueue
    private let loop: any EventLoop
    private var logger: Logger

    private var state = State.attaching
    private var context: ChannelHandlerContext?
    private var link: LinkID?
    private var isAttachAsked = false
    private var conversation: Protocol
    private var received = ByteBuffer()
    /// What is to be written, and what is to be asked of the engine.
    private var output = ConversationOutput()
    private var burstStart: Instant?

    private var held: Deque<BrokerEvent> = []
    private var isFlushAsked = false
    private var closesAfterFlush = false
    private var isSuspendedByBroker = false
    private var isCongested = false
    private var isReading = true
    private var stall: StallWatch?
    private var tick: Scheduled<Void>?

    /// - Parameter loop: the channel's own, on which `flushes` lives too.
    package init(
        _ conversation: Protocol, flow: ConnectionFlow, port: any BrokerPort, flushes: FlushQueue,
        loop: any EventLoop, logger: Logger
    ) {
        self.conversation = conversation
        self.flow = flow
        self.port = port
        self.flushes = flushes
        self.loop = loop
        self.logger = logger
    }

    // MARK: The channel's events

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.begin(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if self.received.readableBytes == 0 {
            self.received = bytes
        } else {
            self.received.writeBuffer(&bytes)
        }
        switch self.state {
        case .open: self.decodeReceived()
        case .attaching:
            if self.received.readableBytes > self.earlyBytes { self.close(because: "too much before the handshake") }
        case .closing: self.received = ByteBuffer()
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        self.submitBurst()
        self.burstStart = nil
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, !self.held.isEmpty { self.askForFlush() }
        self.updateFlow()
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ConnectionClosure.afterFlush: self.closeAfterFlush(because: "the broker stops")
        case ConnectionClosure.immediate: self.close(because: "the broker is not master any more")
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.close(because: "\(error)")
    }

    // MARK: Beginning and end

    private func begin(_ context: ChannelHandlerContext) {
        guard case .attaching = self.state, self.link == nil, !self.isAttachAsked else { return }
        self.isAttachAsked = true
        let peer = Connector.text(of: context.channel.remoteAddress)
        self.logger[metadataKey: "peer"] = "\(peer)"
        self.port.attach(self, on: self.loop) { [self] link in self.attached(link, peer: peer) }
    }

    private func attached(_ link: LinkID, peer: String) {
        guard case .attaching = self.state, self.context != nil else {
            // The socket closed while the engine was being told of it.
            self.port.detach(link)
            return
        }
        self.link = link
        let now = self.flow.now()
        self.state = .open(link)
        self.logger.debug("connection.opened", metadata: ["link": "\(link.rawValue)"])
        let opening = self.conversation.begin(
            link: link, peer: "tcp://\(peer)", at: now, logger: self.logger, into: &self.output)
        self.follow(opening)
        self.scheduleTick(at: now)
        // On another loop the first frames may have come while the engine was being told.
        self.decodeReceived()
        self.submitBurst()
    }

    private func end() {
        self.state = .closing
        self.tick?.cancel()
        self.tick = nil
        self.received = ByteBuffer()
        self.dropOutbound()
        guard let link = self.link else { return }
        self.link = nil
        self.port.detach(link)
        self.logger.debug("connection.closed", metadata: ["link": "\(link.rawValue)"])
    }

    private func dropOutbound() {
        self.output = ConversationOutput()
        self.held = []
    }

    /// Closes at once: what is not written yet is dropped.
    private func close(because reason: String, _ level: Logger.Level = .debug) {
        if case .closing = self.state {
            // A second reason changes nothing, except that a socket waiting for its last bytes waits no longer.
            if self.closesAfterFlush { self.context?.close(promise: nil) }
            return
        }
        self.logger.log(level: level, "connection.closing", metadata: ["reason": "\(reason)"])
        self.state = .closing
        self.dropOutbound()
        self.context?.close(promise: nil)
    }

    /// Takes nothing in any more, and closes when what was said is written.
    private func closeAfterFlush(because reason: String) {
        if case .closing = self.state { return }
        self.logger.debug("connection.closing", metadata: ["reason": "\(reason)"])
        self.drainHeld(all: true)
        self.state = .closing
        self.closesAfterFlush = true
        self.askForFlush()
        self.tick?.cancel()
        self.tick = self.loop.assumeIsolated().scheduleTask(in: self.farewellLimit) {
            self.context?.close(promise: nil)
        }
    }

    // MARK: Bytes to requests

    private func decodeReceived() {
        guard case .open = self.state else { return }
        let now = self.burstStart ?? self.flow.now()
        self.burstStart = now
        self.conversation.bytesReceived(at: now)
        decoding: while case .open = self.state {
            switch self.conversation.receive(&self.received, at: now, into: &self.output) {
            case .waitForBytes: break decoding
            case let step: self.follow(step)
            }
        }
        if self.received.readableBytes == 0 {
            // Lets the channel use the memory again for its next read.
            self.received = ByteBuffer()
        } else if self.received.readerIndex > self.received.capacity / 2 {
            self.received.discardReadBytes()
        }
    }

    /// Does what the conversation asks for, beyond what it has put out.
    private func follow(_ step: ConversationStep) {
        if self.output.bytes.readableBytes > 0 { self.askForFlush() }
        switch step {
        case .proceed, .waitForBytes: break
        case .reschedule: self.scheduleTick(at: self.flow.now())
        case .closeWhenWritten(let reason):
            self.submitBurst()
            self.closeAfterFlush(because: reason)
        case .close(let reason, let level):
            self.submitBurst()
            self.close(because: reason, level)
        }
    }

    private func submitBurst() {
        guard !self.output.requests.isEmpty else { return }
        var burst: [BrokerRequest] = []
        swap(&burst, &self.output.requests)
        self.port.submit(burst)
    }

    // MARK: Events to bytes

    package func deliver(_ events: [BrokerEvent]) {
        guard self.loop.inEventLoop else {
            self.loop.execute { self.deliver(events) }
            return
        }
        guard case .open = self.state else { return }
        self.held.append(contentsOf: events)
        self.drainHeld(all: false)
        self.updateFlow()
    }

    /// Encodes what is held, as far as the socket keeps up, or all of it.
    private func drainHeld(all: Bool) {
        let isWritable = self.context?.channel.isWritable ?? false
        guard all || isWritable, !self.held.isEmpty else { return }
        let now = self.flow.now()
        let waiting = self.held.count
        while case .open = self.state, all || self.output.bytes.readableBytes < self.flow.outboundBytes,
            let event = self.held.popFirst()
        {
            self.send(event, at: now)
        }
        if case .open = self.state { self.conversation.drained(into: &self.output) }
        self.submitBurst()
        // A long queue's memory is not kept for idle times.
        if self.held.isEmpty, waiting > 4096 { self.held = [] }
    }

    private func send(_ event: BrokerEvent, at now: Instant) {
        switch event {
        // The conversation hears of it together with what else keeps the connection from reading.
        case .suspendReading: self.isSuspendedByBroker = true
        case .resumeReading: self.isSuspendedByBroker = false
        default: self.follow(self.conversation.send(event, at: now, into: &self.output))
        }
    }

    private func askForFlush() {
        guard !self.isFlushAsked else { return }
        self.isFlushAsked = true
        self.flushes.add(self)
    }

    package func flushOutbound() {
        self.isFlushAsked = false
        guard let context = self.context else { return }
        self.writeOutbound(context)
        while !self.held.isEmpty, context.channel.isWritable {
            self.drainHeld(all: false)
            self.writeOutbound(context)
        }
        if self.closesAfterFlush {
            // An empty last write completes when everything before it is with the system.
            let channel = context.channel
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
        }
        self.updateFlow()
    }

    private func writeOutbound(_ context: ChannelHandlerContext) {
        guard self.output.bytes.readableBytes > 0 else { return }
        self.conversation.bytesSent(at: self.flow.now())
        if self.output.ends.isEmpty {
            context.writeAndFlush(self.wrapOutboundOut(self.output.bytes), promise: nil)
        } else {
            self.writePieces(context)
        }
        // Large memory is not kept for idle times; the rest is used again once the system has taken the bytes.
        if self.output.bytes.capacity > 64 * 1024 {
            self.output.bytes = ByteBuffer()
        } else {
            self.output.bytes.clear()
        }
    }

    /// One write for each message, for transports that keep them apart.
    private func writePieces(_ context: ChannelHandlerContext) {
        for end in self.output.ends {
            let length = end - self.output.bytes.readerIndex
            guard length > 0, let piece = self.output.bytes.readSlice(length: length) else { continue }
            context.write(self.wrapOutboundOut(piece), promise: nil)
        }
        self.output.ends.removeAll(keepingCapacity: true)
        context.flush()
    }

    // MARK: Flow

    /// Compares what should be read and dispatched with what is, and tells channel, session and engine of changes.
    private func updateFlow() {
        guard case .open(let link) = self.state, let channel = self.context?.channel else { return }
        let isCongested = !channel.isWritable || !self.held.isEmpty
        if isCongested != self.isCongested {
            self.isCongested = isCongested
            self.stall = isCongested ? StallWatch(since: self.flow.now().monotonicMs) : nil
            if isCongested { self.scheduleTick(at: self.flow.now()) }
            self.port.setWritable(link, !isCongested)
        }
        let reads = !isCongested && !self.isSuspendedByBroker
        guard reads != self.isReading else { return }
        self.isReading = reads
        // The conversation measures the peer's silence, which means nothing while nobody listens.
        self.conversation.readingChanged(to: reads, at: self.flow.now())
        channel.setOption(.autoRead, value: reads).whenFailure { _ in channel.close(promise: nil) }
    }

    // MARK: Time

    private func scheduleTick(at now: Instant) {
        var due = self.conversation.nextTickMs
        if self.isCongested { due = min(due ?? .max, now.monotonicMs &+ self.flow.stallLimitMs / 4) }
        self.tick?.cancel()
        self.tick = nil
        guard let due else { return }
        let delay = TimeAmount.milliseconds(max(1, due &- now.monotonicMs))
        self.tick = self.loop.assumeIsolated().scheduleTask(in: delay) { self.timePassed() }
    }

    private func timePassed() {
        guard case .open = self.state else { return }
        let now = self.flow.now()
        self.follow(self.conversation.tick(at: now, into: &self.output))
        self.checkStall(at: now)
        self.scheduleTick(at: now)
    }

    private func checkStall(at now: Instant) {
        guard case .open = self.state, var stall = self.stall, let channel = self.context?.channel else { return }
        let waiting = channel.syncOptions.map { options in
            Result { try options.getOption(.bufferedWritableBytes) }
        }
        guard case .success(let bytes)? = waiting else { return }
        let silentMs = stall.observe(waitingBytes: bytes, waitingEvents: self.held.count, atMs: now.monotonicMs)
        self.stall = stall
        guard silentMs >= self.flow.stallLimitMs else { return }
        self.logger.warning(
            "connection.stalled",
            metadata: [
                "stalled_ms": "\(silentMs)", "waiting_bytes": "\(bytes)", "waiting_events": "\(self.held.count)",
                "remedy": "the client does not read from its socket; its messages go to others",
            ])
        self.close(because: "the peer takes nothing")
    }
}

/// Destinations that hand what is sent to them to others (ActiveMQ: `destinationInterceptors`).
package enum DestinationInterceptor: Sendable, Hashable {
    /// `virtualDestinationInterceptor/virtualDestinations/virtualTopic`.
    case virtualTopic(VirtualTopic)
    /// `virtualDestinationInterceptor/virtualDestinations/compositeQueue` or `compositeTopic`.
    case composite(CompositeDestination)
    /// `mirroredQueue`; `useMirroredQueues="true"` on the broker is one with the defaults.
    case mirroredQueue(MirroredQueue)
}

/// A topic whose messages also go to queues, one per group of consumers (ActiveMQ: `virtualTopic`).
///
/// With the defaults, what is sent to the topic `VirtualTopic.A` goes to each existing queue `Consumer.*.VirtualTopic.A`.
package struct VirtualTopic: Sendable, Hashable {
    /// `name`: the topics, mostly with wildcards.
    package var name: String
    /// `prefix`: its wildcards stand for the consumers' names.
    package var prefix = "Consumer.*."
    /// `postfix`.
    package var postfix = ""
    /// `selectorAware`: a queue gets only what one of its consumers selects.
    package var isSelectorAware = false
    /// `local`: messages that came from another broker are left out.
    package var isLocal = false
    /// `concurrentSend`. All copies go into one commit here.
    package var isConcurrent = false
    /// `transactedSend`. All copies go into one commit here.
    package var isTransacted = false
    /// `dropOnResourceLimit`: a queue without room is left out; else the send fails or waits.
    package var dropsOnResourceLimit = false
    /// `setOriginalDestination`: the copies name the topic they were sent to.
    package var setsOriginalDestination = true

    package init(name: String) { self.name = name }
}

/// A queue or topic that stands for several others (ActiveMQ: `compositeQueue`, `compositeTopic`).
package struct CompositeDestination: Sendable, Hashable {
    /// One element of `forwardTo`: a plain destination or a `filteredDestination`.
    package struct Target: Sendable, Hashable {
        /// `physicalName` of a queue or topic, or attribute `queue` or `topic` of a `filteredDestination`.
        package var destination: Destination
        /// `selector` of a `filteredDestination`.
        package var selector: String?

        package init(_ destination: Destination, selector: String? = nil) {
            self.destination = destination
            self.selector = selector
        }
    }

    /// `name`, and whether it is a `compositeQueue` or a `compositeTopic`. May have wildcards.
    package var destination: Destination
    /// `forwardTo`.
    package var targets: [Target]
    /// `forwardOnly`: the destination itself gets nothing.
    package var forwardsOnly = true
    /// `copyMessage`: the copies name their own destination; else the one that was sent to.
    package var copiesMessage = true
    /// `concurrentSend`. All copies go into one commit here.
    package var isConcurrent = false
    /// `sendWhenNotMatched`: without a matching filter the destination itself gets the message.
    package var sendsWhenNotMatched = false

    package init(_ destination: Destination, targets: [Target]) {
        self.destination = destination
        self.targets = targets
    }
}

/// Every queue's messages also appear on a topic (ActiveMQ: `mirroredQueue`).
package struct MirroredQueue: Sendable, Hashable {
    /// `prefix`.
    package var prefix = "VirtualTopic.Mirror."
    /// `postfix`.
    package var postfix = ""
    /// `copyMessage`: the topic's message names the topic; else the queue.
    package var copiesMessage = true

    package init() {}
}

import Logging
import STOMP

/// What a connector says about STOMP.
package struct STOMPConnectorOptions: Sendable, Hashable {
    /// ActiveMQ's `transport.defaultHeartBeat`, where it is set.
    package var defaultHeartBeat: String?
    /// ActiveMQ's `transport.hbGracePeriodMultiplier`, where it is set.
    package var heartBeatGrace: Double?
    /// Bytes of a body: ActiveMQ's `wireFormat.maxDataLength`, where `wireFormat.maxFrameSize` is not less.
    package var maximumBodyBytes = STOMPLimits.default.body

    package init() {}
}

/// Where STOMP clients are listened for, besides the OpenWire port, which takes them too.
package enum STOMPListener: Hashable, Sendable {
    /// Port 61613 of OpenWire's host, if it is free: nobody has asked for it.
    case besideOpenWire
    case at(ListenAddress)
    case off

    package static let defaultPort = 61_613

    /// `off` or HOST:PORT.
    package init?(_ text: String) {
        if text == "off" {
            self = .off
        } else if let address = ListenAddress(text) {
            self = .at(address)
        } else {
            return nil
        }
    }

    package func address(besides openWire: ListenAddress) -> ListenAddress? {
        switch self {
        case .besideOpenWire: ListenAddress(host: openWire.host, port: Self.defaultPort)
        case .at(let address): address
        case .off: nil
        }
    }

    /// Whether the broker serves without it where the port is taken.
    var isOptional: Bool { self == .besideOpenWire }

    /// Looks at the port before there is a need for it.
    ///
    /// - Throws: where the operator has named a port that cannot be had.
    func check(besides openWire: ListenAddress, _ logger: Logger) throws(StartError) {
        guard let address = self.address(besides: openWire) else { return }
        do throws(StartError) {
            try PortCheck.run(address, option: "--stomp")
        } catch {
            guard self.isOptional else { throw error }
            Self.warn(of: error, address, logger)
        }
    }

    static func warn(of error: StartError, _ address: ListenAddress, _ logger: Logger) {
        let remedy =
            "STOMP clients are served on the OpenWire port; --stomp off says that this is meant, "
            + "--stomp HOST:PORT gives them another port"
        logger.warning(
            "stomp.port_unavailable",
            metadata: ["address": "\(address)", "error": "\(error)", "remedy": "\(remedy)"])
    }
}

import ArgumentParser
import Election
import Logging
import Server

extension ListenAddress: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension StaleLockPolicy: ExpressibleByArgument {}

/// A length of time on the command line: a number with the unit `ms`, `s` or `m`.
struct TimeArgument: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": self.duration = .milliseconds(number)
        case "s": self.duration = .seconds(number)
        case "m": self.duration = .seconds(number * 60)
        default: return nil
        }
    }

    var description: String {
        let (seconds, attoseconds) = self.duration.components
        return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }

    var defaultValueDescription: String { self.description }
}

/// Log levels under the names that people type.
enum LogLevelArgument: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error

    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

import ArgumentParser
import Election
import Logging
import Server

extension ListenAddress: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension StaleLockPolicy: ExpressibleByArgument {}

/// What repeated schedules make up for of the times that passed without a master.
enum CatchUpArgument: String, ExpressibleByArgument {
    case latest, all
}

extension STOMPListener: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

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

    var milliseconds: Int64 { self.duration.wholeMilliseconds }
}

/// A point of time on the command line: how long ago, with the unit `s`, `m`, `h` or `d`, or a time in UTC.
enum SinceArgument: ExpressibleByArgument {
    case ago(Duration)
    case at(unixMs: Int64)

    init?(argument: String) {
        if let unixMs = WallTime.milliseconds(parsing: argument) {
            self = .at(unixMs: unixMs)
            return
        }
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "s": self = .ago(.seconds(number))
        case "m": self = .ago(.seconds(number * 60))
        case "h": self = .ago(.seconds(number * 3600))
        case "d": self = .ago(.seconds(number * 86_400))
        default: return nil
        }
    }

    func unixMs(nowMs: Int64) -> Int64 {
        switch self {
        case .ago(let duration): nowMs - duration.wholeMilliseconds
        case .at(let unixMs): unixMs
        }
    }
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

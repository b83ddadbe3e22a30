import Election

/// What an examination found, for people and for programs.
package struct DoctorReport: Sendable {
    enum Mode: String, Sendable {
        case alone, peer
        /// The directory is in use, and nothing was tried.
        case looked
    }

    let mode: Mode
    let directory: String
    let name: String
    let peer: String?
    let hosts: [HostFacts]
    let findings: [Finding]
    let judgement: Judgement
    /// Why a false lock is false, in a stable word.
    let cause: String?
    let interruption: DoctorError?

    /// 0 safe, 1 unsafe; else by what kept the answer from being known (sysexits.h).
    package var status: Int32 {
        switch self.judgement.safe {
        case true?: 0
        case false?: 1
        case nil:
            switch self.interruption {
            case .hangs, .unusable, .helper: 74
            case .usage: 64
            case .noDirectory, .notADirectory: 66
            case .noPeer, .peerLost, .garbled, nil: 69
            }
        }
    }
}

// MARK: - For people

extension DoctorReport {
    /// The plain verdict first, then what it rests on.
    package var text: String {
        var lines = [self.headline]
        lines += self.judgement.remedies.map { "  remedy: \($0)" }
        lines += self.judgement.warnings.map { "  note: \($0)" }
        for host in self.hosts {
            lines += ["", "\(host.label) (\(host.host))"]
            let width = host.fields.map(\.key.count).max() ?? 0
            lines += host.fields.map { "  \(Self.padded($0.key, width))  \($0.value.isEmpty ? "-" : $0.value)" }
        }
        if !self.findings.isEmpty { lines += [""] + self.table }
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        let start = "safe for two brokers: "
        let because = self.judgement.because.joined(separator: "; ")
        return switch self.judgement.safe {
        case true?: start + "yes" + (self.judgement.scope.isEmpty ? "" : ", \(self.judgement.scope)")
        case false?: start + "no, because \(because)"
        case nil: start + "not known, because \(because)"
        }
    }

    private var table: [String] {
        let rows =
            [("check", "between", "result", "detail")]
            + self.findings.map { ($0.check.rawValue, $0.between, $0.outcome.rawValue, $0.text) }
        let widths = (
            rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0, rows.map(\.2.count).max() ?? 0
        )
        return rows.map { row in
            [Self.padded(row.0, widths.0), Self.padded(row.1, widths.1), Self.padded(row.2, widths.2), row.3]
                .joined(separator: "  ")
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

// MARK: - For programs

extension DoctorReport {
    /// One JSON object. Names, order and meaning of the members are kept stable; times are in the unit of their name.
    package var json: String {
        JSONText.object([
            ("format", .number(1)), ("mode", .text(self.mode.rawValue)),
            ("safe", self.judgement.safe.map(JSONText.bool) ?? .null),
            ("because", .array(self.judgement.because.map(JSONText.text))),
            ("remedies", .array(self.judgement.remedies.map(JSONText.text))),
            ("warnings", .array(self.judgement.warnings.map(JSONText.text))),
            ("false_lock_cause", self.cause.map(JSONText.text) ?? .null),
            ("directory", .text(self.directory)), ("name", .text(self.name)),
            ("peer", self.peer.map(JSONText.text) ?? .null),
            ("hosts", .array(self.hosts.map(Self.host))), ("checks", .array(self.findings.map(Self.check))),
        ]).text
    }

    private static func host(_ host: HostFacts) -> JSONText {
        .object(
            [("name", .text(host.label)), ("host", .text(host.host)), ("boot_id", .text(host.bootID))]
                + host.fields.map { ($0.key, $0.key == "unsafe_locks" ? .bool($0.value == "true") : .text($0.value)) }
                + [
                    ("refusals", .array(host.refusals.map { .text($0.description) })),
                    ("warnings", .array(host.warnings.map { .text($0.description) })),
                ])
    }

    private static func check(_ finding: Finding) -> JSONText {
        let figures = finding.figures.sorted { $0.key < $1.key }.map { name, figure -> (String, JSONText) in
            switch figure {
            case .number(let value): (name, .number(value))
            case .text(let value): (name, .text(value))
            }
        }
        return .object([
            ("check", .text(finding.check.rawValue)), ("between", .text(finding.between)),
            ("outcome", .text(finding.outcome.rawValue)), ("detail", .text(finding.text)),
            ("figures", .object(figures)),
        ])
    }
}

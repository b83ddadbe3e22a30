/// Columns of text for a terminal, two blanks apart.
struct TextTable {
    private var rows: [[String]] = []
    /// Columns that hold numbers.
    private let rightAligned: Set<Int>

    /// - Parameter heading: empty for a table without one.
    init(_ heading: [String] = [], rightAligned: Set<Int> = []) {
        self.rightAligned = rightAligned
        if !heading.isEmpty { self.rows.append(heading) }
    }

    mutating func add(_ cells: [String]) { self.rows.append(cells) }

    /// Without blanks at the ends of lines.
    var lines: [String] {
        let columns = self.rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            self.rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return self.rows.map { row in
            let cells = row.indices.map { Self.padded(row[$0], widths[$0], right: self.rightAligned.contains($0)) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func padded(_ text: String, _ width: Int, right: Bool) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return right ? space + text : text + space
    }
}

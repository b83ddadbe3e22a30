import Testing

@testable import Server

@Suite struct TextTableTests {
    @Test func columnsAreAsWideAsTheirWidestCellAndNoLineEndsWithBlanks() {
        var table = TextTable(["name", "count", "note"], rightAligned: [1])
        table.add(["a", "5", ""])
        table.add(["longer", "12345678", "größe"])
        table.add(["short"])
        #expect(
            table.lines == [
                "name       count  note", "a              5", "longer  12345678  größe", "short",
            ])
    }

    @Test func anEmptyTableHasNoLines() {
        #expect(TextTable().lines.isEmpty)
    }
}
